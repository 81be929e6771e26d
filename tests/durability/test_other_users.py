"""Another user of the machine reads nothing of the service and writes nothing to it."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from pymongo import MongoClient
from pymongo.errors import OperationFailure

UNAUTHORIZED = 13


@pytest.fixture
def service(make_service):
    running = make_service()
    statements = running.folder / "some.ndjson"
    statements.write_text('{"actor": {}}\n')
    environment = {**os.environ, "MONGODB_URI": "", "LEARNERPRISE_DATA": str(running.folder / "data")}
    for words in (("stores", "create", "acme"), ("import", "acme", str(statements))):
        subprocess.run([sys.executable, "-m", "scripts.cli", *words], env=environment, check=False)
    assert requests.get(f"{running.url}/xapi/about", timeout=30).ok
    return running


def test_nobody_reads_or_writes_the_database_without_the_password(service):
    address = urlsplit(service.uri())
    with MongoClient(address.hostname, address.port, directConnection=True) as stranger:
        for attack in (
            lambda: stranger["learnerprise"]["statements"].find_one(),
            lambda: stranger["learnerprise"]["credentials"].insert_one({"key": "mallory"}),
            lambda: stranger.admin.command("createUser", "mallory", pwd="mallory", roles=["root"]),
            stranger.list_database_names,
        ):
            with pytest.raises(OperationFailure) as refused:
                attack()
            assert refused.value.code == UNAUTHORIZED


def test_every_file_is_for_its_owner_alone(service):
    data = service.folder / "data"
    rejects = list(service.folder.glob("*reject*"))
    assert rejects
    found = [data, *data.rglob("*"), *rejects]
    assert [path.name for path in found if path.stat().st_mode & 0o077] == []


def test_the_password_is_in_no_list_of_processes(service):
    password = (service.folder / "data" / "password").read_text()
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert not [command for command in commands if password in " ".join(command)]
