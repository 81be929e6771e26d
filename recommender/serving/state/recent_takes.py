"""Who took what lately, known within a fraction of a second: what popularity and trends are counted from.

A take is an act by which a learner took a nugget. Only the newest one of a learner and a nugget counts, so the takes
are the same in every process, however long that process has run and whatever it read before.
"""

from __future__ import annotations

import math
import time
from array import array
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lrs.personas import PersonaId, describe_personas
from lrs.storage.database import Database, StoreId
from recommender.catalogue.learners import all_features, find_features
from recommender.dataset.features import user_feature_names
from recommender.interactions.takers import find_takes
from recommender.models.trends import DAY_S
from recommender.serving.state.cache import Refreshed
from recommender.serving.state.nugget_table import NuggetColumns
from recommender.storage.harvested import find_dropped
from recommender.storage.reading import Reading, find_reading, stored_us
from recommender.storage.takes import Take, find_newest_takes
from recommender.storage.user_features import UserFeatures

Array = np.ndarray[Any, np.dtype[Any]]
MOST_STORES = 1000
MOST_TAKES = 100_000
DAY_US = 86_400_000_000
KEPT_US = 60 * DAY_US
"""Takes that were stored longer ago count in the model's popularity only."""
READ_AGAIN_S = 3600.0
"""After this time all is read again; the features of learners who act are read at once."""
TAKES_A_DAY, MIN_CAP = 10.0, 10.0
FALL_ABOVE_CAP = 3
"""Scores are logarithms of counts, in which a tenth of an act today outweighs many of last month: the fall is steep."""
SEGMENTS = ("team:", "language:")
COLUMNS_KEPT = 4
MOST_PREPARED = 20
"""So many counts that requests asked for are made in the background for the next view; any others on request."""
MOST_COUNTED = 100
MOST_ONE_BY_ONE = 50
"""The features of more new learners than these are read with those of all."""


