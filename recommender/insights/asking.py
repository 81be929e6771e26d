"""Asks a figure: the one way from a question to an answer that has passed the floors."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lrs.auth.stores import Store
from lrs.errors import RequestRefusedError
from lrs.personas import Agreeing
from lrs.storage.database import Database, StoreId
from recommender.config import RecommenderSettings
from recommender.insights import (
    communities,
    effects,
    equity,
    learning,
    networks,
    offer,
    open_questions,
    shown,
    skills,
    topics,
    vain,
)
from recommender.insights.answers import FEW, Answer, Question, Row
from recommender.insights.counting import OF_NUGGETS, Asked, Source, counted
from recommender.insights.figures import FIGURES, LONGEST, OF_PEOPLE, SHORTEST, TEAM_FLOOR, WINDOWS, Figure
from recommender.insights.floors import Tallies, floor_of, pass_floors
from recommender.insights.months import date_of, month_start, today
from recommender.insights.organisation import Organisation, Organisations
from recommender.insights.outside import Kind, Outside
from recommender.serving.state.cache import Refreshed
from recommender.serving.state.counted import HELD_S, Counted

ORGANISATIONS_HELD_S, ANSWERS_HELD_S = 2.0, 5.0
MOST_ANSWERS = 2000
REST = 5
"""After counting an answer, so many times its duration passes before it is counted again."""
FILTERS = (*OF_PEOPLE, *OF_NUGGETS, "modality")
Count = Callable[[Asked], Tallies]
COUNTS: Mapping[str, Count] = {
    "modalities": learning.modalities,
    "reach": learning.reach,
    "completion": learning.completion,
    "skills-gap": skills.gap,
    "wanted-not-taught": skills.wanted_not_taught,
    "readiness": skills.readiness,
    "before-and-after": effects.before_and_after,
    "who-helps-whom": networks.who_helps_whom,
    "bridges": networks.bridges,
    "connectedness": networks.connectedness,
    "newcomers-without-links": networks.newcomers,
    "rising-topics": topics.rising,
    "stuck": topics.stuck,
    "taking-part": learning.taking_part,
    "drop-off": topics.drop_off,
    "formats-and-languages": offer.formats_and_languages,
}
"""How figures are counted from the day rollups."""


@dataclass(frozen=True, slots=True)
class Beside:
    """How a figure is counted from what is read beside the rollups (`kind`), as of a time (us)."""

    kind: Kind
    count: Callable[[Asked, Any, int], Tallies]


BESIDE: Mapping[str, Beside] = {
    "unanswered-questions": Beside("questions", open_questions.unanswered),
    "first-answer": Beside("questions", open_questions.first_answer),
    "communities": Beside("communities", communities.communities),
    "suggested-peers": Beside("peers", shown.suggested_peers),
    "searches-in-vain": Beside("searches", vain.searches_in_vain),
    "funnel": Beside("nuggets", shown.funnel),
    "liked": Beside("nuggets", shown.liked),
    "equity": Beside("nuggets", equity.equity),
    "never-shown": Beside("nuggets", offer.never_shown),
    "near-doubles": Beside("doubles", offer.near_doubles),
    "coming-in": Beside("posts", offer.coming_in),
}
"""How the other figures are counted."""
ABOUT_NUGGETS = frozenset({"never-shown", "near-doubles", "coming-in"})
"""Figures about nobody, which no filter fits."""
ABOUT_PEOPLE = frozenset(
    {
        *BESIDE,
        "who-helps-whom",
        "bridges",
        "connectedness",
        "newcomers-without-links",
        "formats-and-languages",
        "skills-gap",
        "wanted-not-taught",
        "readiness",
    }
)
"""Figures that are filtered only by what people are."""
SPLIT_ONCE = ABOUT_PEOPLE | {"stuck", "drop-off", "before-and-after"}
"""Figures that are split by one attribute alone."""
LABELS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("teams",): ("from_team", "to_team"),
    ("nuggets",): ("nugget", "other_nugget"),
}
"""The columns of labels where a split has several."""
COUNTED = frozenset({*COUNTS, *BESIDE})
"""A figure that is not among these is refused."""


class Insights:
    """What a process holds to answer from: organisations, who is counted, and answers given lately.

    An answer is counted again in the background once it is older than a few seconds, and at once where somebody
    refused to be counted since.
    """

    def __init__(self, database: Database, settings: RecommenderSettings) -> None:
        refresh_s = settings.refresh_ms / 1000
        self.database = database
        self.settings = settings
        self.organisations = Organisations(database, min(ORGANISATIONS_HELD_S, refresh_s))
        self.outside = Outside(database, settings)
        self.agreeing = Counted(database, min(HELD_S, refresh_s))
        self.seen_by_managers = Counted(database, min(HELD_S, refresh_s), "managers")
        self._rest = REST if refresh_s else 0
        self._answers: Refreshed[_Key, _Counted] = Refreshed(
            self._count, min(ANSWERS_HELD_S, refresh_s), MOST_ANSWERS
        )

    def find(self, store: Store, figure: Figure, question: Question) -> Answer:
        """Return the answer of a figure to a question that it can be asked."""
        days, last = question.days(figure.window_days, today())
        filters = tuple(sorted(question.filters.items()))
        agreeing = self.agreeing.find(store.id)
        asked = (last + 1, days, question.by, filters)
        return self._answers.get(_Key(store.id, figure.name, *asked, agreeing, store.floor)).answer

    def _count(self, key: _Key, previous: _Counted | None) -> _Counted:
        start = time.monotonic()
        if previous and start < previous.rests_until:
            return previous
        found, end = self._answer(key), time.monotonic()
        return _Counted(found, end + self._rest * (end - start))

    def _answer(self, key: _Key) -> Answer:
        source = Source(self.database, key.store, self.settings, key.floor)
        question = Question(key.window_days, key.until - 1, key.by, dict(key.filters))
        figure, organisation = FIGURES[key.figure], self.organisations.find(key.store)
        count = self.counting(key.store, figure.name, 2 * key.window_days + today() + 1 - key.until)
        return answer(source, organisation, key.agreeing, figure, question, count)

    def counting(self, store: StoreId, name: str, days: int) -> Count:
        """Return how a figure is counted, with what it needs of the last days beside the rollups."""
        if name in COUNTS:
            return COUNTS[name]
        beside = BESIDE[name]
        held = self.outside.find(store, beside.kind, days)
        return lambda asked: beside.count(asked, held.found, held.now)


@dataclass(frozen=True, slots=True)
class _Counted:
    """An answer, and when (monotonic) it may be counted again."""

    answer: Answer
    rests_until: float


@dataclass(frozen=True, slots=True)
class _Key:
    """All that an answer depends on but the organisation."""

    store: StoreId
    figure: str
    until: int
    window_days: int
    by: tuple[str, ...]
    filters: tuple[tuple[str, str], ...]
    agreeing: Agreeing
    floor: int


def open_insights(database: Database, settings: RecommenderSettings) -> Insights:
    """Prepare to answer; nothing of a store is read before its first question."""
    return Insights(database, settings)


def ask(insights: Insights, store: Store, name: str, question: Question) -> Answer:
    """Return the answer of a figure; raise RequestRefusedError for what it cannot be asked."""
    figure = find_figure(name)
    check(figure, question)
    return insights.find(store, figure, question)


def answer(
    source: Source,
    organisation: Organisation,
    agreeing: Agreeing,
    figure: Figure,
    question: Question,
    count: Count,
) -> Answer:
    """Count a figure until the end of the question's day, and let the numbers pass the floors."""
    assert question.until_day is not None
    by, until = question.by or figure.by[:1], question.until_day + 1
    since = until - (question.window_days or figure.window_days)
    since = month_start(since) if by[0] == "month" else since
    people = [counted(organisation, agreeing, filters) for filters in ({}, question.filters)]
    asked = Asked(source, organisation, figure, by, question.filters, since, until, *people)
    floor = floor_of(figure.floor, source.floor, is_one_team="team" in question.filters, team=TEAM_FLOOR)
    labels = (*LABELS.get(by, by), *figure.also)
    rows, total = pass_floors(count(asked), labels, floor)
    _, before = pass_floors({(): count(asked.before()).get((), {})}, labels, floor)
    if _tells_others(organisation, agreeing, question.filters, floor):
        rows, total, before = (), _hidden(figure), _hidden(figure)
    missing = sum(day < until for day in organisation.missing)
    return Answer(figure, question, since, until, labels, figure.columns, rows, total, before, floor, missing)


