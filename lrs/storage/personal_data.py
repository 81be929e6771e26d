"""What a collection holds of people: the kinds of declarations, and rows found, exported and removed by one condition.

`lrs.privacy.declarations` and `recommender.privacy.declarations` declare every collection; a test compares them with
the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import Any, Protocol

from bson import Binary, ObjectId

from lrs.storage.chunks import AT_ONCE
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from schemas.json_text import dump_json, parse_json
from schemas.privacy import Handling


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody known to a store: the persona (None if there is none) and all identifiers, those implied too.

    `names` are what the person is called, `activities` the ids of posts that the person wrote,
    `joined` the ids of personas that were joined to that of the person.
    """

    store: StoreId
    persona: ObjectId | None
    identifiers: tuple[str, ...]
    names: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()

    @property
    def personas(self) -> tuple[ObjectId, ...]:
        """Return all ids under which something may be kept of the person."""
        return (self.persona, *map(ObjectId, self.joined)) if self.persona else ()


class Copies(Protocol):
    """What is made of Statements, such as interactions, while nobody makes more of it."""

    def forget(self, statement_ids: Sequence[str]) -> None:
        """Remove what came from these Statements, which are about to be removed."""
        ...

    def read_again(self, statement_ids: Sequence[str]) -> None:
        """Replace what came from these Statements, which were rewritten."""
        ...


class NoCopies:
    """Where nothing is made of Statements."""

    def forget(self, statement_ids: Sequence[str]) -> None:
        """Do nothing."""

    def read_again(self, statement_ids: Sequence[str]) -> None:
        """Do nothing."""


Pause = Callable[[Database, StoreId], AbstractContextManager[Copies]]
"""Keeps others from making copies of Statements inside the block."""


def no_pause(database: Database, store: StoreId) -> AbstractContextManager[Copies]:
    """Pause nobody: nothing is made of Statements."""
    return nullcontext(NoCopies())


@dataclass(frozen=True, slots=True)
class Left:
    """What Statements that go or change held: hashes of attachments, and Activities."""

    attachments: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Erasing:
    """The erasure of a person: what stands instead, and what happens to own Statements and to those of others.

    `note_left` is told what Statements held before they go.
    """

    person: Person
    pseudonym: str
    own: Handling = "remove"
    mentions: Handling = "pseudonymise"
    pause: Pause = no_pause
    note_left: Callable[[Left], None] = lambda left: None
    tell: Callable[[str], None] = lambda line: None


Find = Callable[[Database, Person], int]
Export = Callable[[Database, Person], Iterator[bytes]]
Erase = Callable[[Database, Erasing], int]
Condition = Callable[[Person], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A collection that holds data of people: in which fields, why, and for how long.

    `find` counts the documents about a person, `export` yields them as JSON, one text each, `erase` removes what is
    about the person and returns how many documents changed. It may be called again after an interruption.
    """

    collection: str
    fields: tuple[str, ...]
    why: str
    kept: str
    find: Find
    export: Export
    erase: Erase


@dataclass(frozen=True, slots=True)
class PartOf:
    """A collection that is found, exported and erased together with another one."""

    collection: str
    whole: str
    why: str


@dataclass(frozen=True, slots=True)
class NothingPersonal:
    """A collection that says nothing about any person, and why that is so."""

    collection: str
    why: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A place outside the database that may hold data of people: a file, a folder, a log, a copy."""

    place: str
    why: str
    kept: str
    erased: str


Declaration = PersonalData | PartOf | NothingPersonal
REWRITTEN_AT_ONCE = 100
NOT_SHOWN = frozenset({"_id", "store", "revision"})


def rows_of_person(
    collection: str,
    fields: tuple[str, ...],
    condition: Condition,
    *,
    why: str,
    kept: str,
    erase: Erase | None = None,
) -> PersonalData:
    """Declare a collection whose rows about a person match one condition; they go as a whole without `erase`."""
    return PersonalData(
        collection,
        fields,
        why,
        kept,
        find=partial(count_rows, collection, condition),
        export=partial(export_rows, collection, condition),
        erase=erase or partial(remove_rows, collection, condition),
    )


def count_rows(collection: str, condition: Condition, database: Database, person: Person) -> int:
    """Count the rows about a person."""
    with unavailable_when_unreachable():
        return database.collection(collection, person.store).count(condition(person))


def export_rows(collection: str, condition: Condition, database: Database, person: Person) -> Iterator[bytes]:
    """Stream the rows about a person as JSON texts."""
    with unavailable_when_unreachable():
        for row in database.collection(collection, person.store).iterate(condition(person)):
            yield json_of(row)


def remove_rows(collection: str, condition: Condition, database: Database, erasing: Erasing) -> int:
    """Remove the rows about a person, some at a time; return how many there were."""
    person = erasing.person
    rows, removed = database.collection(collection, person.store), 0
    with unavailable_when_unreachable():
        while found := rows.find(condition(person), ["_id"], limit=AT_ONCE):
            removed += rows.delete_many({"_id": {"$in": [row["_id"] for row in found]}})
    return removed


def rewrite_texts(
    database: Database,
    store: StoreId,
    place: tuple[str, str],
    change: Callable[[bytes], bytes],
    more: Callable[[bytes], Row],
) -> int:
    """Change the texts in a field of a collection, with what else says something of them; return how many changed.

    A text that another process changes meanwhile is left as that process wrote it.
    """
    (collection, field), changed = place, 0
    rows = database.collection(collection, store)
    with unavailable_when_unreachable():
        for row in rows.iterate({}, batch_size=REWRITTEN_AT_ONCE):
            before = bytes(row[field])
            after = change(before)
            if after != before:
                condition = {"_id": row["_id"], field: row[field]}
                changed += rows.update_one(condition, {"$set": {field: Binary(after), **more(after)}})
    return changed


def json_of(row: Row) -> bytes:
    """Return a row as JSON text; what is JSON text inside it becomes part of it."""
    return dump_json({name: _plain(value) for name, value in row.items() if name not in NOT_SHOWN})


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return _plain_bytes(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or timezone.utc).isoformat()
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


def _plain_bytes(value: bytes) -> Any:
    """Return JSON text as its value, other text as it is, and anything else in hexadecimal digits."""
    try:
        return parse_json(bytes(value))
    except ValueError:
        pass
    try:
        return bytes(value).decode()
    except UnicodeDecodeError:
        return bytes(value).hex()
