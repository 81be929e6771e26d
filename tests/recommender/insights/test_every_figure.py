"""Every figure of a random organisation beside a slow reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from recommender.insights.asking import COUNTED
from recommender.insights.floors import Tally
from tests.recommender.insights.company import Story
from tests.recommender.insights.references import REFERENCES

ELSEWHERE = {
    *("unanswered-questions", "first-answer", "who-helps-whom", "bridges", "newcomers-without-links"),
    *("rising-topics", "stuck", "drop-off", "searches-in-vain", "before-and-after", "near-doubles"),
}
"""Figures with a slow reference in another module of these tests."""


def test_every_figure_has_a_slow_reference() -> None:
    assert {*REFERENCES, *ELSEWHERE} == COUNTED


@pytest.mark.parametrize("name", REFERENCES)
def test_a_figure_is_what_a_slow_reader_counts(name: str, count: Any, told: Any, company: Any) -> None:
    reference, splits = REFERENCES[name]
    for by in splits:
        for days in (30, 90):
            asked, found = count(name, by, days=days)
            expected = reference(Story(told, company, asked.since, asked.until), by)
            assert expected[()] if () in found else expected
            for labels, cells in expected.items():
                for column, tally in cells.items():
                    cell = found.get(labels, {}).get(column, Tally(0))
                    assert _plain(cell) == _plain(tally), (name, by, days, labels, column)
            extra = [cell for labels in found.keys() - expected.keys() for cell in found[labels].values()]
            assert not any(cell.people for cell in extra), (name, by, found.keys() - expected.keys())


def _plain(tally: Tally) -> Any:
    """Return the numbers that count; of nobody nothing more is told."""
    if tally.people == 0:
        return 0
    value = None if tally.value is None else pytest.approx(tally.value)
    return replace(tally, low=None, high=None, value=value)
