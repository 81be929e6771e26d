"""Who and what was erased from a store: digests by a random key of the store, of identifiers and of Statement ids.

Without the key nobody can tell whom a digest stands for, and the key goes with the store. What a digest stands for
is never compared by content: a Statement that was erased leaves no fingerprint.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from bson import Binary
from mongoengine.errors import NotUniqueError

from lrs.errors import ErasedPersonError
from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free
from lrs.storage.record_sets import records_of, rows_of
from lrs.storage.records import ErasureKeyRecord
from schemas.identifiers import identifiers_implied

SentAgain = Literal["refuse", "pseudonymise", "take"]
SENT_AGAIN: tuple[SentAgain, ...] = ("refuse", "pseudonymise", "take")
Kind = Literal["identifier", "statement", "persona", "activity"]
COLLECTION = "erased"
KEY_BYTES, DIGEST_BYTES = 32, 16
HELD_S = 0.5
"""How long a process may use what it read: an erasure waits for so long before it removes anything."""


@dataclass(frozen=True, slots=True)
class ErasureKey:
    """The key of a store's digests, what is done with data of an erased person, and how many times some was erased.

    `edition` grows when processes must forget what they hold of the store.
    """

    secret: bytes
    sent_again: SentAgain
    number: int
    edition: int

    def digest(self, kind: Kind, value: str) -> bytes:
        """Return the digest of a value as it is."""
        return hmac.digest(self.secret, f"{kind}|{value}".encode(), "sha256")[:DIGEST_BYTES]

    def digests(self, kind: Kind, value: str) -> Iterator[bytes]:
        """Yield the digests that a value is known by.

        Those of a mail address are of its SHA-1, so that somebody erased by one is not taken again by the other: as it
        is, and in lower case, as people write theirs in both.
        """
        hashed = dict.fromkeys([*identifiers_implied(value), *identifiers_implied(value.lower())])
        yield from (self.digest(kind, one) for one in hashed or (value,))


def find_erasure_key(database: Database, store: StoreId) -> ErasureKey | None:
    """Return the key of a store; None where nothing was ever erased or set."""
    with unavailable_when_unreachable():
        row = rows_of(database, ErasureKeyRecord, store).find_one({"_id": store})
    return ErasureKey(bytes(row["secret"]), row["sent_again"], row["number"], row["edition"]) if row else None


def make_erasure_key(database: Database, store: StoreId) -> ErasureKey:
    """Return the key of a store; the first process to ask makes it."""
    found = find_erasure_key(database, store)
    if found is None:
        secret = secrets.token_bytes(KEY_BYTES)
        record = ErasureKeyRecord(
            key=store, store=store, secret=secret, sent_again="refuse", number=0, edition=0
        )
        with unavailable_when_unreachable(), suppress(NotUniqueError):
            records_of(database, ErasureKeyRecord, store).insert(record)
        found = find_erasure_key(database, store)
    assert found is not None  # made above, and deleted with the store alone
    return found


def set_sent_again(database: Database, store: StoreId, policy: SentAgain) -> None:
    """Set what a store does with data of erased people that is sent again."""
    make_erasure_key(database, store)
    _change(database, store, {"$set": {"sent_again": policy}})


def add_erased(
    database: Database, store: StoreId, values: Iterable[tuple[Kind, str]], pseudonym: str = ""
) -> None:
    """Note values as erased; an identifier stands behind a pseudonym from now on."""
    key = make_erasure_key(database, store)
    rows = [
        {"_id": _id(store, digest), **({"pseudonym": pseudonym} if pseudonym else {})}
        for kind, value in values
        for digest in key.digests(kind, value)
    ]
    with unavailable_when_unreachable():
        if rows:
            insert_free(database.collection(COLLECTION, store), rows, ordered=False)
    _change(database, store, {"$inc": {"number": 1}})


def find_editions(database: Database) -> dict[StoreId, int]:
    """Return, for all stores, how often processes had to forget what they hold."""
    with unavailable_when_unreachable():
        return {row["_id"]: row["edition"] for row in database.db["erasure_keys"].find({}, ["edition"])}


def forget_everywhere(database: Database, store: StoreId) -> None:
    """Let every process forget what it holds of a store."""
    make_erasure_key(database, store)
    _change(database, store, {"$inc": {"edition": 1}})


def find_erased(
    database: Database, store: StoreId, values: Iterable[tuple[Kind, str]], key: ErasureKey | None = None
) -> dict[str, str]:
    """Return those of these values that were erased, with the pseudonym that each has (empty: none)."""
    key = key or find_erasure_key(database, store)
    if key is None or not key.number:
        return {}
    by_id = defaultdict[bytes, list[str]](list)
    for kind, value in values:
        for digest in key.digests(kind, value):
            by_id[bytes(_id(store, digest))].append(value)
    with unavailable_when_unreachable():
        rows = database.collection(COLLECTION, store).find_by_ids(
            [Binary(one) for one in by_id], ["pseudonym"]
        )
        return {value: row.get("pseudonym", "") for row in rows for value in by_id[bytes(row["_id"])]}


class ErasedPeople:
    """What one process knows of erasures: it asks the database once in `HELD_S` for a store in use."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._read: dict[StoreId, tuple[float, ErasureKey | None]] = {}

    def key_of(self, store: StoreId) -> ErasureKey | None:
        """Return the key of a store where somebody was erased whose data may not come back as it was; else None."""
        now, held = self._clock(), self._read.get(store)
        if held is None or now - held[0] >= HELD_S:
            held = self._read[store] = (now, find_erasure_key(self._database, store))
        key = held[1]
        return key if key and key.number and key.sent_again != "take" else None

    def find(self, store: StoreId, values: Iterable[tuple[Kind, str]]) -> Mapping[str, str]:
        """Return those of these values that were erased, with their pseudonyms; nothing where all is taken."""
        key = self.key_of(store)
        return find_erased(self._database, store, values, key) if key else {}


def require_not_erased(people: ErasedPeople, store: StoreId, identifiers: Iterable[str]) -> None:
    """Raise ErasedPersonError (403) if one of these was erased from a store that takes nothing of them again."""
    if people.find(store, (("identifier", one) for one in identifiers)):
        raise ErasedPersonError(
            "The data of this person was erased from the store; leave it out. `learnerprise privacy sent-again` says "
            "what a store does with such data."
        )


def _change(database: Database, store: StoreId, change: Mapping[str, Mapping[str, object]]) -> None:
    with unavailable_when_unreachable():
        rows_of(database, ErasureKeyRecord, store).update_one({"_id": store}, change)


def _id(store: StoreId, digest: bytes) -> Binary:
    found: Binary = Binary(store.binary + digest)
    return found
