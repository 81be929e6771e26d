"""Joins people who are one and parts them again: only rows of `personas` change, each time in one transaction.

A row holds its own identifiers and, in `joined`, what the rows of the others held, so that they can part as they were.
Every change leaves a row in `persona_changes`: whoever keeps something by persona reads it again, and then settles it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar

from bson import ObjectId
from pymongo.client_session import ClientSession

from lrs.errors import RequestRefusedError
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.personas import PersonaId, chosen_of, keys_of
from lrs.storage.record_sets import rows_of
from lrs.storage.records import PersonaRecord
from lrs.storage.stored_time import now_us
from lrs.storage.transactions import WriteSize

OWN = ("identifiers", "keys", "name", "trusted_name", "entered_name", "apart")
"""The fields of a row that are those of one person alone; each of the `choices` names the identifier it was made by."""
ROW_BYTES = 1000
"""A row of a person with three identifiers, about."""
MOST_IDENTIFIERS = 100
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class PersonaChange:
    """People whose identifiers changed: all that is kept by these ids is to be read again."""

    id: str
    personas: tuple[PersonaId, ...]


class PersonaLinks:
    """Joins and parts the people of one store."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._database = database
        self._store = store
        self._rows = rows_of(database, PersonaRecord, store)
        self._changes = database.collection("persona_changes", store)

    def join(self, groups: Sequence[Sequence[str]], by: str, *, again: bool = False) -> int:
        """Make one person of the people of each group of identifiers; return how many rows went into others.

        People who were parted stay apart unless they are joined `again`.
        """

        def work(session: ClientSession) -> int:
            rows = self._find(chain.from_iterable(groups), session)
            joined = [one for one in _components(rows, groups) if again or not _are_apart(one)]
            self._replace([(members, [_join(members, by)]) for members in joined], session)
            return sum(len(members) - 1 for members in joined)

        return self._transact(sum(map(len, groups)), work)

    def part(self, identifier: str) -> tuple[PersonaId, PersonaId]:
        """Make a person of its own of what an identifier came with; return that person, and the one left.

        Raises RequestRefusedError if it belongs to all that is known of the person.
        """

        def work(session: ClientSession) -> tuple[PersonaId, PersonaId]:
            [row] = self._find([identifier], session) or [{}]
            parts = _parts(row) if row else []
            at = next((place for place, one in enumerate(parts) if _holds(one, identifier)), None)
            if at is None or len(parts) == 1:
                raise RequestRefusedError(
                    "This identifier was not joined with others, or follows from one of them; there is nothing to part."
                )
            own, rest = parts[at], [one for place, one in enumerate(parts) if place != at]
            made = [_row_of([own], row), _row_of(rest, row)]
            for one, other in (made, made[::-1]):
                one["apart"] = [*one.get("apart", []), other["_id"]]
            self._replace([([row], made)], session)
            return made[0]["_id"], made[1]["_id"]

        return self._transact(MOST_IDENTIFIERS, work)

    def pending(self, most: int) -> list[PersonaChange]:
        """Return changes that were not settled yet, at most so many."""
        with unavailable_when_unreachable():
            found = self._changes.find({}, limit=most)
        return [PersonaChange(row["_id"], tuple(row["personas"])) for row in found]

    def settle(self, changes: Sequence[PersonaChange]) -> None:
        """Note that everything was read again."""
        with unavailable_when_unreachable():
            self._changes.delete_many({"_id": {"$in": [one.id for one in changes]}})

    def _find(self, identifiers: Iterable[str], session: ClientSession) -> list[Row]:
        keys = list(dict.fromkeys(key for one in identifiers for key in keys_of(one)))
        return self._rows.find({"keys": {"$in": keys}}, session=session)

    def _replace(
        self, changed: Sequence[tuple[Sequence[Row], Sequence[Row]]], session: ClientSession
    ) -> None:
        """Put rows in the place of others, and note whose identifiers changed.

        Rows are deleted by a key, and notes have ids that name the store: not every engine has an index for an `_id`
        beside a store (`StoreCollection`).
        """
        if not changed:
            return
        keys = [row["keys"][0] for before, _ in changed for row in before]
        self._rows.delete_many({"keys": {"$in": keys}}, session=session)
        self._rows.insert_many([row for _, after in changed for row in after], session=session)
        notes: list[Row] = [
            {
                "_id": f"{self._store}:{ObjectId()}",
                "personas": sorted({row["_id"] for row in (*before, *after)}),
            }
            for before, after in changed
        ]
        self._changes.insert_many(notes, session=session)

    def _transact(self, rows: int, work: Callable[[ClientSession], Result]) -> Result:
        with unavailable_when_unreachable():
            return self._database.in_transaction(WriteSize(rows, rows * ROW_BYTES), work)


