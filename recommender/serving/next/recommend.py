"""Recommends the next action in a course or a path, with its reasons and the address to go on at."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any

from lrs.auth.stores import Store
from recommender.catalogue.nuggets import FOR_EVER, Nugget, definition_of
from recommender.errors import NotInCatalogueError
from recommender.interactions.history import without_undone
from recommender.interactions.places import is_course_type
from recommender.messages import catalogue_language, say
from recommender.serving.context import Serving
from recommender.serving.next.standing import Standing, find_standing
from recommender.serving.next.steps import BEYOND, Ground, Step, count_left, list_steps
from recommender.serving.nuggets.agreed import as_agreed, rows_to_follow
from recommender.serving.nuggets.candidates import read_languages
from recommender.serving.nuggets.explanations import display_title, reader_language
from recommender.serving.nuggets.recommend import DAY_US, recommend_nuggets
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.courses import Course
from recommender.serving.state.learners import Learner
from recommender.serving.state.nugget_table import NuggetColumns
from recommender.storage.interactions import InteractionRow, in_order
from schemas.breaches import shown
from schemas.recommendations import NextQuery, NuggetQuery

MOST_ACTIONS = 3
"""The next action and two alternatives."""
ABOUT_OTHERS = frozenset({"next.after", "next.begin"})
"""Reasons that tell what others did; a stranger does not get them."""
MOST_TRIED = 5
"""So many places of a learner's last acts are looked at for steps."""


@dataclass(frozen=True, slots=True)
class Action:
    """What to do: the stage (begun, failed, open, or beyond the course), where to go on, and why.

    `progress` (0 to 1) is how far the learner got, None if unknown.
    """

    activity: str
    definition: Mapping[str, Any]
    stage: str
    resume_at: str
    progress: float | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NextAnswer:
    """The next action and its alternatives in a course; beyond it where nothing is left there.

    `finished` and `left` count steps, `last` is the step of the learner's last act. `message` sums up, `language` is
    that of all texts.
    """

    model: int | None
    course: Nugget
    actions: tuple[Action, ...]
    message: str
    finished: int
    left: int
    last: str | None
    language: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """The course asked about, for whom, with its steps, and the language of the answer.

    The list may follow from the rows `followed` alone; all others say only what is finished and needed no more.
    """

    snapshot: CatalogueSnapshot
    learner: Learner
    followed: tuple[InteractionRow, ...]
    course: Course
    steps: Mapping[str, Nugget]
    language: str

    def find(self, activity: str) -> Nugget | None:
        """Return a nugget: as the catalogue has it now, else as it was when the course was read."""
        return self.snapshot.nugget(activity) or self.course.nuggets.get(activity)


def find_next(serving: Serving, store: Store, query: NextQuery, accepted: str = "") -> NextAnswer:
    """Find what a learner should do next in a course, else in the one that the learner acted in last.

    Raises NotInCatalogueError for a course of which no step is known, and where none is named and the learner acted
    in none.
    """
    asked = _ask(serving, store, query, accepted)
    whole, standing = _standing(asked, asked.learner.rows), _standing(asked, asked.followed)
    ground = _ground(asked, standing, frozenset(whole.finished))
    later = _put_off(asked.learner, serving.settings.later_days * DAY_US)
    steps = sorted(list_steps(ground), key=lambda step: step.activity in later)
    left = count_left(ground, steps)
    actions = [_action(asked, standing, step, is_last=left == 1) for step in steps[:MOST_ACTIONS]]
    return NextAnswer(
        asked.snapshot.version,
        asked.find(asked.course.activity) or Nugget(asked.course.activity),
        tuple(actions or _beyond(serving, store, query, asked)),
        _message(asked, whole, left),
        len(whole.finished),
        left,
        standing.last,
        catalogue_language(asked.language),
    )


def _message(asked: _Asked, standing: Standing, left: int) -> str:
    if left:
        return say(asked.language, "next.left", count=left)
    is_complete = standing.finished and not standing.failed
    return say(asked.language, "next.complete" if is_complete else "next.none")


def _ask(serving: Serving, store: Store, query: NextQuery, accepted: str) -> _Asked:
    learner = serving.learners.find(store.id, query.identifier)
    snapshot = serving.catalogue.find(store.id, serving.models.find(store.id, learner.persona))
    followed, learner = rows_to_follow(learner, store, snapshot), as_agreed(learner, store, snapshot)
    columns = snapshot.columns
    named = serving.courses.find(store.id, query.within) if query.within else None
    course = named or _last_course(serving, store, columns, followed)
    entered = _entered_steps(columns, course.activity)
    found = {one: snapshot.nugget(one) or course.nuggets[one] for one in sorted(course.steps | entered)}
    steps = {one: nugget for one, nugget in found.items() if one not in columns.steps}
    if not steps:
        raise NotInCatalogueError(
            f"{shown(course.activity)} has no steps here; send the id of a course, a path or another Activity "
            "that Statements name as parent or grouping, or that nuggets are entered within",
            path="within",
        )
    language = query.speaks or accepted or reader_language(learner.features)
    return _Asked(snapshot, learner, followed, course, steps, language)


