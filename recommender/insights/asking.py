"""Asks a figure: the one way from a question to an answer that has passed the floors."""

from __future__ import annotations

from dataclasses import dataclass

from lrs.auth.stores import Store
from lrs.errors import RequestRefusedError
from lrs.storage.database import Database
from recommender.config import RecommenderSettings
from recommender.insights.answers import Answer, Question
from recommender.insights.figures import FIGURES, WINDOWS, Figure


@dataclass(frozen=True, slots=True)
class Insights:
    """The database, and what a process holds of each store to answer from."""

    database: Database
    settings: RecommenderSettings


def open_insights(database: Database, settings: RecommenderSettings) -> Insights:
    """Prepare to answer; nothing of a store is read before its first question."""
    return Insights(database, settings)


def ask(insights: Insights, store: Store, name: str, question: Question) -> Answer:
    """Return the answer of a figure; raise RequestRefusedError for what it cannot be asked."""
    figure = find_figure(name)
    check(figure, question)
    raise RequestRefusedError(f"The figure {name!r} is not counted yet; ask for another one.")


def find_figure(name: str) -> Figure:
    """Return a figure by its name; raise RequestRefusedError, which names all."""
    if name not in FIGURES:
        raise RequestRefusedError(f"There is no figure {name!r}; use one of {', '.join(FIGURES)}.")
    return FIGURES[name]


def check(figure: Figure, question: Question) -> None:
    """Raise RequestRefusedError for a window or a split that the figure does not have."""
    if question.window_days is not None and question.window_days not in WINDOWS:
        known = ", ".join(map(str, WINDOWS))
        raise RequestRefusedError(f"A window of {question.window_days} days is not kept; use one of {known}.")
    first, *more = question.by or figure.by[:1]
    if first not in figure.by or more not in ([], ["modality"]):
        known = ", ".join(figure.by)
        raise RequestRefusedError(
            f"{figure.name} cannot be split by {', '.join(question.by)}; use one of {known}, alone or with modality."
        )
