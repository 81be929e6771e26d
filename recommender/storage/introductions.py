"""Introductions: who asked to get to know whom, and what came of it; and whom a learner does not want to see now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bson import ObjectId

from lrs.storage.database import Database, Row, StoreCollection, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.personal_data import Person
from schemas.json_text import dump_json

COLLECTION = "introductions"
State = Literal["asked", "agreed", "declined", "not_now", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Introduction:
    """What one learner wants with another: asked, agreed to or declined by the other, withdrawn, or not now.

    It is so since `at` (us); of one that was withdrawn, since it was asked for or declined.
    """

    asker: ObjectId
    asked: ObjectId
    state: State
    at: int


def find_introductions(
    database: Database, store: StoreId, personas: Sequence[ObjectId]
) -> list[Introduction]:
    """Return the introductions by, and to, a learner with these ids."""
    found = []
    with unavailable_when_unreachable():
        for field in ("asker", "asked"):
            found += [_introduction(row) for row in _rows(database, store).find_among(field, personas)]
    return found


def write_introduction(database: Database, store: StoreId, one: Introduction) -> None:
    """Keep an introduction instead of the one between these two in this direction."""
    values = {"asker": one.asker, "asked": one.asked, "state": one.state, "at": one.at}
    with unavailable_when_unreachable():
        rows = _rows(database, store)
        rows.update_one({"_id": _id(store, one.asker, one.asked)}, {"$set": values}, upsert=True)


def answer_introduction(database: Database, store: StoreId, one: Introduction) -> bool:
    """Change the state of an introduction that was asked for; False if it is not waiting for an answer any more."""
    waiting = {"_id": _id(store, one.asker, one.asked), "state": "asked"}
    with unavailable_when_unreachable():
        rows = _rows(database, store)
        return bool(rows.update_one(waiting, {"$set": {"state": one.state, "at": one.at}}))


def end_introductions(
    database: Database, store: StoreId, ones: Sequence[ObjectId], others: Sequence[ObjectId]
) -> None:
    """Delete what is between two learners, in both directions; what the first one asked for alone is withdrawn."""
    pairs = [(one, other) for one in ones for other in others]
    own, theirs = [_id(store, *pair) for pair in pairs], [_id(store, *pair[::-1]) for pair in pairs]
    asked = {"_id": {"$in": own}, "state": {"$in": ["asked", "declined", "withdrawn"]}}
    with unavailable_when_unreachable():
        rows = _rows(database, store)
        rows.delete_many({"_id": {"$in": own}, "state": {"$in": ["agreed", "not_now"]}})
        rows.delete_many({"_id": {"$in": theirs}, "state": {"$in": ["agreed", "asked", "declined"]}})
        rows.update_many(asked, {"$set": {"state": "withdrawn"}})


def export_introductions(database: Database, person: Person) -> Iterator[bytes]:
    """Stream the introductions of a person as JSON; others are not named, nor is it told that one of them declined."""
    for one in find_introductions(database, person.store, person.personas):
        is_own = one.asker in person.personas
        state = "asked" if is_own and one.state == "declined" else one.state
        yield dump_json({"asked_by": "you" if is_own else "somebody else", "state": state, "at": one.at})


def _rows(database: Database, store: StoreId) -> StoreCollection:
    return database.collection(COLLECTION, store)


def _id(store: StoreId, asker: ObjectId, asked: ObjectId) -> str:
    return f"{store}:{asker}:{asked}"


def _introduction(row: Row) -> Introduction:
    return Introduction(row["asker"], row["asked"], row["state"], row["at"])
