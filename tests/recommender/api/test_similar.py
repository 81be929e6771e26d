from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PATH = "/recommendations/nuggets/similar"
Make = Callable[..., Any]
NUGGETS = {
    "sql1": {"skills": ["sql", "data"], "title": {"en": "First queries"}},
    "sql2": {"skills": ["sql"], "format": "video", "title": {"en": "Joins"}},
    "data": {"skills": ["data", "sql", "python"], "title": {"en": "Pipelines"}},
    "soup": {"skills": ["cooking"], "title": {"en": "First soups"}},
    "words": {"title": {"en": "Nothing alike"}},
}


@pytest.fixture
def similar(client: Any, url: Make, enter: Make) -> Make:
    """Enter the nuggets and ask for those similar to one."""
    enter(**NUGGETS)
    return lambda name="sql1", **more: client.get(PATH, params={"activity": url(name), **more})


def _items(answer: Any) -> list[str]:
    return [one["activity"]["id"].rsplit("/", 1)[-1] for one in answer.json()["recommendations"]]


def test_what_teaches_the_same_is_similar_and_says_so(similar: Make) -> None:
    answer = similar()
    assert _items(answer) == ["data", "sql2", "soup"]
    assert answer.json()["model"] is None
    found = answer.json()["recommendations"]
    assert [one["rank"] for one in found] == [1, 2, 3]
    assert found[0]["reasons"] == ["Teaches the same: sql, data"]
    assert found[2]["reasons"] == ['Similar to "First queries"']


def test_filters_the_limit_and_the_language_hold(similar: Make) -> None:
    assert _items(similar(format="video")) == ["sql2"]
    assert _items(similar(limit="1")) == ["data"]
    told = similar(answer_language="de").json()["recommendations"][0]["reasons"]
    assert told == ["Vermittelt dasselbe: sql, data"]


def test_what_a_learner_has_done_is_left_out(
    similar: Make, params: Make, state: Make, act: Make, wait: Make
) -> None:
    similar()
    state([act("ann", "completed", "data")])
    wait(lambda: _items(similar.__call__(**params("ann"))), lambda found: found == ["sql2", "soup"])


def test_what_is_like_nothing_has_no_similar_ones(similar: Make) -> None:
    assert _items(similar("words")) == []


@pytest.mark.parametrize(
    ("params", "status", "told"),
    [
        ({"activity": "https://acme.example/none"}, 404, "https://acme.example/none is not a nugget"),
        ({"activity": "none"}, 400, "not an IRI"),
        ({}, 400, "activity is missing"),
        ({"activity": "https://acme.example/sql1", "agent": "{}"}, 400, "agent"),
        ({"activity": "https://acme.example/sql1", "format": "film"}, 400, "there is video"),
    ],
)
@pytest.mark.usefixtures("similar")
def test_a_bad_question_is_refused(client: Any, params: dict[str, str], status: int, told: str) -> None:
    answer = client.get(PATH, params=params)
    assert answer.status_code == status
    assert told in answer.json()["message"]


def test_the_scope_is_needed(make_client: Make) -> None:
    answer = make_client("statements/write").get(PATH, params={"activity": "https://acme.example/x"})
    assert answer.status_code == 403
