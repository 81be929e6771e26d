from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PATH = "/recommendations/path"
Make = Callable[..., Any]


@pytest.fixture
def path(client: Any, params: Make, enter: Make, enter_role: Make, url: Make) -> Make:
    """Enter a role and what teaches it, and ask a person's way."""
    enter_role("Data Engineer", {"sql": 2, "python": 1, "haskell": 1})
    enter(
        sql1={"skills": ["sql"], "level": "beginner"},
        sql2={"skills": ["sql"], "level": "intermediate", "prerequisites": [url("server")]},
        server={},
        python={"skills": ["python"], "level": "beginner"},
    )
    return lambda name="ann", **more: client.get(PATH, params=params(name, **more))


def _steps(answer: Any) -> list[str]:
    return [one["activity"]["id"].rsplit("/", 1)[-1] for one in answer.json()["steps"]]


def test_a_path_to_a_role_is_in_order_and_tells_why(path: Make, url: Make) -> None:
    answer = path(role="data engineer")
    body = answer.json()
    assert set(_steps(answer)) == {"sql1", "python", "server", "sql2"}
    assert _steps(answer).index("server") < _steps(answer).index("sql2")
    assert _steps(answer).index("sql1") < _steps(answer).index("sql2")
    steps = {one["activity"]["id"]: one for one in body["steps"]}
    assert steps[url("server")]["adds"] == []
    assert steps[url("server")]["needed_before"] == url("sql2")
    assert steps[url("server")]["reasons"] == ['Needed before "About sql2"']
    assert steps[url("sql2")]["adds"] == [{"skill": "sql", "level": 2}]
    assert steps[url("sql2")]["reasons"] == ["Teaches sql, wanted in the role of Data Engineer"]
    assert body["towards"] == {"role": "data engineer"}
    assert body["not_taught"] == ["haskell"]
    assert body["message"] == "4 steps are left. Nothing open to you teaches haskell yet"


def test_only_the_own_role_is_called_that(path: Make, enter_learner: Make, url: Make) -> None:
    enter_learner("ann", role="Data Engineer")
    reasons = {one["activity"]["id"]: one["reasons"] for one in path(role="data engineer").json()["steps"]}
    assert reasons[url("sql2")] == ["Teaches sql, wanted in your role of Data Engineer"]


def test_a_path_to_a_skill_goes_as_high_as_there_are_nuggets(path: Make) -> None:
    answer = path(skill="SQL")
    assert _steps(answer)[-1] == "sql2"
    assert set(_steps(answer)) == {"sql1", "server", "sql2"}
    assert answer.json()["steps"][-1]["reasons"] == ["Teaches sql"]


def test_what_is_known_already_is_no_step(
    path: Make, state: Make, act: Make, enter_learner: Make, wait: Make
) -> None:
    enter_learner("ben", skills=["sql", "python", "haskell"])
    assert (
        path("ben", role="data engineer").json()["message"].startswith("Nothing is missing: you already know")
    )
    assert _steps(path("ben", skill="sql")) == []
    state([act("ann", "completed", "sql1"), act("ann", "completed", "server")])
    wait(lambda: _steps(path(skill="sql")), lambda found: found == ["sql2"])


def test_without_a_target_the_own_role_and_goals_count(path: Make, enter_learner: Make) -> None:
    enter_learner("ann", role="data engineer", goals=["python"], skills=["sql"])
    answer = path()
    assert _steps(answer) == ["python"]
    assert answer.json()["known"] == ["sql"]
    assert answer.json()["missing"] == ["python", "haskell"]
    assert _steps(path(goal="python")) == ["python"]


def test_hours_are_told_in_all_by_step_and_by_goal(
    client: Any, params: Make, enter: Make, enter_role: Make, enter_learner: Make, url: Make
) -> None:
    enter_role("Data Engineer", {"sql": 1})
    enter(
        book={"skills": ["sql"], "duration": "PT4H"},
        video={"skills": ["sql"], "duration": "PT30M", "prerequisites": [url("intro")]},
        intro={"duration": "PT15M"},
        dance={"skills": ["tango"], "prerequisites": [url("intro")]},
    )
    enter_learner("ann", role="Data Engineer", goals=["tango"])
    body = client.get(PATH, params=params()).json()
    hours = {one["activity"]["id"]: one["hours"] for one in body["steps"]}
    assert hours == {url("intro"): 0.25, url("video"): 0.5, url("dance"): None}
    assert body["hours"] == 0.75
    ranks = {one["activity"]["id"]: one["rank"] for one in body["steps"]}
    groups = {(one["towards"], one["name"]): one for one in body["groups"]}
    assert groups["role", "Data Engineer"]["steps"] == [ranks[url("intro")], ranks[url("video")]]
    assert groups["role", "Data Engineer"]["hours"] == 0.75
    assert groups["goal", "tango"]["steps"] == sorted([ranks[url("intro")], ranks[url("dance")]])


def test_a_thread_teaches_nothing(path: Make, enter: Make) -> None:
    thread = {"type": "http://id.tincanapi.com/activitytype/discussion", "duration": "PT1M"}
    enter(thread={"skills": ["python", "go"], "level": "beginner", **thread})
    assert _steps(path(skill="python")) == ["python"]
    assert path(skill="go").json()["not_taught"] == ["go"]


def test_the_message_is_in_the_language_asked_for(path: Make) -> None:
    assert path(skill="python", answer_language="es").json()["message"] == "Falta un paso"


@pytest.mark.parametrize(
    ("more", "status", "told"),
    [
        ({"skill": "cooking"}, 404, '"cooking" is not a skill here; there are haskell, python, sql'),
        ({"role": "cook"}, 404, '"cook" is not a role here; there is data engineer'),
        ({"goal": "cook"}, 404, '"cook" is not a goal of the learner; there is no goal yet'),
        ({}, 404, "send skill=... or role=..."),
        ({"skill": "sql", "role": "x"}, 400, "cannot go with"),
        ({"skill": ""}, 400, "is empty"),
        ({"limit": "3"}, 400, "limit"),
        ({"answer_language": "nl"}, 400, "send en, ca"),
    ],
)
def test_what_leads_nowhere_is_told(path: Make, more: dict[str, str], status: int, told: str) -> None:
    answer = path(**more)
    assert answer.status_code == status
    assert told in answer.json()["message"]


def test_in_an_empty_store_nothing_is_known(client: Any, params: Make) -> None:
    answer = client.get(PATH, params=params(skill="sql"))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_in_catalogue")
    assert "there is no skill yet" in answer.json()["message"]


def test_the_scope_is_needed(make_client: Make, params: Make) -> None:
    assert make_client("statements/write").get(PATH, params=params(skill="sql")).status_code == 403