@dataclass(frozen=True, slots=True, eq=False)
class RecentTakes:
    """T takes as of a time (us): positions in the I `items` and among the L `learners`, when it was, when stored.

    `segments_of` (2 x L) holds the codes of each learner's team and language; `segments` names the codes. `asked` and
    `asked_takers` are the counts that requests asked this view for.
    """

    as_of: int
    items: Sequence[str]
    index: Mapping[str, int]
    item_of: Array
    learner_of: Array
    at: Array
    stored: Array
    segments_of: Array
    segments: Mapping[str, int]
    learners: Sequence[PersonaId] = ()
    places: dict[int, tuple[NuggetColumns, Array]] = field(default_factory=dict)
    counted: dict[tuple[str, float, int], Array] = field(default_factory=dict)
    took: dict[str, int] = field(default_factory=dict)
    new: dict[int, tuple[str, ...]] = field(default_factory=dict)
    asked: dict[tuple[str, float, int], None] = field(default_factory=dict)
    asked_takers: dict[str, None] = field(default_factory=dict)

    def count(
        self, columns: NuggetColumns, half_life_s: float, segment: str = "", stored_after: int = 0
    ) -> Array:
        """Return, for each nugget of the columns, its takes as of `as_of`, each 1/2 after a half-life.

        Takes of a segment count, or of everybody (""), and only those stored after a time (us). All takes of one
        learner count at most as much as those of somebody who takes ten nuggets a day: a robot moves no trend.
        """
        key = (segment, half_life_s, stored_after)
        self.asked[key] = None
        counts = self.counted.get(key)
        if counts is None:  # the same for all requests until something new is read
            if len(self.counted) >= MOST_COUNTED:
                self.counted.clear()
            counts = self.counted[key] = self._count(half_life_s, segment, stored_after)
        spread, places = np.zeros(len(columns.nuggets)), self._places(columns)
        there = places >= 0
        spread[places[there]] = counts[there]
        return spread

    def count_learners(
        self, activity: str, segment: str, since_us: int, counted: Container[PersonaId]
    ) -> int:
        """Return how many of those counted, of a segment or of all (""), took a nugget since a time (us)."""
        own = (self.item_of == self.index.get(activity, -1)) & (self.at >= since_us)
        takers = self.learner_of[own & self._is_in(segment)]
        return sum(self.learners[one] in counted for one in takers.tolist())

    def new_items(self, least: int) -> tuple[str, ...]:
        """Return what nobody took more than a day ago, and so many learners at least since then."""
        if least not in self.new:
            first = np.full(len(self.items), np.iinfo(np.int64).max)
            np.minimum.at(first, self.item_of, self.at)
            counts = np.bincount(self.item_of, minlength=len(self.items))
            chosen = (counts >= least) & (first >= self.as_of - DAY_US)
            self.new[least] = tuple(self.items[one] for one in np.flatnonzero(chosen).tolist())
        return self.new[least]

    def takers(self, segment: str) -> int:
        """Return how many learners of a segment took something."""
        self.asked_takers[segment] = None
        if segment not in self.took:  # counting takes longer than all the rest
            self.took[segment] = self._count_takers(segment)
        return self.took[segment]

    def prepare(self, earlier: RecentTakes) -> None:
        """Count what requests asked an earlier view for, so that the next request does not have to."""
        for segment, half_life_s, stored_after in list(earlier.asked)[-MOST_PREPARED:]:
            key = (segment, half_life_s, stored_after)
            self.counted[key] = self._count(half_life_s, segment, stored_after)
        for segment in list(earlier.asked_takers)[-MOST_PREPARED:]:
            self.took[segment] = self._count_takers(segment)

    def _count_takers(self, segment: str) -> int:
        return len(np.unique(self.learner_of[self._is_in(segment)]))

    def _is_in(self, segment: str) -> Array:
        """Return which takes are those of learners of a segment."""
        if not segment:
            return np.ones(len(self.at), dtype=bool)
        code = self.segments.get(segment)
        if code is None:
            return np.zeros(len(self.at), dtype=bool)
        return np.asarray((self.segments_of == code).any(axis=0)[self.learner_of])

    def _count(self, half_life_s: float, segment: str, stored_after: int) -> Array:
        chosen = np.flatnonzero(self._is_in(segment) & (self.stored > stored_after))
        values = np.exp2((self.at[chosen] - self.as_of) / (1e6 * half_life_s))
        learners = self.learner_of[chosen]
        # The further a learner is above the cap the less all takes of that one count: 100 at once move nothing.
        mass = np.bincount(learners, values, minlength=self.segments_of.shape[1])
        share = np.minimum(1.0, _cap(half_life_s) / np.maximum(mass, 1e-300)) ** FALL_ABOVE_CAP
        return np.bincount(self.item_of[chosen], values * share[learners], minlength=len(self.items))

    def _places(self, columns: NuggetColumns) -> Array:
        """Return where the items are in the columns, -1 for those that are not; only new ones are looked up."""
        known = self.places.get(id(columns), (columns, np.zeros(0, dtype=np.int64)))[1]
        if len(known) < len(self.items):
            new = [columns.index.get(one, -1) for one in self.items[len(known) :]]
            known = np.concatenate([known, np.array(new, dtype=np.int64)])
            if len(self.places) >= COLUMNS_KEPT:
                self.places.clear()
            self.places[id(columns)] = (columns, known)
        return known[: len(self.items)]


def _cap(half_life_s: float) -> float:
    """Return what ten takes a day add up to in the long run (a geometric series)."""
    return max(MIN_CAP, TAKES_A_DAY * half_life_s / DAY_S / math.log(2))


