from __future__ import annotations

from typing import Any

import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.serving.nuggets.filters import filter_mask, name_values
from recommender.serving.state.nugget_table import build_columns
from schemas.errors import InvalidInputError
from schemas.recommendations import NuggetFilters

COLUMNS = build_columns(
    [
        Nugget("a", format="video", modality="formal", language="en", level="beginner", duration_s=600),
        Nugget("b", format="article", modality="social", language="de", skills=("sql",), duration_s=3600),
        Nugget("c", skills=("sql", "python")),
    ]
)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "abc"),
        ({"format": ("video",)}, "a"),
        ({"format": ("video", "article")}, "ab"),
        ({"modality": ("social",)}, "b"),
        ({"modality": ("informal",)}, ""),
        ({"language": ("de", "en")}, "ab"),
        ({"level": ("beginner",)}, "a"),
        ({"skill": "sql"}, "bc"),
        ({"skill": "sql", "language": ("de",)}, "b"),
        ({"max_minutes": 10}, "a"),
        ({"max_minutes": 9}, ""),
        ({"max_minutes": 60}, "ab"),
    ],
)
def test_nuggets_pass_that_are_known_to_be_what_is_wanted(filters: dict[str, Any], expected: str) -> None:
    mask = filter_mask(COLUMNS, NuggetFilters(**filters))
    assert (
        "".join(nugget.id for nugget, passes in zip(COLUMNS.nuggets, mask, strict=True) if passes) == expected
    )


@pytest.mark.parametrize(
    ("filters", "there"),
    [
        ({"format": ("film",)}, "article, video"),
        ({"language": ("fr",)}, "de, en"),
        ({"level": ("expert",)}, "beginner"),
        ({"skill": "cooking"}, "python, sql"),
    ],
)
def test_a_value_that_no_nugget_has_is_an_error_that_names_those_there_are(
    filters: dict[str, Any], there: str
) -> None:
    with pytest.raises(InvalidInputError, match=f"there are {there}|there is {there}") as caught:
        filter_mask(COLUMNS, NuggetFilters(**filters))
    assert caught.value.path == next(iter(filters))


def test_where_nothing_is_known_at_all_nothing_is_found() -> None:
    columns = build_columns([Nugget("a")])
    wanted = NuggetFilters(format=("video",), skill="sql")
    assert filter_mask(columns, wanted).tolist() == [False]
    assert filter_mask(build_columns([]), wanted).tolist() == []


def test_of_very_many_values_those_most_like_the_one_sent_are_named() -> None:
    told = name_values("pyton", [f"skill {number:04}" for number in range(10_000)] + ["python"])
    assert told.startswith("there are python, ")
    assert told.endswith("and 9981 more")
