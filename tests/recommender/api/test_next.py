"""The next action in a course, over HTTP, as Statements come."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from lrs.auth.stores import set_consent
from lrs.personas import find_or_create_personas, find_persona
from recommender.storage.entries import change_entries, find_edition

NEXT = "/recommendations/next"
ASSESSMENT = "http://adlnet.gov/expapi/activities/assessment"
COURSE = {
    "id": "https://acme.example/course",
    "definition": {"type": "http://adlnet.gov/expapi/activities/course", "name": {"en": "SQL in a day"}},
}
INSIDE = {"context": {"contextActivities": {"grouping": [COURSE]}}}
ORDER = ("intro", "joins", "test", "outro")
Make = Callable[..., Any]


@pytest.fixture
def step(act: Make) -> Make:
    """Make a Statement about a step of the course; `test` is an assessment."""

    def make(name: str, verb: str, item: str, minute: int = 0, **more: Any) -> dict[str, Any]:
        statement = act(name, verb, item, minute, **{**INSIDE, **more})
        if item == "test":
            statement["object"]["definition"]["type"] = ASSESSMENT
        return statement

    return make


@pytest.fixture
def course(state: Make, step: Make) -> None:
    """Six learners complete the course in one order."""
    state(
        [
            step(f"p{number}", "completed", item, minute)
            for number in range(6)
            for minute, item in enumerate(ORDER)
        ]
    )


@pytest.fixture
def find(client: Any, params: Make, url: Make, wait: Make) -> Make:
    """Ask for the next action in the course until it is the one expected; return the answer."""

    def ask(name: str = "ann", expected: str | None = None, within: str = COURSE["id"], **more: str) -> Any:
        asked = params(name, **({"within": within} if within else {}), **more)

        def is_expected(answer: Any) -> bool:
            found = answer.json().get("next")
            return answer.status_code == 200 and (
                expected is None or bool(found and found["activity"]["id"] == url(expected))
            )

        return wait(lambda: client.get(NEXT, params=asked), is_expected).json()

    return ask


def _ids(answers: Sequence[Any]) -> list[str]:
    return [one["activity"]["id"].rsplit("/", 1)[-1] for one in answers]


@pytest.mark.usefixtures("course")
def test_a_learner_never_seen_gets_the_first_step_and_where_to_find_it(find: Make, url: Make) -> None:
    answer = find("newcomer", "intro")
    assert answer["next"]["reasons"] == ["Still open in this course"]  # nothing about others
    assert answer["next"]["resume_at"] == url("intro")
    assert (answer["next"]["stage"], answer["next"]["progress"]) == ("open", None)
    assert _ids(answer["alternatives"]) == ["joins", "test"]
    assert answer["within"]["definition"]["name"] == {"en": "SQL in a day"}
    assert (answer["finished"], answer["left"], answer["last"]) == (0, 4, None)
    assert answer["message"] == "4 steps of this course are left"
    assert "faltan" not in answer["message"]
    assert find("newcomer", "intro", answer_language="es")["message"] == "Quedan 4 pasos de este curso"


@pytest.mark.usefixtures("course")
def test_a_course_is_taken_to_its_end_and_beyond(
    find: Make, state: Make, step: Make, act: Make, url: Make, wait: Make
) -> None:
    state([act(f"p{number}", "completed", "elsewhere", 50) for number in range(4)])
    find("ann", "intro")
    state([step("ann", "completed", "intro", 1)])
    after = 'Other learners took this right after "About intro"'
    assert wait(lambda: find("ann", "joins")["next"]["reasons"], lambda reasons: reasons == [after])
    launched = step("ann", "launched", "outro", 2)
    state([launched, step("ann", "completed", "joins", 3)])
    begun = find("ann", "outro", within="")
    assert (begun["next"]["stage"], begun["next"]["reasons"]) == ("begun", ["You have begun this"])
    assert begun["last"] == url("joins")
    state([act("boss", "voided", {"objectType": "StatementRef", "id": launched["id"]})])
    find("ann", "test")
    failed = {"success": False, "score": {"scaled": 0.3}}
    state([step("ann", "failed", "test", 4, result=failed), step("ann", "completed", "outro", 5)])
    again = find("ann", "test")
    assert again["next"]["stage"] == "failed"
    assert again["next"]["reasons"] == [
        "You have not passed this yet",
        "This is the last step left in this course",
    ]
    assert (again["alternatives"], again["left"]) == ([], 1)
    state([step("ann", "passed", "test", 6)])
    beyond = find("ann", "elsewhere")
    assert beyond["next"]["stage"] == "beyond"
    assert beyond["message"] == "You have finished every step of this course that is open to you"
    assert (beyond["finished"], beyond["left"]) == (4, 0)


@pytest.mark.usefixtures("course")
def test_a_score_below_the_mastery_of_cmi5_is_not_enough(find: Make, state: Make, step: Make) -> None:
    find("ann", "intro")
    mastery = {"https://w3id.org/xapi/cmi5/context/extensions/masteryscore": 0.8}
    taken = step("ann", "completed", "intro", 1, result={"score": {"scaled": 0.6}})
    taken["context"] = {**taken["context"], "extensions": mastery}
    state([taken])
    assert find("ann", "intro")["next"]["stage"] == "failed"


@pytest.mark.usefixtures("course")
def test_what_is_put_off_comes_last(find: Make, state: Make, step: Make) -> None:
    find("ann", "intro")
    off = {
        **step("ann", "launched", "intro"),
        "verb": {"id": "https://learnerprise.org/xapi/verbs/postponed"},
    }
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    state([{**off, "timestamp": now}])
    answer = find("ann", "joins")
    assert _ids(answer["alternatives"]) == ["test", "outro"]
    assert answer["left"] == 4


def test_steps_that_no_statement_names_are_steps_too(find: Make, state: Make, act: Make, url: Make) -> None:
    nameless = [
        act(f"p{number}", "completed", {"id": url(item)}, minute, **INSIDE)
        for number in range(3)
        for minute, item in enumerate("abc")
    ]
    state([*nameless, act("ann", "completed", {"id": url("a")}, 9, **INSIDE)])
    answer = find("ann", "b")["next"]
    assert (answer["activity"]["id"], answer["reasons"]) == (url("b"), ["Still open in this course"])


def test_the_catalogue_says_order_prerequisites_mastery_and_attempts(
    find: Make, enter: Make, client: Any, state: Make, act: Make, url: Make
) -> None:
    inside = {"within": COURSE["id"]}
    enter(
        z={**inside, "position": 1, "url": "https://lms.example/z"},
        y={**inside, "position": 2, "mastery": 0.5, "attempts": 2},
        x={**inside, "position": 3, "prerequisites": [url("y")]},
        hidden={**inside, "position": 4, "hidden": True},
    )
    first = find("ann", "z")
    assert first["next"]["reasons"] == ["The first step of this course"]
    assert first["next"]["resume_at"] == "https://lms.example/z"
    assert _ids(first["alternatives"]) == ["y"]
    assert first["left"] == 3
    state([act("ann", "completed", "z", 1)])
    assert find("ann", "y")["next"]["reasons"] == ["The next step of this course"]
    low = {"result": {"score": {"scaled": 0.4}}}
    state([act("ann", "completed", "y", 2, **low)])
    found = find("ann", "y")["next"]["reasons"]
    assert found == ["You have not passed this yet: one attempt is left"]
    state([act("ann", "completed", "y", 3, **low)])
    last = find("ann", "x")
    assert last["next"]["reasons"] == [
        "The next step of this course",
        "This is the last step left in this course",
    ]


def test_own_posts_are_recommended_to_others_only(
    ask: Make, state: Make, act: Make, wait: Make, client: Any, params: Make, url: Make
) -> None:
    thread = {
        "id": url("thread"),
        "definition": {
            "type": "http://id.tincanapi.com/activitytype/discussion",
            "name": {"en": "How to join?"},
        },
    }
    created = {**act("ann", "completed", thread), "verb": {"id": "http://activitystrea.ms/schema/1.0/create"}}
    state([created, *(act(f"p{number}", "liked", thread, number) for number in range(3))])
    state([act(f"p{number}", "completed", "a", number) for number in range(3)])
    wait(lambda: _ids(ask("ben").json()["recommendations"]), lambda found: set(found) == {"thread", "a"})
    assert _ids(ask("ann").json()["recommendations"]) == ["a"]
    similar = client.get("/recommendations/nuggets/similar", params=params("ann", activity=url("a")))
    assert _ids(similar.json()["recommendations"]) == []


@pytest.mark.parametrize(
    ("more", "status", "told"),
    [
        ({"within": "https://acme.example/nowhere"}, 404, "has no steps here; send the id of a course"),
        ({}, 404, "the learner has not acted in any course yet, or refused"),
        ({"within": "nowhere"}, 400, "within"),
        ({"limit": "3"}, 400, "limit"),
        ({"answer_language": "nl"}, 400, "send en, ca"),
    ],
)
def test_what_leads_nowhere_is_told(
    client: Any, params: Make, more: dict[str, str], status: int, told: str
) -> None:
    answer = client.get(NEXT, params=params("ann", **more))
    assert answer.status_code == status
    assert told in answer.json()["message"]


def test_the_scope_is_needed(make_client: Make, params: Make) -> None:
    assert make_client("statements/write").get(NEXT, params=params()).status_code == 403


@pytest.mark.usefixtures("course")
def test_who_refuses_gets_what_others_begin_with_and_is_noted_nowhere(
    client: Any, database: Any, store: Any, params: Make, state: Make, step: Make, act: Make, agent: Make,
    identifier: Make, find: Make, wait: Make,
) -> None:  # fmt: skip
    set_consent(database, store, "peer", "opt_out")
    mentored = act("p1", "mentored", agent("ann"))
    state([step("ann", "completed", "intro"), step("ann", "launched", "test", 1), mentored])
    names = [identifier(name) for name in ("p0", "p1", "p2")]
    personas = find_or_create_personas(database, store.id, dict.fromkeys(names))
    entries = {str(one): {"goals": ["sql"]} for one in personas.values()}
    assert change_entries(
        database, store.id, "learners", find_edition(database, store.id, "learners"), entries
    )
    find(expected="test")
    client.put("/recommendations/consents", params=params(), json={"recommendations": False})
    found = find(expected="joins")
    assert (found["finished"], found["left"], found["last"]) == (1, 3, None)
    assert {one["stage"] for one in (found["next"], *found["alternatives"])} == {"open"}
    assert "intro" not in _ids([found["next"], *found["alternatives"]])
    assert client.get(NEXT, params=params()).status_code == 404
    assert client.get("/recommendations/path", params=params(skill="sql")).status_code == 404
    kinds = (("nuggets", "recommendations"), ("groups", "members"))
    for path, listed in kinds:
        more = {"goal": "sql"} if path == "groups" else {}
        assert client.get(f"/recommendations/{path}", params=params(**more)).json()[listed]
    of_acts_alone = client.get("/recommendations/peers", params=params()).json()["recommendations"]
    assert of_acts_alone == []
    assert client.get("/recommendations/peers", params=params("p1")).json()["recommendations"]
    impressions = database.collection("impressions", store.id)
    wait(lambda: impressions.count({"persona": personas[identifier("p1")]}), bool)
    assert not impressions.count({"persona": find_persona(database, store.id, identifier("ann"))})