class TakeTable:
    """The takes of a store, changed only by the thread that reads; requests see copies (`view`)."""

    def __init__(self) -> None:
        self._items: dict[str, int] = {}
        self._learners: dict[PersonaId, int] = {}
        self._segments: dict[str, int] = {}
        self._segments_of = (array("q"), array("q"))
        self._rows: dict[tuple[int, int], int] = {}
        self._rows_of: dict[int, list[int]] = defaultdict(list)
        self._columns = (array("q"), array("q"), array("q"), array("q"))
        self._places: dict[int, tuple[NuggetColumns, Array]] = {}

    def note(self, features: Mapping[PersonaId, UserFeatures]) -> None:
        """Note the team and the language of learners."""
        for learner, known in features.items():
            position, names = self._position(learner), user_feature_names(known)
            for kind, codes in zip(SEGMENTS, self._segments_of, strict=True):
                name = next((one for one in names if one.startswith(kind)), "")
                codes[position] = self._segments.setdefault(name, len(self._segments)) if name else -1

    def unknown(self, takes: Iterable[Take]) -> list[PersonaId]:
        """Return the learners of takes of whom nothing is noted yet."""
        return sorted({take.learner for take in takes} - self._learners.keys())

    def add(self, takes: Iterable[Take]) -> None:
        """Add takes; the newest of a learner and an item counts."""
        _, _, at, stored = self._columns
        for take in takes:
            item, learner = self._items.setdefault(take.item, len(self._items)), self._position(take.learner)
            row = self._rows.setdefault((item, learner), len(at))
            if row == len(at):
                self._rows_of[item].append(row)
                for column, value in zip(self._columns, (item, learner, 0, 0), strict=True):
                    column.append(value)
            if take.at >= at[row]:
                at[row], stored[row] = take.at, take.stored

    def replace(self, item: str, takes: Iterable[Take]) -> None:
        """Put these takes of an item in the place of those there are."""
        code, (_, _, at, stored) = self._items.get(item, -1), self._columns
        for row in self._rows_of.get(code, ()):
            at[row] = stored[row] = 0  # as good as none: nothing stored so long ago is shown
        self.add(takes)

    def view(self, as_of: int) -> RecentTakes:
        """Return the newest takes."""
        columns = np.array([np.array(column) for column in self._columns], dtype=np.int64).reshape(4, -1)
        columns = columns[:, columns[3] > as_of - KEPT_US]
        if columns.shape[1] > MOST_TAKES:
            columns = columns[:, np.argsort(-columns[3], kind="stable")[:MOST_TAKES]]
        segments_of = np.array([np.array(codes) for codes in self._segments_of], dtype=np.int64)
        item_of, learner_of, at, stored = columns
        return RecentTakes(
            as_of,
            list(self._items),
            dict(self._items),
            item_of,
            learner_of,
            at,
            stored,
            segments_of.reshape(2, -1),
            dict(self._segments),
            list(self._learners),
            self._places,
        )

    def _position(self, learner: PersonaId) -> int:
        position = self._learners.setdefault(learner, len(self._learners))
        if position == len(self._segments_of[0]):
            for codes in self._segments_of:
                codes.append(-1)
        return position


@dataclass(frozen=True, slots=True)
class _Read:
    """The table and its view, what was read of the Statements, and when (monotonic) the table was begun."""

    table: TakeTable
    view: RecentTakes
    reading: Reading
    started: float


class RecentTakesIndex:
    """Keeps the recent takes of each store; reads what is new at most every `held_s` seconds, in the background.

    Nuggets about which something was voided or taken back are counted again. Everything is read again once an hour,
    as learners may have changed their teams, and after another vocabulary has changed what the Statements say.
    """

    def __init__(self, database: Database, held_s: float) -> None:
        self._database = database
        self._cache: Refreshed[StoreId, _Read] = Refreshed(self._read, held_s, MOST_STORES)

    def find(self, store: StoreId) -> RecentTakes:
        """Return the recent takes of a store."""
        return self._cache.get(store).view

    def _read(self, store: StoreId, previous: _Read | None) -> _Read:
        reading = find_reading(self._database, store)
        if previous and (reading.again or reading == previous.reading):
            return previous
        if previous is None or _is_to_be_read_again(previous, reading):
            table = TakeTable()
            table.note(all_features(self._database, store))
            after = max(0, time.time_ns() // 1000 - KEPT_US).to_bytes(8, "big")
            found = self._read_on(store, table, reading, after, time.monotonic())
        else:
            after = previous.reading.watermark
            found = self._read_on(store, previous.table, reading, after, previous.started)
        if previous:
            found.view.prepare(previous.view)
        return found

    def _read_on(
        self, store: StoreId, table: TakeTable, reading: Reading, after: bytes, started: float
    ) -> _Read:
        """Read the takes behind an order key, and again what was dropped since then."""
        takes = find_newest_takes(self._database, store, after, reading.watermark, MOST_TAKES)
        table.note(self._find_features(store, table.unknown(takes)))
        table.add(takes)
        for item in sorted(find_dropped(self._database, store, stored_us(after))):
            table.replace(item, find_takes(self._database, store, item))
        return _Read(table, table.view(time.time_ns() // 1000), reading, started)

    def _find_features(self, store: StoreId, learners: Sequence[PersonaId]) -> dict[PersonaId, UserFeatures]:
        if len(learners) > MOST_ONE_BY_ONE:
            everybody = all_features(self._database, store)
            return {one: everybody.get(one, UserFeatures()) for one in learners}
        known = describe_personas(self._database, store, learners) if learners else {}
        return {
            one: find_features(self._database, store, person.ids, person.identifiers)
            for one, person in known.items()
        }


def _is_to_be_read_again(before: _Read, reading: Reading) -> bool:
    is_other = reading.vocabulary != before.reading.vocabulary or reading.watermark < before.reading.watermark
    return is_other or time.monotonic() - before.started > READ_AGAIN_S
