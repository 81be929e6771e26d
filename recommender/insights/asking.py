"""Asks a figure: the one way from a question to an answer that has passed the floors."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lrs.auth.stores import Store
from lrs.errors import RequestRefusedError
from lrs.personas import Agreeing
from lrs.storage.database import Database
from recommender.config import RecommenderSettings
from recommender.insights import learning
from recommender.insights.answers import FEW, Answer, Question, Row
from recommender.insights.counting import OF_NUGGETS, Asked, counted, month_start
from recommender.insights.figures import FIGURES, OF_PEOPLE, TEAM_FLOOR, WINDOWS, Figure
from recommender.insights.floors import Tallies, floor_of, pass_floors
from recommender.insights.organisation import Organisation, Organisations
from recommender.serving.state.counted import HELD_S, Counted
from recommender.storage.insights import day_of
from schemas.floors import FLOOR

ORGANISATIONS_HELD_S = 2.0
FILTERS = (*OF_PEOPLE, *OF_NUGGETS, "modality")
Count = Callable[[Asked], Tallies]
COUNTS: Mapping[str, Count] = {
    "modalities": learning.modalities,
    "reach": learning.reach,
}
"""How each figure is counted; a figure that is not here yet is refused."""


@dataclass(frozen=True, slots=True)
class Insights:
    """The database, and what a process holds of each store to answer from."""

    database: Database
    settings: RecommenderSettings
    organisations: Organisations
    agreeing: Counted


def open_insights(database: Database, settings: RecommenderSettings) -> Insights:
    """Prepare to answer; nothing of a store is read before its first question."""
    refresh_s = settings.refresh_ms / 1000
    organisations = Organisations(database, min(ORGANISATIONS_HELD_S, refresh_s))
    return Insights(database, settings, organisations, Counted(database, min(HELD_S, refresh_s)))


def ask(insights: Insights, store: Store, name: str, question: Question) -> Answer:
    """Return the answer of a figure; raise RequestRefusedError for what it cannot be asked."""
    figure = find_figure(name)
    check(figure, question)
    organisation, agreeing = insights.organisations.find(store.id), insights.agreeing.find(store.id)
    today = day_of(time.time_ns() // 1000)
    until = today + 1 if question.until_day is None else min(question.until_day, today) + 1
    key = (name, question.window_days, question.by, tuple(sorted(question.filters.items())), until, agreeing)
    return organisation.keep(key, lambda: answer(organisation, agreeing, figure, question, until))


def answer(
    organisation: Organisation, agreeing: Agreeing, figure: Figure, question: Question, until: int
) -> Answer:
    """Count a figure until before a day, and let the numbers pass the floors; pure but for what is kept."""
    by = question.by or figure.by[:1]
    since = until - (question.window_days or figure.window_days)
    since = month_start(since) if by[0] == "month" else since
    people = counted(organisation, agreeing, question.filters)
    asked = Asked(organisation, figure, by, question.filters, since, until, people)
    floor = floor_of(figure.floor, FLOOR, is_one_team="team" in question.filters, team=TEAM_FLOOR)
    count = COUNTS[figure.name]
    rows, total = pass_floors(count(asked), by, floor)
    _, before = pass_floors({(): count(asked.before()).get((), {})}, by, floor)
    if _tells_others(organisation, agreeing, question.filters, floor):
        rows, total, before = (), _hidden(figure), _hidden(figure)
    return Answer(figure, question, since, until, by, figure.columns, rows, total, before, floor)


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
    if question.window_days is not None and question.window_days not in WINDOWS:
        known = ", ".join(map(str, WINDOWS))
        raise RequestRefusedError(f"A window of {question.window_days} days is not kept; use one of {known}.")
    first, *more = question.by or figure.by[:1]
    is_split = first in figure.by and more in ([], ["modality"]) and [first] != more
    if not is_split:
        known = ", ".join(figure.by)
        raise RequestRefusedError(
            f"{figure.name} cannot be split by {', '.join(question.by)}; use one of {known}, alone or with modality."
        )
    for name in question.filters:
        if name not in FILTERS:
            raise RequestRefusedError(
                f"Nothing can be filtered by {name!r}; use one of {', '.join(FILTERS)}."
            )
    if figure.name not in COUNTS:
        raise RequestRefusedError(f"The figure {figure.name!r} is not counted yet; ask for another one.")
