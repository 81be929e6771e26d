"""What a figure costs in a store with many acts beside one with few: the same people, nuggets and days."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from bson import ObjectId

from lrs.auth.stores import Store, create_store
from lrs.storage.database import Database
from recommender.config import RecommenderSettings
from recommender.insights.answers import Question
from recommender.insights.asking import COUNTS, Insights, ask
from recommender.insights.rollups import COMPLETED, LIKING, NO_PROGRESS, ROW, TAKING
from recommender.storage.insights import Part, day_of, write_day
from recommender.storage.records import create_indexes
from scripts.benchmarks.report import Row, Target, compare, compare_medians, milliseconds

Array = np.ndarray[Any, np.dtype[Any]]
PEOPLE, NUGGETS, DAYS = 1_000, 200, 365
VERBS = ("completed", "answered", "viewed")
SEED = 1
GROWTH, SERVED = Target("<=", 1.3), Target("<=", 150, of="ours")
"""Of a figure, and of an answer that is held (ms)."""


@dataclass(frozen=True, slots=True)
class Effort:
    """The acts in the smaller and in the larger store, and how often each figure is counted."""

    acts: tuple[int, int]
    repetitions: int


FULL, QUICK = Effort((10_000, 1_000_000), 9), Effort((2_000, 20_000), 3)


def measure_insights(database: Database, effort: Effort) -> Iterator[Row]:
    """Write day rollups straight into the database, and count each figure in both stores in turn."""
    create_indexes(database)
    filled = [_filled(database, acts) for acts in effort.acts]
    stores = [one.store for one in filled]
    counting = Insights(database, RecommenderSettings(refresh_ms=0))
    first = [milliseconds(partial(_ask, counting, store, "reach")) for store in stores]
    few, many = (f"{acts:,}" for acts in effort.acts)
    yield compare(f"first figure of a process: {many} acts beside {few}", first[1], first[0], "ms")
    for name in COUNTS:
        times: dict[str, list[list[float]]] = {"counted": [[], []], "counted after one more act": [[], []]}
        for _ in range(effort.repetitions):
            for way, taken in times.items():
                for some, one in zip(taken, filled, strict=True):
                    if way != "counted":
                        one.act(database)
                    some.append(milliseconds(partial(_ask, counting, one.store, name)))
        for way, (fewer, more) in times.items():
            yield compare_medians(f"{name} {way}: {many} acts beside {few}", more, fewer, "ms", GROWTH)
    serving = Insights(database, RecommenderSettings())
    held = [[_held(serving, store, name) for name in COUNTS] for store in stores]
    yield compare_medians(f"figure answered: {many} acts beside {few}", held[1], held[0], "ms", GROWTH)
    yield compare(f"slowest figure answered, {many} acts", max(held[1]), None, "ms", SERVED)


def _ask(insights: Insights, store: Store, name: str) -> None:
    ask(insights, store, name, Question())


def _held(insights: Insights, store: Store, name: str) -> float:
    """Return how long (ms) a figure takes that was asked a moment ago; it is counted again in the background."""
    _ask(insights, store, name)
    return min(milliseconds(partial(_ask, insights, store, name)) for _ in range(3))


@dataclass(slots=True)
class _Filled:
    """A store with acts of these people, and those of its last day."""

    store: Store
    people: Sequence[ObjectId]
    names: tuple[str, ...]
    last: int
    rows: Array

    def act(self, database: Database) -> None:
        """Let somebody do something once more on the last day."""
        self.rows = np.append(self.rows, self.rows[:1])
        write_day(database, self.store.id, self.last, [_part(self.last, self.rows, self.people, self.names)])


def _filled(database: Database, acts: int) -> _Filled:
    """Return a store in which so many acts are spread over people, nuggets and the days of a year."""
    store = create_store(database, f"insights-{uuid.uuid4().hex[:12]}")
    random = np.random.default_rng(SEED)
    people = [ObjectId() for _ in range(PEOPLE)]
    names = (*(f"https://bench.example/{number}" for number in range(NUGGETS)), *VERBS)
    last, rows = day_of(time.time_ns() // 1000), np.zeros(0, ROW)
    for ago, count in zip(*np.unique(random.integers(0, DAYS, acts), return_counts=True), strict=True):
        made = _rows(random, count)
        rows = made if ago == 0 else rows
        day = last - int(ago)
        write_day(database, store.id, day, [_part(day, made, people, names)])
    return _Filled(store, people, names, last, rows)


def _rows(random: np.random.Generator, count: int) -> Array:
    rows = np.zeros(count, ROW)
    rows["person"], rows["item"] = random.integers(0, PEOPLE, count), random.integers(0, NUGGETS, count)
    rows["peer"] = np.where(random.random(count) < 0.1, random.integers(0, PEOPLE, count), -1)
    verbs = random.integers(0, len(VERBS), count)
    rows["verb"], rows["modality"] = NUGGETS + verbs, random.integers(0, 3, count)
    rows["flags"] = LIKING | np.where(verbs == 0, TAKING | COMPLETED, 0)
    rows["progress"], rows["acts"] = NO_PROGRESS, 1
    return rows


def _part(day: int, rows: Array, people: Sequence[ObjectId], names: tuple[str, ...]) -> Part:
    return Part(day, 0, b"".join(one.binary for one in people), names, rows.tobytes())
