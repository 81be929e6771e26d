"""What learners set for themselves on their pages: how to be reached, the weekly digest, and a wish to be erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from bson import ObjectId

from lrs.storage.database import Database, Row, StoreCollection, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable

COLLECTION = "own_settings"


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """The settings of one learner; what was never set is empty.

    `contact` is an address (http, https or mailto). `feed` is the digest of the secret in the address of the learner's
    feed. The weekly mail goes to `mail`, since a time (us), in a `language`; the last one went on the day `mailed`
    (days since 1970). The figures of `report` (as the end of an address) go to `report_mail` each month until a day
    (`report_until`); the last one went in the month that begins on the day `reported`.
    `erasure_asked` is when (us) the learner asked to be erased, `offered` when somebody who looks after communities
    suggested to get to know somebody, `offer_closed` when the learner answered that.
    """

    contact: str = ""
    feed: str = ""
    mail: str = ""
    mail_since: int = 0
    language: str = ""
    mailed: int = 0
    erasure_asked: int = 0
    offered: int = 0
    offer_closed: int = 0
    report: str = ""
    report_mail: str = ""
    report_until: int = 0
    reported: int = 0


_NAMES = tuple(one.name for one in fields(OwnSettings))


def find_settings(database: Database, store: StoreId, personas: Sequence[ObjectId]) -> OwnSettings:
    """Return the settings of a learner; those kept under the first of these ids count before those of the others."""
    found = find_all_settings(database, store, personas)
    values: dict[str, Any] = {}
    for persona in reversed(personas):
        own = found.get(persona, OwnSettings())
        values |= {name: getattr(own, name) for name in _NAMES if getattr(own, name)}
    return OwnSettings(**values)


def find_all_settings(
    database: Database, store: StoreId, personas: Sequence[ObjectId]
) -> dict[ObjectId, OwnSettings]:
    """Return the settings kept under each of these ids."""
    with unavailable_when_unreachable():
        rows = _rows(database, store).find_by_ids([_id(store, one) for one in personas])
        return {row["persona"]: _settings(row) for row in rows}


def write_settings(database: Database, store: StoreId, personas: Sequence[ObjectId], **values: Any) -> None:
    """Keep some settings under the first of the ids of a learner, and only there; an empty value takes one back."""
    rows = _rows(database, store)
    kept = {name: value for name, value in values.items() if value}
    gone = dict.fromkeys(values, "")
    with unavailable_when_unreachable():
        others = [_id(store, one) for one in personas[1:]]
        if others:
            rows.update_many({"_id": {"$in": others}}, {"$unset": gone})
        change: dict[str, Any] = {"$set": {"persona": personas[0], **kept}}
        if cleared := gone.keys() - kept.keys():
            change["$unset"] = dict.fromkeys(cleared, "")
        rows.update_one({"_id": _id(store, personas[0])}, change, upsert=True)


def find_owner_of_feed(database: Database, store: StoreId, feed: str) -> ObjectId | None:
    """Return the learner whose feed has this digest, or None."""
    with unavailable_when_unreachable():
        row = _rows(database, store).find_one({"feed": feed}, ["persona"])
    return row["persona"] if row else None


def iterate_mailed(database: Database, store: StoreId) -> Iterator[tuple[ObjectId, OwnSettings]]:
    """Stream the learners who want the weekly digest as mail."""
    yield from _iterate_set(database, store, "mail")


def iterate_reported(database: Database, store: StoreId) -> Iterator[tuple[ObjectId, OwnSettings]]:
    """Stream the people who want the monthly report as mail."""
    yield from _iterate_set(database, store, "report_mail")


def iterate_wishes_to_be_erased(database: Database, store: StoreId) -> Iterator[tuple[ObjectId, OwnSettings]]:
    """Stream the learners who asked to be erased."""
    yield from _iterate_set(database, store, "erasure_asked")


def _iterate_set(database: Database, store: StoreId, name: str) -> Iterator[tuple[ObjectId, OwnSettings]]:
    with unavailable_when_unreachable():
        for row in _rows(database, store).iterate({name: {"$gt": 0 if name == "erasure_asked" else ""}}):
            yield row["persona"], _settings(row)


def _rows(database: Database, store: StoreId) -> StoreCollection:
    return database.collection(COLLECTION, store)


def _id(store: StoreId, persona: ObjectId) -> str:
    return f"{store}:{persona}"


def _settings(row: Row) -> OwnSettings:
    return OwnSettings(**{name: row[name] for name in _NAMES if name in row})
