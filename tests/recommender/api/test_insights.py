"""Figures over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from recommender.api.insights import as_csv
from recommender.insights.answers import Answer, Cell, Question, Row
from recommender.insights.figures import FIGURES

PATH = "/insights/reach"


@pytest.fixture
def twelve(act: Callable[..., Any], post: Callable[..., None], sync: Callable[..., Any]) -> None:
    """Twelve people did something just now."""
    acts = [act(f"p{number}", "completed", "a") for number in range(12)]
    for one in acts:
        del one["timestamp"]
    post(acts)
    sync()


@pytest.mark.usefixtures("twelve")
def test_reach_is_answered_as_json_and_as_csv(client: Any, wait: Callable[..., Any]) -> None:
    body = wait(lambda: client.get(PATH).json(), lambda found: found["total"]["cells"]["active"]["count"])
    assert (body["figure"], body["kind"], body["floor"], body["by"]) == ("reach", "efficiency", 5, ["team"])
    cell = body["total"]["cells"]["active"]
    assert (cell["count"], cell["of"], cell["value"], cell["is_few"]) == (10, 10, 1.0, False)
    assert body["before"]["cells"]["active"]["is_few"]
    assert (body["language"], body["numerator"][:13]) == ("en", "active people")
    german = client.get(PATH, headers={"Accept-Language": "de"})
    assert german.headers["Content-Language"] == "de"
    assert german.json()["denominator"].startswith("Personenzahl")
    answer = client.get(PATH, params={"by": "modality"}, headers={"Accept": "text/csv"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    header, *lines = answer.text.splitlines()
    assert header == "modality,active_value,active_count,active_of,active_low,active_high,active_few"
    assert lines[0] == "formal,,,,,,yes"
    assert lines[1].startswith("informal,1,10,10,")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"window_days": "31"}, "A window of 31 days is not kept; use one of 7, 30, 90, 365"),
        (
            {"since": "2026-03-01", "until": "2026-03-06"},
            "there are 6 days; choose a window of 7 to 366 days",
        ),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "there are 0 days"),
        ({"since": "2999-03-01"}, "choose a window of 7 to 366 days that has begun"),
        ({"since": "2020-01-01", "until": "2026-03-01"}, "there are 2252 days"),
        ({"since": "2026-03-01", "window_days": "30"}, "leave one of both out"),
        ({"by": "shoe"}, "reach cannot be split by shoe; use one of team, role"),
        ({"by": "team,role"}, "reach cannot be split by team, role"),
        ({"until": "soon"}, "is not a day"),
        ({"until": "0001-01-05"}, "send a day from 1970 on"),
        ({"until": "9999999999"}, "is not a day"),
        ({"shoe": "42"}, "shoe"),
    ],
)
def test_a_bad_question_is_refused(client: Any, query: dict[str, str], sentence: str) -> None:
    answer = client.get(PATH, params=query)
    assert answer.status_code == 400
    assert sentence in answer.json()["message"]


def test_an_unknown_figure_is_not_found(client: Any) -> None:
    assert client.get("/insights/beauty").status_code == 404


@pytest.mark.usefixtures("twelve")
def test_another_store_is_not_counted(
    client: Any, wait: Callable[..., Any], make_client: Callable[..., Any], other_store: Any
) -> None:
    wait(lambda: client.get(PATH).json(), lambda found: found["total"]["cells"]["active"]["count"])
    other = make_client("insights/read", of=other_store)
    assert other.get(PATH).json()["total"]["cells"]["active"]["is_few"]


def test_the_scopes_of_other_pages_do_not_open_a_figure(make_client: Callable[..., Any]) -> None:
    assert make_client("insights/community").get(PATH).status_code == 403
    assert make_client("insights/organisation").get(PATH).status_code == 200


def test_a_group_of_two_attributes_is_for_those_who_analyse(make_client: Callable[..., Any]) -> None:
    by_both = {"by": "team", "role": "engineer"}
    for scope, status in (("insights/organisation", 403), ("insights/explore", 200), ("insights/read", 200)):
        assert make_client(scope).get(PATH, params=by_both).status_code == status
    officer = make_client("insights/organisation")
    assert officer.get(PATH, params={"by": "modality", "role": "engineer"}).status_code == 200


def test_a_csv_computes_nothing_and_cuts_no_number() -> None:
    cells = {"active": Cell(1234567.0, 1234567, 2000000, 0.1234567)}
    row = Row(("=cmd()|a",), cells)
    answer = Answer(FIGURES["reach"], Question(), 0, 30, ("team",), ("active",), (row,), None, None, 5)
    assert as_csv(answer).splitlines()[1] == b"'=cmd()|a,1234567,1234567,2000000,0.123457,,"