def _components(rows: Sequence[Row], groups: Sequence[Sequence[str]]) -> list[list[Row]]:
    """Return the rows that the groups make one of, two at least, the oldest first."""
    owner = {key: place for place, row in enumerate(rows) for key in row["keys"]}
    lead = list(range(len(rows)))

    def find(place: int) -> int:
        while lead[place] != place:
            lead[place] = place = lead[lead[place]]
        return place

    for group in groups:
        places = [find(owner[key]) for one in group for key in keys_of(one) if key in owner]
        for place in places[1:]:
            lead[find(place)] = find(places[0])
    found: dict[int, list[Row]] = {}
    for place, row in enumerate(rows):
        found.setdefault(find(place), []).append(row)
    return [sorted(some, key=lambda row: row["_id"]) for some in found.values() if len(some) > 1]


def _are_apart(rows: Sequence[Row]) -> bool:
    ids = {one for row in rows for one in (row["_id"], *row.get("ids", ()))}
    return any(not ids.isdisjoint(part.get("apart", ())) for row in rows for part in _parts(row))


def _join(rows: Sequence[Row], by: str) -> Row:
    """Return the row of one person; the oldest of the people leads."""
    parts, now = [part for row in rows for part in _parts(row)], now_us()
    ids = {row["_id"] for row in rows}
    lead, *others = (
        {**part, "apart": [one for one in part.get("apart", ()) if one not in ids]} for part in parts
    )
    fresh = [one if "by" in one else {**one, "by": by, "since": now} for one in others]
    if sum(len(part["identifiers"]) for part in (lead, *fresh)) > MOST_IDENTIFIERS:
        raise RequestRefusedError(
            f"A person would have more than {MOST_IDENTIFIERS} identifiers; is this account that of many people?"
        )
    choices: dict[str, list[Any]] = {}
    for row in rows:
        for kind, made in row.get("choices", {}).items():
            choices[kind] = sorted([*choices.get(kind, []), *made], key=lambda one: one[-1])
    return _row_of([lead, *fresh], {"choices": choices})


def _parts(row: Row) -> list[Row]:
    """Return what each of the people who were joined had; the first is the one who leads."""
    joined = row.get("joined", [])
    others = [one for one in row["identifiers"] if not any(_holds(part, one) for part in joined)]
    own = {name: row[name] for name in OWN if name in row}
    own |= {"id": row["_id"], "identifiers": others, "keys": _all_keys(others)}
    return [own, *(_with_derived(part, row) for part in joined)]


def _with_derived(part: Row, row: Row) -> Row:
    """Return a part with the identifiers that were seen since and follow from its own."""
    found = [one for one in row["identifiers"] if _holds(part, one)]
    return {**part, "identifiers": found, "keys": _all_keys(found)}


def _row_of(parts: Sequence[Row], before: Row) -> Row:
    """Return the row of these parts, with those of the choices that were made by their identifiers."""
    lead, *joined = parts
    identifiers = [one for part in parts for one in part["identifiers"]]
    choices = {
        kind: [one for one in made if any(_holds(part, one[0]) for part in parts)]
        for kind, made in before.get("choices", {}).items()
    }
    own = {name: lead[name] for name in OWN if name in lead}
    return {
        **own,
        "_id": lead["id"],
        "identifiers": identifiers,
        "keys": _all_keys(identifiers),
        "choices": choices,
        "chosen": chosen_of(choices),
        "joined": joined,
        "ids": [part["id"] for part in joined],
    }


def _holds(part: Row, identifier: str) -> bool:
    return not set(part["keys"]).isdisjoint(keys_of(identifier))


def _all_keys(identifiers: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(key for one in identifiers for key in keys_of(one)))
