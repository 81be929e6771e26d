"""The audit trail of a store in MongoDB: blocks of lines, each with the hash of the block before it.

A block is inserted and never changed. Its number is part of its `_id`, so of two processes that add one at the same
time the second fails and takes the next number.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from hashlib import sha256
from hmac import digest
from typing import Any

from pymongo import ASCENDING, DESCENDING

from lrs.errors import ServiceUnavailableError
from lrs.storage.compare_and_swap import swap_until_done
from lrs.storage.database import Database, StoreCollection, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free
from schemas.json_text import dump_json, parse_json

COLLECTION, KEYS = "audit", "audit_keys"
EVERYBODY = "*"
"""In place of a digest: the data of any number of people of the store."""
START = "0" * 64
LINES_PER_BLOCK = 500
ATTEMPTS = 50
LONGEST_PAUSE_S = 0.5
DIGEST_DIGITS = 32

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines of the trail; `text` is their JSON, of which `hash` is made with all that stands before it."""

    number: int
    day: str
    previous: str
    text: bytes
    hash: str

    @property
    def lines(self) -> list[Line]:
        """The lines, oldest first."""
        lines: list[Line] = parse_json(self.text)
        return lines

    def is_true(self) -> bool:
        """Return whether nothing of the block was changed."""
        return self.hash == block_hash(self.number, self.day, self.previous, self.text)


def block_hash(number: int, day: str, previous: str, text: bytes) -> str:
    """Return the hash of a block: SHA-256 of its number, its day, the hash of the block before it, and its lines."""
    return sha256(f"{number}\n{day}\n{previous}\n".encode() + text).hexdigest()


class AuditRepository:
    """The trail of one store, whose lines name people by digests with a key that goes with the store."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._store = store
        self._blocks = database.collection(COLLECTION, store)
        self._keys = database.collection(KEYS, store)
        self._key = b""

    def digest(self, kind: str, value: str) -> str:
        """Return what stands for a person in the trail; `kind` is that of the value: identifier or persona."""
        self._key = self._key or _find_or_make_key(self._keys, self._store)
        text = f"{kind}|{value}".encode("utf-8", "surrogatepass")
        return digest(self._key, text, sha256).hex()[:DIGEST_DIGITS]

    def append(self, lines: Sequence[Line], kept_days: int) -> None:
        """Add lines, in order, as one block or several; raise ServiceUnavailableError."""
        with unavailable_when_unreachable():
            for start in range(0, len(lines), LINES_PER_BLOCK):
                some = lines[start : start + LINES_PER_BLOCK]
                added = swap_until_done(partial(self._add, some, kept_days), ATTEMPTS, LONGEST_PAUSE_S)
                if not added:
                    raise ServiceUnavailableError(
                        "Too many processes add to the audit trail; try again later."
                    )

    def _add(self, lines: Sequence[Line], kept_days: int) -> bool:
        number, previous = self._find_end()
        now = datetime.now(timezone.utc)
        day, text = now.date().isoformat(), dump_json(lines)
        row = {
            "_id": f"{self._store}:{number:012d}",
            "number": number,
            "day": day,
            "previous": previous,
            "text": text,
            "hash": block_hash(number, day, previous, text),
            "about": sorted({one for line in lines for one in line["about"]}),
            "expires": now + timedelta(days=kept_days),
        }
        return not insert_free(self._blocks, [row], ordered=True)

    def _find_end(self) -> tuple[int, str]:
        """Return the number of the next block, and the hash of the newest one, whose lines are not read."""
        rows = self._blocks.find({}, ["number", "hash"], sort=[("number", DESCENDING)], limit=1)
        return (rows[0]["number"] + 1, rows[0]["hash"]) if rows else (1, START)

    def iterate(self) -> Iterator[Block]:
        """Yield all blocks, oldest first."""
        with unavailable_when_unreachable():
            yield from self._iterate({}, ASCENDING)

    def iterate_newest(
        self, about: Collection[str] | None = None, before: int | None = None
    ) -> Iterator[Block]:
        """Yield blocks, newest first, if given those with lines about these digests and before this number."""
        condition: dict[str, Any] = {} if about is None else {"about": {"$in": sorted(about)}}
        if before is not None:
            condition["number"] = {"$lt": before}
        with unavailable_when_unreachable():
            yield from self._iterate(condition, DESCENDING)

    def _iterate(self, condition: Mapping[str, Any], order: int) -> Iterator[Block]:
        for row in self._blocks.iterate(condition, sort=[("number", order)], batch_size=10):
            yield Block(row["number"], row["day"], row["previous"], bytes(row["text"]), row["hash"])


def _find_or_make_key(keys: StoreCollection, store: StoreId) -> bytes:
    with unavailable_when_unreachable():
        row = keys.find_one({"_id": store})
        if row is None:
            insert_free(keys, [{"_id": store, "secret": secrets.token_bytes(32)}], ordered=False)
            row = keys.find_one({"_id": store})
    assert row is not None  # made above, and deleted with the store alone
    return bytes(row["secret"])