def _tells_others(
    organisation: Organisation, agreeing: Agreeing, filters: Mapping[str, str], floor: int
) -> bool:
    """Return whether an answer beside the one with a filter less would tell of fewer people than the floor."""
    people = int(counted(organisation, agreeing, filters).sum())
    for name in OF_PEOPLE:
        if name in filters:
            others = {key: value for key, value in filters.items() if key != name}
            more = int(counted(organisation, agreeing, others).sum()) - people
            if 0 < more < floor:
                return True
    return False


def _hidden(figure: Figure) -> Row:
    return Row((), dict.fromkeys(figure.columns, FEW))


def find_figure(name: str) -> Figure:
    """Return a figure by its name; raise RequestRefusedError, which names all."""
    if name not in FIGURES:
        raise RequestRefusedError(f"There is no figure {name!r}; use one of {', '.join(FIGURES)}.")
    return FIGURES[name]


def check(figure: Figure, question: Question) -> None:
    """Raise RequestRefusedError for a window, a split or a filter that the figure does not have."""
    check_window(question, today())
    first, *more = question.by or figure.by[:1]
    is_joined = first != "modality" and figure.name not in SPLIT_ONCE
    if first not in figure.by or more not in ([], ["modality"] if is_joined else []):
        known, also = ", ".join(figure.by), ", alone or with modality" if is_joined else ""
        raise RequestRefusedError(
            f"{figure.name} cannot be split by {', '.join(question.by)}; use one of {known}{also}."
        )
    filters = filters_of(figure)
    for name in question.filters:
        if name not in filters:
            raise RequestRefusedError(
                f"{figure.name} cannot be filtered by {name!r}; use one of: {', '.join(filters) or 'none'}."
            )
    if figure.name not in COUNTED:
        raise RequestRefusedError(f"The figure {figure.name!r} is not counted yet; ask for another one.")


def check_window(question: Question, last: int) -> None:
    """Raise RequestRefusedError for a window that no figure has; `last` is the last day that there is."""
    if question.since_day is None:
        if question.window_days is not None and question.window_days not in WINDOWS:
            known = ", ".join(map(str, WINDOWS))
            raise RequestRefusedError(
                f"A window of {question.window_days} days is not kept; use one of {known}, or since and until."
            )
        return
    days, until = question.days(0, last)
    if question.window_days is not None:
        raise RequestRefusedError(
            f"A window is either the last {question.window_days} days or the days since "
            f"{date_of(question.since_day)}; leave one of both out."
        )
    if not SHORTEST <= days <= LONGEST:
        raise RequestRefusedError(
            f"From {date_of(question.since_day)} to {date_of(until)} there are {max(days, 0)} days; "
            f"choose a window of {SHORTEST} to {LONGEST} days that has begun."
        )


def filters_of(figure: Figure) -> tuple[str, ...]:
    """Return by which attributes a figure may be filtered."""
    if figure.name in ABOUT_NUGGETS:
        return ()
    return OF_PEOPLE if figure.name in ABOUT_PEOPLE else FILTERS
