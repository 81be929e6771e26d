"""The bytes of attachments in GridFS, content-addressed per store, and streamed both ways.

An upload writes chunks that nobody can find; the `files` document that makes them a GridFS file is written in the
transaction of the Statements that need it. So bytes are there before a Statement is readable, the same content
is kept once however many send it at the same time, and what a refused request sent is removed without looking.
Chunks are written here and not by pymongo's GridIn, which holds up to 48 MB of them in memory.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from bson import Binary, Int64, ObjectId
from pymongo.client_session import ClientSession

from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free
from lrs.storage.transactions import OvertakenError

FileId = ObjectId

CHUNK_BYTES = 255 * 1024  # the GridFS default
CHUNKS_AT_ONCE = 4
ABANDONED_AFTER = timedelta(days=1)
FILES, CHUNKS, UPLOADS = "attachments.files", "attachments.chunks", "attachment_uploads"

_logger = logging.getLogger("lrs.attachments")


@dataclass(frozen=True, slots=True)
class AttachmentFile:
    """Bytes kept under a SHA-2 hash (lower case hex)."""

    file_id: FileId
    sha2: str
    length: int


class AttachmentsRepository:
    """The attachments of one store."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._engine = database.engine
        self._usage = database.usage
        self._files = database.collection(FILES, store)
        self._chunks = database.collection(CHUNKS, store)
        self._uploads = database.collection(UPLOADS, store)

    def begin_upload(self) -> FileId:
        """Record that an upload begins, so that its bytes can be removed if this process dies."""
        file_id = ObjectId()
        with unavailable_when_unreachable():
            insert_free(self._uploads, [{"_id": file_id, "begun": datetime.now(timezone.utc)}], ordered=False)
        return file_id

    def write_chunks(self, file_id: FileId, blocks: Iterable[bytes]) -> None:
        """Write the bytes as they come; at most `CHUNKS_AT_ONCE` chunks are held."""
        number, waiting = 0, bytearray()
        for block in blocks:
            waiting += block
            if len(waiting) >= CHUNK_BYTES * CHUNKS_AT_ONCE:
                whole = len(waiting) // CHUNK_BYTES * CHUNK_BYTES
                number = self._insert(file_id, number, bytes(waiting[:whole]))
                del waiting[:whole]
        self._insert(file_id, number, bytes(waiting))

    def _insert(self, file_id: FileId, number: int, data: bytes) -> int:
        pieces = [data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES)]
        rows: list[Row] = [
            {"files_id": file_id, "n": number + position, "data": Binary(piece)}
            for position, piece in enumerate(pieces)
        ]
        if rows:
            with unavailable_when_unreachable():
                insert_free(self._chunks, rows, ordered=False)
        return number + len(rows)

    def publish(self, files: Sequence[AttachmentFile], session: ClientSession) -> None:
        """Let the files be found by their hashes, together with the Statements of the transaction.

        Content that is kept already stays as it is. Raises OvertakenError if another transaction was quicker.
        """
        hashes = [file.sha2 for file in files]
        kept = {row["sha2"] for row in self._files.find({"sha2": {"$in": hashes}}, ["sha2"], session=session)}
        documents = [_file_document(file) for file in files if file.sha2 not in kept]
        if documents and insert_free(self._files, documents, ordered=True, session=session):
            raise OvertakenError

    def finish_uploads(self, file_ids: Sequence[FileId]) -> None:
        """Forget the uploads; remove the bytes of those that no transaction published."""
        if not file_ids:
            return
        with unavailable_when_unreachable():
            found = self._files.find_among("_id", file_ids, ["length"])
            published = {row["_id"]: int(row["length"]) for row in found}
            self._usage.add(self._files.store, sum(published.values()))
            refused = [file_id for file_id in file_ids if file_id not in published]
            if refused:
                self._chunks.delete_many({"files_id": {"$in": refused}})
            self._uploads.delete_many({"_id": {"$in": list(file_ids)}})

    def take_away(self, hashes: Sequence[str]) -> list[Row]:
        """Let the files of these hashes be found no more; return them, so that they can be put back.

        Their bytes go with `put_back`, or a day later if this process dies before.
        """
        with unavailable_when_unreachable():
            found = list(self._files.find_among("sha2", hashes))
            begun = datetime.now(timezone.utc)
            uploads: list[Row] = [{"_id": row["_id"], "begun": begun} for row in found]
            if uploads:
                insert_free(self._uploads, uploads, ordered=False)
                self._files.delete_many({"_id": {"$in": [row["_id"] for row in found]}})
        self._usage.add(self._files.store, -sum(int(row["length"]) for row in found))
        return found

    def put_back(self, taken_away: Sequence[Row], held: Collection[str]) -> None:
        """Let those files be found again that a Statement holds after all; remove the bytes of the others."""
        with unavailable_when_unreachable():
            if kept := [row for row in taken_away if row["sha2"] in held]:
                insert_free(self._files, kept, ordered=False)
        self.finish_uploads([row["_id"] for row in taken_away])

    def find_files(self, hashes: Sequence[str]) -> dict[str, AttachmentFile]:
        """Return the file of each hash (lower case hex) whose bytes are kept."""
        with unavailable_when_unreachable():
            rows = self._files.find_among("sha2", hashes, ["sha2", "length"])
            return {row["sha2"]: AttachmentFile(row["_id"], row["sha2"], int(row["length"])) for row in rows}

    def read_chunks(self, file: AttachmentFile) -> Iterator[bytes]:
        """Stream the bytes, chunk by chunk; raise OSError if one is missing."""
        count = -(-file.length // CHUNK_BYTES)
        with unavailable_when_unreachable():
            chunks = self._engine.read_chunks(self._chunks, file.file_id, count)
            for number in range(count):
                row = next(chunks, None)
                if row is None or row["n"] != number:
                    raise OSError(f"chunk {number} of attachment {file.sha2} is missing")
                yield bytes(row["data"])


def _file_document(file: AttachmentFile) -> Row:
    return {
        "_id": file.file_id,
        "sha2": file.sha2,
        "length": Int64(file.length),
        "chunkSize": CHUNK_BYTES,
        "uploadDate": datetime.now(timezone.utc),
        "filename": file.sha2,
    }


def remove_abandoned_uploads(database: Database, now: datetime | None = None) -> int:
    """Remove what processes that died left behind; return how many uploads were looked at."""
    before = (now or datetime.now(timezone.utc)) - ABANDONED_AFTER
    with unavailable_when_unreachable():
        rows = list(database.db[UPLOADS].find({"begun": {"$lt": before}}, ["store"]))
    for row in rows:
        AttachmentsRepository(database, row["store"]).finish_uploads([row["_id"]])
    if rows:
        _logger.info("%d abandoned uploads removed", len(rows))
    return len(rows)
