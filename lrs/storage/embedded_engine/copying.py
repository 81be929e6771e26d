"""Copies the database into new files: what was removed stays in free blocks and in the journal of the old ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection

from lrs.storage.chunks import in_chunks
from lrs.storage.embedded_engine.folder import DataFolder, EmbeddedServerError
from lrs.storage.embedded_engine.process import EmbeddedServer
from lrs.storage.embedded_engine.users import OF_THE_SERVER, USER

COPY = "copy"
AT_ONCE = 500
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)

Client = MongoClient[dict[str, Any]]


def copy_into_new_files(folder: Path, cache: str, tell: Callable[[str], None]) -> int:
    """Copy the database of a data folder into new files, and remove the old ones; return how many documents it has.

    No service may run over the folder. A process that is killed leaves the old files in use, or the new ones. Raise
    EmbeddedServerError.
    """
    beside = folder / COPY
    shutil.rmtree(beside, ignore_errors=True)
    with _running(folder, cache) as old, _running(beside, cache) as new:
        copied = _copy_all(old, new, tell)
        password = DataFolder(folder).password
        new.admin.command("updateUser", USER, pwd=password)
    held = DataFolder(folder)
    held.take()
    try:
        held.use_instead(DataFolder(beside).database)
    finally:
        held.give_back()
    shutil.rmtree(beside)
    return copied


@contextmanager
def _running(folder: Path, cache: str) -> Iterator[Client]:
    server = EmbeddedServer(folder, cache)
    try:
        with Client(server.start()) as client:
            yield client
    finally:
        server.stop()


def _copy_all(old: Client, new: Client, tell: Callable[[str], None]) -> int:
    copied = 0
    for name in sorted(set(old.list_database_names()) - OF_THE_SERVER):
        for collection in sorted(old[name].list_collection_names()):
            copied += _copy(old[name][collection], new[name][collection])
            tell(f"{copied} documents copied, now {collection}")
    return copied


def _copy(old: Collection[dict[str, Any]], new: Collection[dict[str, Any]]) -> int:
    """Copy the indexes and the documents of a collection; raise EmbeddedServerError unless all of them arrive."""
    for name, index in old.index_information().items():
        if name != "_id_":
            new.create_index(index["key"], name=name, **_options(index))
    raw = new.with_options(codec_options=_RAW)
    documents = old.with_options(codec_options=_RAW).find(batch_size=AT_ONCE)
    for some in in_chunks(documents, AT_ONCE, lambda document: len(document.raw)):
        raw.insert_many(some)
    count = old.count_documents({})
    if new.count_documents({}) != count:
        raise EmbeddedServerError(
            f"Not all documents of {old.name} were copied; the old files stay. Try again."
        )
    return count


def _options(index: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in index.items() if name not in {"key", "v", "ns"}}
