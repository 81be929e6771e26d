"""What a process holds of a store to count in: acts by day, people with their teams and roles, nuggets with skills."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import is_not
from typing import Any, TypeVar

import numpy as np
from bson import ObjectId

from lrs.personas import PersonaId, find_leads
from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import changed_ids, find_nuggets, nugget_ids
from recommender.catalogue.learners import all_features
from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.roles import Role, find_roles
from recommender.insights.rollups import ROW, roll_up
from recommender.serving.state.cache import Refreshed
from recommender.storage.entries import Revision, all_keys, find_edition, find_revision
from recommender.storage.insights import Part, find_marks, find_versions, iterate_parts
from recommender.storage.user_features import UserFeatures

Array = np.ndarray[Any, np.dtype[Any]]
Value = TypeVar("Value")
ACT = np.dtype([("day", "<i4"), *((name, ROW[name]) for name in ROW.names or ())])
"""A row of a rollup with its day; people, nuggets and verbs are positions in the organisation."""
NO_ACTS = np.zeros(0, ACT)
FEATURES_HELD = 60
"""How many times longer features that Statements say are held than rollups."""
MOST_STORES = 100
MOST_LASTING = 300
"""Of spans of days of one store, such as the months of the last years."""
MOST_KEPT = 40
"""Of what was counted from one organisation: whoever asks until each day of years may not fill the memory."""
REST = 5
"""After reading, so many times its duration passes before the next reading."""
FOLLOWING_REST = 20
"""The same where nobody asks: Statements are read by the same thread."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names and their positions, which never change; it only grows."""

    values: list[Any] = field(default_factory=list)
    index: dict[Any, int] = field(default_factory=dict)
    written: dict[bytes, int] = field(default_factory=dict)

    def positions(self, names: Sequence[Any]) -> Array:
        """Return the positions of names, with new ones for those never seen."""
        for name in names:
            if name not in self.index:
                self.index[name] = len(self.values)
                self.values.append(name)
        return np.array([self.index[name] for name in names], dtype=np.int64)

    def positions_of_ids(self, ids: bytes) -> Array:
        """Return the positions of ids written one after the other; bytes are looked up many times faster than ids."""
        parts = [ids[at : at + 12] for at in range(0, len(ids), 12)]
        new = [one for one in parts if one not in self.written]
        self.written.update(zip(new, self.positions([ObjectId(one) for one in new]).tolist(), strict=True))
        return np.array([self.written[one] for one in parts], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Organisation:
    """The acts of a store by day, and what is known of its people and nuggets.

    `people`, `items` and `verbs` name the positions in the acts: the first `person_count` and `item_count` of them,
    those behind belong to a newer organisation. `features` is by persona, `entered` are those in the catalogue,
    `nuggets` by id, `roles` by plain name. Of the days `missing` nothing was rolled up yet.
    `kept` holds what was counted from exactly this, `lasting` what was counted from days, as long as these stay the
    same, and `known` what is made of people and nuggets alone, whatever they do.
    """

    days: Mapping[int, Array]
    people: Names
    items: Names
    verbs: Names
    features: Mapping[PersonaId, UserFeatures]
    entered: frozenset[PersonaId]
    nuggets: Mapping[str, Nugget]
    roles: Mapping[str, Role]
    person_count: int = 0
    item_count: int = 0
    missing: frozenset[int] = frozenset()
    kept: dict[Hashable, Any] = field(default_factory=dict)
    known: dict[Hashable, Any] = field(default_factory=dict)
    lasting: dict[Hashable, tuple[Sequence[Array], Any]] = field(default_factory=dict)

    def keep_days(self, key: Hashable, since: int, until: int, make: Callable[[Array], Value]) -> Value:
        """Return what was made of the acts of these days for a key, or make it; others may make it meanwhile, too."""
        return self.keep_while(key, since, until, lambda: make(self.acts(since, until)))

    def keep_while(self, key: Hashable, since: int, until: int, make: Callable[[], Value]) -> Value:
        """Return what was made for a key while these days were the same, or make it."""
        days = [acts for _, acts in self._days(since, until)]
        before, found = self.lasting.get(key, ((), None))
        if found is None or len(before) != len(days) or any(map(is_not, before, days)):
            found = make()
            self.lasting[key] = days, found
            while len(self.lasting) > MOST_LASTING:
                self.lasting.pop(next(iter(self.lasting)), None)
        value: Value = found
        return value

    def acts(self, since: int, until: int) -> Array:
        """Return the acts from a day until before another one."""
        found = [acts for _, acts in self._days(since, until)]
        return np.concatenate(found) if found else NO_ACTS

    def _days(self, since: int, until: int) -> Iterator[tuple[int, Array]]:
        span = range(since, until) if until - since < len(self.days) else sorted(self.days)
        return ((day, self.days[day]) for day in span if since <= day < until and day in self.days)

    def has_verb(self, acts: Array, verbs: Collection[str]) -> Array:
        """Return which acts have one of these canonical verbs."""
        used = np.zeros(len(self.verbs.values) + 1, dtype=bool)
        used[[self.verbs.index[verb] for verb in verbs if verb in self.verbs.index]] = True
        return np.asarray(used[acts["verb"]])

    def persons(self) -> list[PersonaId]:
        """Return the people by position."""
        return self.people.values[: self.person_count]

    def names(self) -> list[str]:
        """Return the ids of the nuggets by position."""
        return self.items.values[: self.item_count]

    def keep(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return what was made for a key, or make it."""
        return _keep(self.kept, key, make)

    def keep_known(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return what was made for a key of people and nuggets alone, or make it."""
        return _keep(self.known, key, make)


def _keep(kept: dict[Hashable, Any], key: Hashable, make: Callable[[], Value]) -> Value:
    value: Value | None = kept.get(key)
    if value is None:
        value = kept[key] = make()
        while len(kept) > MOST_KEPT:
            kept.pop(next(iter(kept)), None)
    return value


@dataclass(frozen=True, slots=True)
class _Held:
    """An organisation, by which versions of what it was read, and when (monotonic) it may be read again."""

    organisation: Organisation
    versions: Mapping[tuple[int, int], bytes]
    revision: Revision
    learners: int
    features_until: float
    rests_until: float = 0.0


class Organisations:
    """Keeps the organisation of each store that is asked about, and brings it up to date in the background."""

    def __init__(self, database: Database, refresh_s: float) -> None:
        self._database = database
        self._refresh_s = refresh_s
        self._follows: dict[StoreId, float] = {}
        self._cache: Refreshed[StoreId, _Held] = Refreshed(self._read, refresh_s, MOST_STORES)

    def find(self, store: StoreId) -> Organisation:
        """Return the organisation of a store."""
        return self._cache.get(store).organisation

    def follow(self, store: StoreId) -> None:
        """Roll up what is new, now and then, so that whoever asks first does not wait for all of it."""
        start = time.monotonic()
        if start >= self._follows.get(store, 0.0):
            roll_up(self._database, store)
            end = time.monotonic()
            self._follows[store] = end + FOLLOWING_REST * (end - start)

    def _read(self, store: StoreId, previous: _Held | None) -> _Held:
        start = time.monotonic()
        if previous and start < previous.rests_until:
            return previous
        roll_up(self._database, store)
        held = _read(self._database, store, previous, FEATURES_HELD * self._refresh_s)
        end = time.monotonic()
        rest = REST * (end - start) if self._refresh_s else 0.0
        return replace(held, rests_until=end + rest)


def read_organisation(database: Database, store: StoreId) -> Organisation:
    """Return the organisation of a store as it is now."""
    roll_up(database, store, float("inf"))
    return _read(database, store, None, 0.0).organisation


def _read(database: Database, store: StoreId, previous: _Held | None, features_held_s: float) -> _Held:
    """Read what has changed since the previous reading; an organisation in which nothing has stays the same one."""
    revision = find_revision(database, store)
    learners = find_edition(database, store, "learners")
    versions = find_versions(database, store)
    before = previous or _Held(_nobody(), {}, Revision(-1, -1), -1, 0.0)
    old, changes = before.organisation, dict[str, Any]()
    if versions != before.versions:
        changes["days"] = _days(database, store, before, versions)
    if revision != before.revision:
        changes["nuggets"] = _nuggets(database, store, old.nuggets, before.revision, revision)
        changes["roles"] = find_roles(database, store)
    due, until = (
        learners != before.learners or time.monotonic() >= before.features_until,
        before.features_until,
    )
    if due:
        until = time.monotonic() + features_held_s
        features, entered = all_features(database, store), _entered(database, store)
        if features != old.features or entered != old.entered:
            old.people.positions(sorted(features.keys() | entered))
            changes |= {"features": features, "entered": entered}
    missing = frozenset(find_marks(database, store)[1] - {day for day, _ in versions})
    if missing != old.missing:
        changes["missing"] = missing
    changes |= (
        {"person_count": len(old.people.values), "item_count": len(old.items.values)} if changes else {}
    )
    found = replace(old, **changes, kept={}) if changes else old
    if any(getattr(found, name) is not getattr(old, name) for name in ("features", "nuggets", "roles")) or (
        (found.person_count, found.item_count) != (old.person_count, old.item_count)
    ):
        found = replace(found, known={})
    return _Held(found, versions, revision, learners, until)


def _nobody() -> Organisation:
    return Organisation({}, Names(), Names(), Names(), {}, frozenset(), {}, {})


def _entered(database: Database, store: StoreId) -> frozenset[PersonaId]:
    found = [PersonaId(one) for one in all_keys(database, store, "learners")]
    leads = find_leads(database, store, found)
    return frozenset(leads.get(one, one) for one in found)


class Nuggets:
    """Keeps the nuggets of each store that is asked about, for what is said of them."""

    def __init__(self, database: Database, refresh_s: float) -> None:
        self._database = database
        self._cache: Refreshed[StoreId, tuple[Revision, Mapping[str, Nugget]]] = Refreshed(
            self._read, refresh_s, MOST_STORES
        )

    def find(self, store: StoreId) -> Mapping[str, Nugget]:
        """Return the nuggets of a store by id."""
        return self._cache.get(store)[1]

    def _read(
        self, store: StoreId, previous: tuple[Revision, Mapping[str, Nugget]] | None
    ) -> tuple[Revision, Mapping[str, Nugget]]:
        revision = find_revision(self._database, store)
        before, old = previous or (Revision(-1, -1), {})
        if revision == before:
            return before, old
        return revision, _nuggets(self._database, store, old, before, revision)


def _nuggets(
    database: Database, store: StoreId, old: Mapping[str, Nugget], before: Revision, revision: Revision
) -> Mapping[str, Nugget]:
    """Return the nuggets, of which only those that have changed are read."""
    ids = nugget_ids(database, store)
    changed = changed_ids(database, store, before, revision) if old else ids
    found = find_nuggets(database, store, sorted(ids & (changed | (ids - old.keys()))))
    return {one: found.get(one) or old[one] for one in sorted(ids)}


def _days(
    database: Database, store: StoreId, before: _Held, versions: Mapping[tuple[int, int], bytes]
) -> Mapping[int, Array]:
    """Return the acts by day, of which only the days that have changed are read."""
    pairs = versions.items() ^ before.versions.items()
    changed = {day for (day, _), _ in pairs}
    found: dict[int, list[Array]] = {}
    old = before.organisation
    for part in iterate_parts(database, store, changed if old.days else None):
        if (part.day, part.part) in versions:  # else it is being removed
            found.setdefault(part.day, []).append(_acts(part, old))
    kept = {day: acts for day, acts in old.days.items() if day not in changed}
    return dict(sorted({**kept, **{day: np.concatenate(some) for day, some in found.items()}}.items()))


def _acts(part: Part, organisation: Organisation) -> Array:
    """Return the rows of a part with the positions of this process."""
    rows = np.frombuffer(part.rows, ROW)
    people = organisation.people.positions_of_ids(part.people)
    used = {name: np.unique(rows[name]) for name in ("item", "verb")}
    acts = np.zeros(len(rows), ACT)
    for name in ROW.names or ():
        acts[name] = rows[name]
    acts["day"] = part.day
    acts["person"] = people[rows["person"]]
    acts["peer"] = np.where(rows["peer"] < 0, -1, people[np.maximum(rows["peer"], 0)])
    for name, names in (("item", organisation.items), ("verb", organisation.verbs)):
        positions = np.full(len(part.names) + 1, -1, dtype=np.int64)  # the last one is that of none
        known = [int(one) for one in used[name] if 0 <= int(one) < len(part.names)]
        positions[known] = names.positions([part.names[one] for one in known])
        acts[name] = positions[rows[name].astype(np.int64)]
    return acts
