"""The database in new files holds the same documents and indexes, and nothing of what was removed before."""

from __future__ import annotations

import secrets

import pytest
from pymongo import MongoClient

from lrs.errors import ConfigurationError
from lrs.storage.embedded_engine.copying import copy_into_new_files
from lrs.storage.embedded_engine.folder import DataFolder
from lrs.storage.embedded_engine.process import running_server

SIGN = f"sign{secrets.token_hex(8)}"


def files_with_sign(folder):
    return [path.name for path in folder.rglob("*") if path.is_file() and SIGN.encode() in path.read_bytes()]


def test_nothing_that_was_removed_is_in_the_new_files(tmp_path):
    with running_server("", tmp_path, "256M") as uri, MongoClient(uri) as client:
        things = client["learnerprise"]["things"]
        things.create_index([("key", 1)], unique=True)
        things.insert_many(
            [{"_id": n, "key": f"{SIGN}{n}", "text": secrets.token_hex(50)} for n in range(200)]
        )
        things.insert_many(
            [{"_id": n, "key": str(n), "text": secrets.token_hex(50)} for n in range(200, 300)]
        )
        things.delete_many({"_id": {"$lt": 200}})
        before = list(things.find())
        with pytest.raises(ConfigurationError, match="in use"):
            copy_into_new_files(tmp_path, "256M", lambda line: None)
    assert files_with_sign(tmp_path)
    assert copy_into_new_files(tmp_path, "256M", lambda line: None) == 100
    assert files_with_sign(tmp_path) == []
    assert not (tmp_path / "copy").exists()
    with running_server("", tmp_path, "256M") as uri, MongoClient(uri) as client:
        things = client["learnerprise"]["things"]
        assert list(things.find()) == before
        assert things.index_information()["key_1"]["unique"]


def test_after_a_kill_the_old_files_are_used_again(tmp_path):
    database, replaced = tmp_path / "database", tmp_path / "database.replaced"
    replaced.mkdir()
    (replaced / "old").touch()
    take(tmp_path)
    assert [path.name for path in database.iterdir()] == ["old"]
    replaced.mkdir()
    take(tmp_path)
    assert not replaced.exists() and (database / "old").exists()


def take(folder):
    held = DataFolder(folder)
    held.take()
    held.give_back()