def _entered_steps(columns: NuggetColumns, course: str) -> set[str]:
    """Return the nuggets that are entered within a course, or within something that is itself within it."""
    found: set[str] = set()
    waiting = [course]
    while waiting:
        inside = set(columns.steps.get(waiting.pop(), ())) - found - {course}
        found |= inside
        waiting += inside
    return found


def _last_course(
    serving: Serving, store: Store, columns: NuggetColumns, followed: Iterable[InteractionRow]
) -> Course:
    """Return the course of the learner's last act that was in one, else the place of the last act that had one."""
    rows = without_undone(in_order({row.key: row for row in followed}.values()))[::-1]
    certain = (place for row in rows if row.unit for place in _courses_of(columns, row))
    others = (place for row in rows if row.unit for place in row.within)
    for place in islice(dict.fromkeys(chain(certain, others)), MOST_TRIED):
        course = serving.courses.find(store.id, place)
        if course.steps or place in columns.steps:
            return course
    raise NotInCatalogueError(
        "the learner has not acted in any course yet, or refused to be recommended to by that; "
        "send within=... with the id of one",
        path="within",
    )


def _courses_of(columns: NuggetColumns, row: InteractionRow) -> Iterator[str]:
    """Yield the courses that an act was about or in, by their types and by what people entered."""
    position = columns.index.get(row.unit)
    nugget = Nugget(row.unit) if position is None else columns.nuggets[position]
    if is_course_type(nugget.type) or row.unit in columns.steps:
        yield row.unit
    if nugget.within:
        yield nugget.within
    if row.in_course:
        yield row.within[0]


def _put_off(learner: Learner, later_us: int) -> set[str]:
    """Return what the learner put off a short time ago: it comes after all other steps."""
    now = time.time_ns() // 1000
    return {item for item, at in learner.history.postponed.items() if now < at + later_us}


def _standing(asked: _Asked, rows: Iterable[InteractionRow]) -> Standing:
    mastery = {one: nugget.mastery for one, nugget in asked.steps.items() if nugget.mastery}
    # Where nobody acted in the course yet, as it was only entered, a step is finished when it is completed.
    completable = asked.course.completable | (asked.steps.keys() - asked.course.steps)
    return find_standing(rows, asked.steps.keys(), completable, mastery)


def _ground(asked: _Asked, standing: Standing, finished: frozenset[str]) -> Ground:
    history = asked.learner.history
    return Ground(
        asked.steps,
        standing,
        history.done | finished,
        asked.learner.features,
        asked.course.order,
        asked.find,
        partial(
            _may_take,
            asked.snapshot.closes,
            read_languages(asked.snapshot.columns, asked.learner),
            history.disliked | history.made | finished,
            time.time_ns() // 1000,
        ),
    )


def _may_take(
    closes: Mapping[str, int],
    languages: frozenset[str],
    unwanted: frozenset[str],
    now_us: int,
    nugget: Nugget,
) -> bool:
    # Many a player of cmi5 names nothing: without a title, a step is closed to lists of nuggets but not to its course.
    is_open = nugget.ends_us > now_us and (not nugget.titles or closes.get(nugget.id, FOR_EVER) > now_us)
    is_readable = not (languages and nugget.language) or nugget.language in languages
    return is_open and is_readable and nugget.id not in unwanted


def _action(asked: _Asked, standing: Standing, step: Step, *, is_last: bool) -> Action:
    nugget = asked.find(step.activity) or Nugget(step.activity)
    is_last = is_last and step.activity in asked.steps
    reasons = [_reason(asked, step), *([say(asked.language, "next.last")] if is_last else [])]
    progress = standing.progress.get(nugget.id)
    return Action(
        nugget.id, definition_of(nugget), step.stage, nugget.url or nugget.id, progress, tuple(reasons)
    )


def _reason(asked: _Asked, step: Step) -> str:
    if step.reason in ABOUT_OTHERS and not asked.learner.is_known:
        return say(asked.language, "next.open")
    if step.left is not None:
        return say(asked.language, step.reason, count=step.left)
    if not step.named:
        return say(asked.language, step.reason)
    title = display_title(asked.find(step.named), asked.language, "")
    return say(asked.language, step.reason, name=title) if title else say(asked.language, "next.open")


def _beyond(serving: Serving, store: Store, query: NextQuery, asked: _Asked) -> list[Action]:
    """Return where to go on outside the course: the best nuggets for the learner."""
    wanted = NuggetQuery(query.agent, query.identifier)
    inside = {asked.course.activity, *asked.steps}
    found = recommend_nuggets(serving, store, wanted, asked.language).recommendations
    outside = [one for one in found if one.activity not in inside]
    return [
        Action(
            one.activity,
            one.definition,
            BEYOND,
            one.definition.get("moreInfo", one.activity),
            None,
            one.reasons,
        )
        for one in outside[:MOST_ACTIONS]
    ]
