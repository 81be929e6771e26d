"""Answers made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from recommender.insights.answers import Answer, Cell, Question, Row
from recommender.insights.figures import FIGURES


def share(count: int, of: int) -> Cell:
    return Cell(count / of, count, of)


def answer_of(
    name: str,
    rows: Mapping[tuple[str, ...], Mapping[str, Cell]],
    by: tuple[str, ...] = ("team",),
    total: Mapping[str, Cell] | None = None,
    before: Mapping[str, Cell] | None = None,
) -> Answer:
    """Return an answer of the 30 days until 2026-11-30."""
    return Answer(
        FIGURES[name],
        Question(30, None, by),
        20758,
        20788,
        by,
        FIGURES[name].columns,
        tuple(Row(labels, cells) for labels, cells in rows.items()),
        Row((), total) if total is not None else None,
        Row((), before) if before is not None else None,
        5,
    )


@pytest.fixture
def answered() -> Callable[..., Answer]:
    return answer_of


@pytest.fixture
def shared() -> Callable[[int, int], Cell]:
    return share
