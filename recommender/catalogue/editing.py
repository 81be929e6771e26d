"""Changes entered by people: one entry, or a CSV of them, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from lrs.auth.stores import store_by_id
from lrs.documents import Preconditions
from lrs.errors import NotFoundError, ServiceUnavailableError
from lrs.personas import (
    PersonaId,
    describe_personas,
    enter_names,
    find_or_create_personas,
    require_present,
)
from lrs.storage.compare_and_swap import swap_until_done
from lrs.storage.database import Database, StoreId
from recommender.storage.entries import Entry, Kind, Values, change_entries, find_edition, find_entries
from recommender.vocabulary.extensions import plain_text
from schemas.catalogue import ROWS, RULE, VALUES
from schemas.errors import InvalidInputError
from schemas.tables import Line

ATTEMPTS = 100
LONGEST_PAUSE_S = 0.2
UNCONDITIONAL = Preconditions()
NAMED: frozenset[Kind] = frozenset({"roles", "labels"})
"""Kinds whose key is a name in any case; the name as it was written is one of the values."""

Changes = Mapping[str, Values | None]


def put_entry(
    database: Database,
    store: StoreId,
    kind: Kind,
    key: str,
    values: Values,
    conditions: Preconditions = UNCONDITIONAL,
) -> Entry:
    """Store values under a key instead of those there; raise PreconditionFailedError (412)."""

    def make() -> Changes:
        keys = _all_keys(database, store, kind, key)
        found = find_first(database, store, kind, keys)
        conditions.check(found.etag if found else None)
        return {**dict.fromkeys(keys), key: values}

    _change(database, store, kind, make)
    return find_entries(database, store, kind, [key]).get(key) or Entry(key, values, "")


def change_learner(
    database: Database, store: StoreId, identifier: str, change: Callable[[Values], Values]
) -> None:
    """Replace what was entered for a learner by what `change` makes of it; called again if others write meanwhile.

    A list that becomes empty stays, so that it counts before what Statements say. Raise InvalidInputError for values
    that nobody may enter, ErasedPersonError (403) for one who was erased.
    """
    [key] = learner_keys(database, store, [identifier])

    def make() -> Changes:
        keys = _all_keys(database, store, "learners", key)
        found = find_first(database, store, "learners", keys)
        changed = change(found.values if found else {})
        empty = {name: value for name, value in changed.items() if value == []}
        return {**dict.fromkeys(keys), key: {**VALUES["learners"].read(changed), **empty} or None}

    _change(database, store, "learners", make)


def delete_entry(
    database: Database, store: StoreId, kind: Kind, key: str, conditions: Preconditions = UNCONDITIONAL
) -> None:
    """Delete what was entered under a key; raise NotFoundError (404) or PreconditionFailedError (412)."""

    def make() -> Changes:
        keys = _all_keys(database, store, kind, key)
        found = find_first(database, store, kind, keys)
        if found is None:
            raise NotFoundError(f"Nothing was entered for {key!r}.")
        conditions.check(found.etag)
        return dict.fromkeys(keys)

    _change(database, store, kind, make)


def find_first(database: Database, store: StoreId, kind: Kind, keys: Sequence[str]) -> Entry | None:
    """Return what was entered under the first of these keys that has an entry."""
    found = find_entries(database, store, kind, keys)
    return next((found[key] for key in keys if key in found), None)


def _all_keys(database: Database, store: StoreId, kind: Kind, key: str) -> list[str]:
    """Return a key; after that of a learner, those of the people who were found to be the same one."""
    personas = describe_personas(database, store, [PersonaId(key)]) if kind == "learners" else {}
    return [str(one) for found in personas.values() for one in found.ids] or [key]


def import_lines(database: Database, store: StoreId, kind: Kind, lines: Sequence[Line]) -> int:
    """Store all lines of a CSV or none; return their number.

    An empty cell clears its value; a value without a column in the file stays.
    """
    keys = _keys(database, store, kind, lines)

    def make() -> Changes:
        before = find_entries(database, store, kind, keys)
        return {
            key: _merge(kind, before[key].values if key in before else {}, line)
            for key, line in zip(keys, lines, strict=True)
        }

    if lines:
        _change(database, store, kind, make)
    return len(lines)


def learner_keys(database: Database, store: StoreId, identifiers: Sequence[str]) -> list[str]:
    """Return the keys of learners with these identifiers; those never seen before get new ones.

    Raise ErasedPersonError (403) for one who was erased.
    """
    require_present(database, store, identifiers)
    personas = find_or_create_personas(database, store, dict.fromkeys(identifiers))
    return [str(personas[identifier]) for identifier in identifiers]


def _keys(database: Database, store: StoreId, kind: Kind, lines: Sequence[Line]) -> list[str]:
    keys = [str(line.values[ROWS[kind].key]) for line in lines]
    if kind in NAMED:
        keys = [plain_text(key) for key in keys]
    if kind == "learners":
        keys = learner_keys(database, store, keys)
    seen: dict[str, int] = {}
    for key, line in zip(keys, lines, strict=True):
        if key in seen:
            message = f"line {line.number} is about the same as line {seen[key]}; keep one of them"
            raise InvalidInputError(message, path=f"line {line.number}", rule=RULE)
        seen[key] = line.number
    return keys


def _merge(kind: Kind, before: Values, line: Line) -> Values:
    kept = {name: value for name, value in before.items() if name not in line.columns}
    told = {name: value for name, value in line.values.items() if name != ROWS[kind].key or kind in NAMED}
    return {**kept, **told}


def _change(database: Database, store: StoreId, kind: Kind, make: Callable[[], Changes]) -> None:
    def attempt() -> bool:
        edition = find_edition(database, store, kind)
        changes = make()
        if kind == "nuggets":
            check_no_cycle(database, store, changes)
        if kind == "learners":
            _require_no_names(database, store, changes)
        if not change_entries(database, store, kind, edition, changes):
            return False
        if kind == "learners":
            names = {PersonaId(key): (values or {}).get("name") for key, values in changes.items()}
            enter_names(database, store, names)
        return True

    if not swap_until_done(attempt, ATTEMPTS, LONGEST_PAUSE_S):
        raise ServiceUnavailableError(
            "Too many writers at the same catalogue; send the change again shortly."
        )


def _require_no_names(database: Database, store: StoreId, changes: Changes) -> None:
    """Raise InvalidInputError for the name of a person in a pseudonymous store."""
    named = any((values or {}).get("name") for values in changes.values())
    if named and store_by_id(database, store).key_check:
        raise InvalidInputError(
            "a pseudonymous store keeps no names of people; leave it out", path="name", rule=RULE
        )


def check_no_cycle(database: Database, store: StoreId, changes: Changes) -> None:
    """Raise InvalidInputError if a nugget would become its own prerequisite, directly or through others."""
    graph = {key: tuple((values or {}).get("prerequisites", ())) for key, values in changes.items()}
    frontier = {after for needed in graph.values() for after in needed} - graph.keys()
    while frontier:
        found = find_entries(database, store, "nuggets", sorted(frontier))
        graph |= {
            key: tuple(found[key].values.get("prerequisites", ())) if key in found else () for key in frontier
        }
        frontier = {after for key in frontier for after in graph[key]} - graph.keys()
    cycle = find_cycle(graph, changes)
    if cycle:
        raise InvalidInputError(
            f"these nuggets are prerequisites of each other: {' > '.join(cycle)}; drop one of them",
            path="prerequisites",
            rule=RULE,
            code="prerequisites_in_a_cycle",
        )


def find_cycle(graph: Mapping[str, Sequence[str]], starts: Iterable[str]) -> list[str]:
    """Return the keys of a cycle with the first one again at the end, or an empty list; without recursion."""
    done: set[str] = set()
    for start in starts:
        path, on_path = [start], {start}
        waiting = [list(graph.get(start, ()))]
        while waiting and start not in done:
            if not waiting[-1]:
                waiting.pop()
                left = path.pop()
                on_path.discard(left)
                done.add(left)
                continue
            following = waiting[-1].pop()
            if following in on_path:
                return [*path[path.index(following) :], following]
            if following not in done:
                path.append(following)
                on_path.add(following)
                waiting.append(list(graph.get(following, ())))
    return []
