"""What learners say of nuggets counts at once: begun, assigned, not for me, later, goals; and empty lists say why."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

EXTENSIONS = "https://learnerprise.org/xapi/extensions/"
Make = Callable[..., Any]


def _days_ago(days: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400))


def _undo(act: Make, statement: dict[str, Any]) -> dict[str, Any]:
    return dict(act("ann", "undone", {"objectType": "StatementRef", "id": statement["id"]}))


@pytest.mark.parametrize("verb", ["voided", "undone"])
def test_what_is_put_off_waits_on_its_shelf_and_comes_back_when_that_is_undone(
    ask: Make, items: Make, enter: Make, state: Make, act: Make, wait: Make, verb: str
) -> None:
    enter(a={}, b={}, c={})
    put_off = act("ann", "postponed", "b", timestamp=_days_ago(6))
    state([put_off])
    assert sorted(wait(items, lambda found: len(found) == 2)) == ["a", "c"]
    [later] = ask(shelf="later").json()["recommendations"]
    assert later["reasons"] == ["You left this for later"]
    assert sorted(items("ben")) == ["a", "b", "c"]
    state([act("ann", verb, {"objectType": "StatementRef", "id": put_off["id"]})])
    assert sorted(wait(items, lambda found: len(found) == 3)) == ["a", "b", "c"]
    assert items(shelf="later") == []


@pytest.mark.parametrize(("days", "ranks"), [(8, range(1, 6)), (15, range(12, 13))])
def test_after_a_week_what_was_put_off_is_among_the_first_five_for_a_week(
    ask: Make, items: Make, enter: Make, state: Make, act: Make, wait: Make, days: int, ranks: range
) -> None:
    state([act(f"l{one}", "completed", f"n{one % 11}", one) for one in range(22)])
    enter(late={})
    wait(lambda: items(limit="20"), lambda found: len(found) == 12)
    state([act("ann", "postponed", "late", timestamp=_days_ago(days))])
    wait(lambda: items(limit="20").index("late") + 1, lambda found: found in ranks)
    told = {
        one["activity"]["id"][-4:]: one["reasons"][0] for one in ask(limit="20").json()["recommendations"]
    }
    assert (told["late"] == "You left this for later") is (days == 8)


def test_what_is_not_for_a_learner_takes_its_like_along_until_that_is_undone(
    items: Make, enter: Make, state: Make, act: Make, wait: Make
) -> None:
    enter(**{f"sql{one}": {"skills": ["sql"]} for one in range(3)}, **{f"x{one}": {} for one in range(3)})
    state([act(f"l{one}", "completed", f"sql{one}") for one in range(3)])
    wait(items, lambda found: [name[:3] for name in found[:3]] == ["sql"] * 3)
    dislike = act("ann", "rated", "sql0", result={"score": {"scaled": 0.0}})
    state([dislike])
    wait(items, lambda found: set(found[3:]) == {"sql1", "sql2"})
    state([_undo(act, dislike)])
    wait(items, lambda found: [name[:3] for name in found[:3]] == ["sql"] * 3)


def test_what_one_person_assigns_to_another_is_on_the_list_of_the_other(
    ask: Make, items: Make, enter: Make, state: Make, act: Make, agent: Make, wait: Make
) -> None:
    enter(a={}, b={})
    addressed = {"extensions": {EXTENSIONS + "addressed-to": agent("ann")}}
    state([act("boss", "assigned", "b", context=addressed), act("ben", "was-assigned", "a")])
    wait(lambda: items(shelf="begun"), lambda found: found == ["b"])
    assert ["This was assigned to you"] in [one["reasons"] for one in ask().json()["recommendations"]]
    assert items("ben", shelf="begun") == ["a"]
    assert items("boss", shelf="begun") == []


@pytest.mark.parametrize(
    ("learner", "more", "message"),
    [
        ({"languages": ["de"]}, {}, "Nothing in a language you read is left for you. "
         "There is something in other languages: English, French"),
        ({}, {"max_minutes": "10"}, "Nothing that takes at most 10 minutes is left for you"),
        ({}, {"max_minutes": "1"}, "Nothing that takes at most one minute is left for you"),
        ({}, {"modality": "social"}, "Nothing that fits what you asked for is left for you"),
        ({"languages": ["en"]}, {"skill": "law"}, "Nothing about law is left for you. "
         "There is something in other languages: French"),
        ({}, {"shelf": "begun"}, "Nothing that you have begun is left to finish"),
        ({}, {"shelf": "later"}, "You have left nothing for later"),
        ({"goals": ["cooking", "law"]}, {}, "Nothing open to you teaches cooking yet"),
        ({"goals": ["law"], "skills": ["law"]}, {}, ""),
    ],
)  # fmt: skip
def test_an_empty_list_says_why_and_a_list_which_goals_nothing_leads_to(
    ask: Make, enter: Make, enter_learner: Make, learner: dict[str, Any], more: dict[str, str], message: str
) -> None:
    enter(sql={"skills": ["sql"], "language": "en", "duration": "PT1H"})
    enter(law={"skills": ["law"], "language": "fr", "duration": "PT1H"})
    enter_learner("ann", **learner)
    body = ask(answer_language="en", **more).json()
    assert body["message"] == message
    assert bool(body["recommendations"]) is (message in ("", "Nothing open to you teaches cooking yet"))


def test_a_store_without_nuggets_says_so(ask: Make) -> None:
    assert ask().json()["message"] == "There is nothing to recommend yet"


@pytest.mark.parametrize(("asked", "language"), [("de", "de"), ("ca-ES", "ca"), ("", "fr")])
@pytest.mark.parametrize("path", ["nuggets", "peers", "path", "nuggets/similar", "groups"])
def test_answers_say_the_language_of_their_texts(
    client: Any,
    params: Make,
    enter: Make,
    enter_learner: Make,
    url: Make,
    path: str,
    asked: str,
    language: str,
) -> None:
    enter(a={}, b={})
    enter_learner("ann", languages=["fr"], goals=["sql"])
    more = {"answer_language": asked} if asked else {}
    more |= {"nuggets/similar": {"activity": url("a")}, "groups": {"skill": "sql"}}.get(path, {})
    answer = client.get(f"/recommendations/{path}", params=params("ann", **more))
    assert (answer.headers["Content-Language"], answer.json()["language"]) == (language, language)


def test_the_one_nugget_that_is_begun_and_leads_to_the_goal_says_both(
    ask: Make, enter: Make, enter_learner: Make, state: Make, act: Make, wait: Make
) -> None:
    enter(only={"skills": ["sql"]})
    enter_learner("ann", goals=["sql"])
    state([act("ann", "launched", "only")])
    told = ["You have begun this", "Teaches sql, one of your goals"]
    wait(lambda: [one["reasons"] for one in ask().json()["recommendations"]], lambda found: found == [told])
