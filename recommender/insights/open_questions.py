"""Questions that learners asked in open places, and how long they waited for the first answer of another person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

import numpy as np

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import find_nuggets, private_ids
from recommender.catalogue.labels import find_labels
from recommender.catalogue.learners import find_bots
from recommender.catalogue.nuggets import Nugget
from recommender.insights.counting import Asked
from recommender.insights.floors import Tallies, Tally
from recommender.insights.networks import HELPS
from recommender.interactions.history import without_undone
from recommender.storage.acts_in_time import iterate_acts
from recommender.storage.insights import day_of
from recommender.storage.interactions import InteractionRow, find_replies, find_undoing_rows, in_order
from recommender.storage.vocabulary import find_vocabulary

Array = np.ndarray[Any, np.dtype[Any]]
ASKED, CREATED, QUESTION_TYPE = "asked", "created", "question"
HOUR_US = 3_600_000_000
LATE_HOURS, IN_TIME_HOURS = 24, 48
"""After so long a question counts as unanswered; an answer within so long comes in time."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question (`post`), who asked it first and when (us), and when another person first answered (None: not yet).

    `helper` is that other person. `titles` are by language, `address` is where the question stands.
    """

    post: str
    asker: PersonaId
    at: int
    answered: int | None = None
    helper: PersonaId | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    skills: tuple[str, ...] = ()

    def hours(self, now: int) -> float:
        """Return how long the question waited for its first answer, or waits until now (us)."""
        return max(0, (now if self.answered is None else self.answered) - self.at) / HOUR_US


def read_questions(
    database: Database, store: StoreId, since_us: int, until_us: int
) -> tuple[AskedQuestion, ...]:
    """Return the questions asked in open places in a span of time, with their first answers whenever these came."""
    rows = [
        row for row in iterate_acts(database, store, (ASKED, CREATED), since_us, until_us) if row.makes_post
    ]
    posts = sorted({row.item for row in rows if row.item})
    vocabulary, nuggets = find_vocabulary(database, store), find_nuggets(database, store, posts)
    kinds = {one: vocabulary.activity_type(nugget.type).name for one, nugget in nuggets.items()}
    rows += find_replies(database, store, posts)
    rows += find_undoing_rows(database, store, [row.statement_id for row in rows])
    typed = {one for one, kind in kinds.items() if kind == QUESTION_TYPE}
    bots = find_bots(database, store, sorted({row.learner for row in rows}))
    found = find_asked(valid_rows(row for row in rows if row.learner not in bots), typed)
    private, labels = private_ids(database, store), find_labels(database, store)
    return tuple(
        _placed(one, nuggets[one.post])
        for one in found
        if one.post not in private and _is_open(nuggets[one.post], labels.private)
    )


def _placed(question: AskedQuestion, nugget: Nugget) -> AskedQuestion:
    return replace(question, titles=nugget.titles, address=nugget.url or question.post, skills=nugget.skills)


def _is_open(nugget: Nugget, private: Container[str]) -> bool:
    """Return whether a post may be told of: not private, and not hidden by people."""
    is_hidden = nugget.managed and nugget.hidden
    return not (nugget.private or is_hidden or any(skill in private for skill in nugget.skills))


def valid_rows(rows: Iterable[InteractionRow]) -> list[InteractionRow]:
    """Return the rows that count, in time order: none that were taken back, none about what is private; pure."""
    own: dict[PersonaId, list[InteractionRow]] = defaultdict(list)
    for row in in_order({row.key: row for row in rows}.values()):
        own[row.learner].append(row)
    valid = (row for some in own.values() for row in without_undone(some) if not row.private)
    return in_order(valid)


def find_asked(rows: Sequence[InteractionRow], typed: Container[str] = ()) -> list[AskedQuestion]:
    """Return the questions among valid rows, the oldest first; whoever asked a question does not answer it.

    A question is a post that somebody `asked`, or made with the type of a question (`typed`).
    """
    askers: dict[str, set[PersonaId]] = defaultdict(set)
    first: dict[str, InteractionRow] = {}
    for row in rows:
        if row.makes_post and row.item and (row.verb == ASKED or (row.verb == CREATED and row.item in typed)):
            askers[row.item].add(row.learner)
            first.setdefault(row.item, row)
    answers: dict[str, InteractionRow] = {}
    for row in rows:
        for post in {row.item, *row.about} & first.keys():
            if post and row.verb in HELPS and row.strength > 0 and row.learner not in askers[post]:
                answers.setdefault(post, row)
    return [_asked(row, answers.get(post)) for post, row in first.items()]


def _asked(row: InteractionRow, answer: InteractionRow | None) -> AskedQuestion:
    assert row.item is not None
    if answer is None:
        return AskedQuestion(row.item, row.learner, row.at)
    return AskedQuestion(row.item, row.learner, row.at, answer.at, answer.learner)


def waiting(asked: Iterable[AskedQuestion], counted: Container[PersonaId]) -> list[AskedQuestion]:
    """Return the questions that nobody answered, of askers who are counted, the longest waiting first.

    An answer of somebody who refuses to be counted answers a question all the same.
    """
    found = [one for one in asked if one.answered is None and one.asker in counted]
    return sorted(found, key=lambda one: (one.at, one.post))


def unanswered(asked: Asked, questions: Sequence[AskedQuestion], now: int) -> Tallies:
    """Count the questions asked in the window that nobody answered within a day, and nobody has answered since."""
    late = [
        (one, place)
        for one, place in _in_window(asked, questions)
        if one.answered is None and one.hours(now) >= LATE_HOURS
    ]
    return {
        labels: {"unanswered": Tally(len({place for _, place in some}), count=len(some))}
        for labels, some in _grouped(asked, late).items()
    }


def first_answer(asked: Asked, questions: Sequence[AskedQuestion], now: int) -> Tallies:
    """Measure how long the questions of the window waited that are older than two days.

    Those first answered by a person who refuses to be counted are left out, whole.
    """
    index = asked.organisation.people.index
    old = [
        (one, place)
        for one, place in _in_window(asked, questions)
        if now - one.at >= IN_TIME_HOURS * HOUR_US
        and (one.helper is None or _is_counted(asked.agreed, index.get(one.helper, -1)))
    ]
    return {labels: _waits(some, now) for labels, some in _grouped(asked, old).items()}


def _waits(questions: Sequence[tuple[AskedQuestion, int]], now: int) -> dict[str, Tally]:
    """Return the share answered in time, and the median hours of those answered."""
    waited = [(one.hours(now), place) for one, place in questions if one.answered is not None]
    in_time = [place for hours, place in waited if hours <= IN_TIME_HOURS]
    askers, answered = {place for _, place in questions}, {place for _, place in waited}
    share = Tally(len(set(in_time)), len(askers), len(in_time), len(questions))
    if not waited:
        return {"answered": share, "median_hours": Tally(0)}
    return {
        "answered": share,
        "median_hours": Tally(len(answered), value=median(hours for hours, _ in waited)),
    }


def _in_window(asked: Asked, questions: Iterable[AskedQuestion]) -> list[tuple[AskedQuestion, int]]:
    """Return the questions of the window, of askers who are counted, with the positions of these."""
    index = asked.organisation.people.index
    placed = [(one, index.get(one.asker, -1)) for one in questions]
    return [
        (one, place)
        for one, place in placed
        if asked.since <= day_of(one.at) < asked.until and _is_counted(asked.counted, place)
    ]


def _is_counted(counted: Array, place: int) -> bool:
    return 0 <= place < len(counted) and bool(counted[place])


def _grouped(
    asked: Asked, questions: Sequence[tuple[AskedQuestion, int]]
) -> dict[tuple[str, ...], list[tuple[AskedQuestion, int]]]:
    """Return the questions by skill, or by the team of the asker, and all of them."""
    groups: dict[tuple[str, ...], list[tuple[AskedQuestion, int]]] = defaultdict(list)
    groups[()] = list(questions)
    features, people = asked.organisation.features, asked.organisation.people.values
    for one, place in questions:
        known = features.get(people[place])
        team = (known.team,) if known and known.team else ()
        for label in one.skills if asked.by[0] == "skill" else team:
            groups[(label,)].append((one, place))
    return dict(groups)
