"""Courses as their Statements show them: which steps each has, and in which order learners took them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bson import ObjectId

from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import find_nuggets
from recommender.catalogue.nuggets import Nugget
from recommender.ranking.course_order import CourseOrder, learn_order
from recommender.serving.state.cache import Refreshed
from recommender.storage.courses import CourseAct, find_acts_within, find_completers
from recommender.storage.entries import Revision, find_revision
from recommender.storage.reading import find_watermark

MOST_COURSES = 200
MOST_ACTS = 5_000
"""So many acts in a course tell its order, those of the last days where there are more."""
MOST_STEPS = 2_000
MIN_COMPLETERS = 10
"""From so many learners on who completed a course, its order is theirs alone."""
MIN_COMPLETED = 0.2
"""A step is completable if at least this share of the learners who opened it completed it."""
REST = 20
"""After reading a course, at least so many times its duration passes before it is read again."""


@dataclass(frozen=True, slots=True)
class Course:
    """A course, a path or another Activity that holds `steps`, as known from Statements.

    `nuggets` are those of the course and of its steps. `completable` are the steps that learners complete; of any
    other step no completion can be expected.
    """

    activity: str
    steps: frozenset[str] = frozenset()
    completable: frozenset[str] = frozenset()
    nuggets: Mapping[str, Nugget] = field(default_factory=dict)
    order: CourseOrder = CourseOrder()


@dataclass(frozen=True, slots=True)
class _Built:
    """A course as of a revision of the catalogue and an order key; it is not read again before a time (monotonic)."""

    course: Course
    revision: Revision
    watermark: bytes
    rests_until: float = 0.0


class Courses:
    """Keeps courses that were asked about; looks for changes at most every `refresh_s` seconds, in the background."""

    def __init__(self, database: Database, refresh_s: float) -> None:
        self._database = database
        self._rest = REST if refresh_s else 0
        self._cache: Refreshed[tuple[StoreId, str], _Built] = Refreshed(self._read, refresh_s, MOST_COURSES)

    def find(self, store: StoreId, activity: str) -> Course:
        """Return a course; one that no Statement names has no steps."""
        return self._cache.get((store, activity)).course

    def _read(self, key: tuple[StoreId, str], previous: _Built | None) -> _Built:
        store, activity = key
        state = find_revision(self._database, store), find_watermark(self._database, store)
        start = time.monotonic()
        if previous and (state == (previous.revision, previous.watermark) or start < previous.rests_until):
            return previous
        course = read_course(self._database, store, activity)
        end = time.monotonic()
        return _Built(course, *state, rests_until=end + self._rest * (end - start))


def read_course(database: Database, store: StoreId, activity: str) -> Course:
    """Read a course from the newest acts that took place in it."""
    acts = find_acts_within(database, store, activity, MOST_ACTS, time.time_ns() // 1000)
    completers = find_completers(database, store, activity, MOST_ACTS) if acts else set()
    course = course_of(activity, acts, completers)
    return replace(course, nuggets=find_nuggets(database, store, sorted({activity, *course.steps})))


def course_of(activity: str, acts: Sequence[CourseAct], completers: set[ObjectId]) -> Course:
    """Return a course by the acts in it, in the order of time, without what it holds only to hold others; pure."""
    containers = {activity, *(place for row in acts for place in row.within)}
    acts = [row for row in acts if row.unit not in containers]
    completable = _completable(acts)
    taken: dict[ObjectId, dict[str, None]] = defaultdict(dict)
    for row in acts:
        if row.completed or row.unit not in completable:
            taken[row.learner].setdefault(row.unit)
    steps = frozenset(list(dict.fromkeys(row.unit for row in acts))[-MOST_STEPS:])
    return Course(activity, steps, completable, order=learn_order(_telling(taken, completers)))


def _completable(acts: Iterable[CourseAct]) -> frozenset[str]:
    learners: dict[str, set[ObjectId]] = defaultdict(set)
    completed: dict[str, set[ObjectId]] = defaultdict(set)
    for row in acts:
        learners[row.unit].add(row.learner)
        if row.completed:
            completed[row.unit].add(row.learner)
    return frozenset(
        step for step, some in completed.items() if len(some) >= MIN_COMPLETED * len(learners[step])
    )


def _telling(taken: Mapping[ObjectId, Mapping[str, None]], completers: set[ObjectId]) -> list[list[str]]:
    """Return the steps of the learners who tell the order: those who completed the course if they are enough."""
    complete = [list(steps) for learner, steps in taken.items() if learner in completers]
    return complete if len(complete) >= MIN_COMPLETERS else [list(steps) for steps in taken.values()]
