from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PATH = "/recommendations/nuggets"
EXTENSIONS = "https://learnerprise.org/xapi/extensions/"
UNTRIED = "You have not completed this yet"
Ask = Callable[..., Any]
Items = Callable[..., list[str]]
Make = Callable[..., Any]


def _reasons(answer: Any) -> dict[str, list[str]]:
    return {
        one["activity"]["id"].rsplit("/", 1)[-1]: one["reasons"] for one in answer.json()["recommendations"]
    }


def test_nuggets_are_answered(ask: Ask, items: Items, state: Make, act: Make, wait: Make) -> None:
    state([act(name, "completed", "a") for name in ("ann", "ben")])
    state([act(f"p{number}", "completed", "b") for number in range(6)])
    wait(lambda: items(limit="5"), lambda found: found == ["b"])
    taken = ["Taken by 5 learners in your organisation"]
    response = wait(lambda: ask(limit="5"), lambda one: one.json()["recommendations"][0]["reasons"] == taken)
    body = response.json()
    assert body["model"] is None
    assert body["more"] == ""
    assert body["agent"]["mbox"] == "mailto:ann@acme.example"
    assert body["recommendations"][0]["rank"] == 1
    assert body["recommendations"][0]["activity"]["definition"]["name"]["en"] == "About b"
    assert response.headers["Cache-Control"] == "private, no-store"


def test_popular_is_only_called_what_five_took(ask: Ask, state: Make, act: Make, wait: Make) -> None:
    sizes = {"a": 6, "b": 5, "c": 4}
    state([act(f"p{number}", "completed", item) for item, size in sizes.items() for number in range(size)])
    state([act("ann", "completed", "other")])
    expected = {
        "a": ["Popular with learners in your organisation"],
        "b": ["Taken by 5 learners in your organisation"],
        "c": [UNTRIED],
    }
    assert wait(lambda: _reasons(ask()), lambda found: found == expected)


def test_nobody_is_said_to_have_missed_what_many_opened(ask: Ask, state: Make, act: Make, wait: Make) -> None:
    state([act(f"reader{number}", "experienced", "page") for number in range(30)])
    state([act("ben", "liked", "talk", 1), act("ben", "unliked", "talk", 2), act("cat", "liked", "talk")])
    reasons = wait(lambda: _reasons(ask()), lambda found: len(found) == 2)
    assert reasons == {"page": [UNTRIED], "talk": [UNTRIED]}


def test_an_empty_store_answers_politely(ask: Ask) -> None:
    answer = ask(format="video", skill="sql", mix="formal:1")
    assert (answer.status_code, answer.json()["recommendations"]) == (200, [])


def test_the_only_nugget_is_recommended_until_it_is_completed(
    ask: Ask, items: Items, enter: Make, state: Make, act: Make, wait: Make
) -> None:
    enter(only={})
    assert _reasons(ask()) == {"only": [UNTRIED]}
    state([act("ann", "completed", "only")])
    wait(items, lambda found: found == [])
    assert items("ben") == ["only"]


@pytest.mark.parametrize("is_read", [True, False])
def test_what_was_decided_before_the_newest_2000_interactions_still_counts(
    items: Items, post: Make, sync: Make, act: Make, wait: Make, is_read: bool
) -> None:
    low = {"score": {"scaled": 0.0}}
    old = [
        act("ann", "completed", "done"),
        act("ann", "liked", "liked"),
        act("ann", "rated", "bad", result=low),
    ]
    new = [act("ann", "launched", f"begun{number % 40}", number) for number in range(1, 2500)]
    post([act("ben", "completed", "other"), *old, *new])
    if is_read:
        sync()

    def offered() -> set[str]:
        found = set(items(limit="100"))
        assert not found & {"done", "liked", "bad"}
        return found

    for _ in range(5):
        wait(offered, lambda found: "other" in found)


def test_hidden_and_expired_nuggets_and_those_in_other_languages_are_left_out(
    items: Items, enter: Make, enter_learner: Make
) -> None:
    enter_learner("ann", languages=["de", "ca"])
    enter(
        open={"valid_until": "2999-01-01T00:00:00Z"},
        hidden={"hidden": True},
        expired={"valid_until": "2020-01-01T00:00:00Z"},
        french={"language": "fr"},
        german={"language": "de"},
        catalan={"language": "ca"},
    )
    assert sorted(items()) == ["catalan", "german", "open"]
    assert sorted(items("ben")) == ["catalan", "french", "german", "open"]


def test_prerequisites_come_first_and_say_for_what(
    ask: Ask, items: Items, enter: Make, url: Make, state: Make, act: Make, wait: Make
) -> None:
    people = ("ben", "cat", "dan")
    state([act(name, "completed", "advanced") for name in people])
    enter(first={}, other={}, advanced={"prerequisites": [url("first")]})
    told = ['Needed before "About advanced"']
    reasons = wait(lambda: _reasons(ask()), lambda found: found.get("first") == told)
    assert list(reasons) == ["first", "other"]
    state([act("ann", "completed", "first")])
    wait(items, lambda found: found == ["advanced", "other"])


def test_skills_that_the_role_and_the_goals_want_are_told(
    ask: Ask, enter: Make, enter_role: Make, enter_learner: Make
) -> None:
    enter_role("Data Engineer", {"sql": 2, "python": 1})
    enter_learner("ann", role="data engineer", goals=["cooking"], skills=["python"])
    enter(x={}, sql={"skills": ["sql"]}, python={"skills": ["python"]}, soup={"skills": ["cooking"]})
    reasons = _reasons(ask())
    assert set(list(reasons)[:2]) == {"sql", "soup"}
    assert reasons["sql"] == ["Teaches sql, wanted in your role of Data Engineer"]
    assert reasons["soup"] == ["Teaches cooking, one of your goals"]
    assert reasons["python"] == [UNTRIED]


NUGGETS = {
    "video": {"format": "video", "modality": "formal", "duration": "PT10M", "level": "beginner"},
    "paper": {"format": "article", "modality": "informal", "duration": "PT1H", "skills": ["sql"]},
    "chat": {"modality": "social", "language": "de", "skills": ["sql", "python"]},
}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"format": "video"}, ["video"]),
        ({"format": "Video, article"}, ["paper", "video"]),
        ({"modality": "social"}, ["chat"]),
        ({"language": "de-AT"}, ["chat"]),
        ({"level": "beginner"}, ["video"]),
        ({"skill": " SQL "}, ["chat", "paper"]),
        ({"max_minutes": "10"}, ["video"]),
        ({"max_minutes": "59", "skill": "sql"}, []),
        ({"mix": "social:1,formal:0"}, ["chat", "paper"]),
    ],
)
def test_filters(items: Items, enter: Make, more: dict[str, str], expected: list[str]) -> None:
    enter(**NUGGETS)
    assert sorted(items(**more)) == expected


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("format", "film", "there are article, video"),
        ("language", "fr", "there is de"),
        ("level", "expert", "there is beginner"),
        ("skill", "cooking", "there are python, sql"),
        ("modality", "casual", "formal, informal or social"),
        ("format", "video,", "empty value"),
        ("skill", " ", "is empty"),
        ("max_minutes", "0", "from 1 to"),
        ("max_minutes", "ten", "from 1 to"),
        ("mix", "formal", "such as formal:5"),
        ("mix", "formal:x", "such as formal:5"),
        ("mix", "formal:1001", "such as formal:5"),
        ("mix", "formal:1,formal:2", "twice"),
        ("mix", "video:1", "not a modality"),
        ("mix", "formal:0", "leaves nothing"),
        ("diversity", "2", "from 0 to 1"),
        ("diversity", "much", "from 0 to 1"),
        ("answer_language", "nl", "send en, ca, es, de, fr"),
        ("more", "xyz", "not a token"),
        ("more", "", "is empty"),
        ("limit", "0", "from 1 to"),
        ("limit", "1000", "from 1 to"),
        ("limit", "many", "from 1 to"),
        ("colour", "red", "colour"),
    ],
)
def test_a_bad_value_is_refused_with_what_could_be_sent(
    ask: Ask, enter: Make, name: str, value: str, told: str
) -> None:
    enter(**NUGGETS)
    answer = ask(**{name: value})
    assert answer.status_code == 400
    assert told in answer.json()["message"]
    assert answer.json()["path"] == name


def test_a_mix_keeps_to_its_shares(items: Items, enter: Make) -> None:
    for kind in ("formal", "informal", "social"):
        enter(**{f"{kind}{number}": {"modality": kind} for number in range(6)})
    found = items(mix="formal:5,informal:3,social:2")
    kinds = [name.rstrip("0123456789") for name in found]
    assert [kinds.count(kind) for kind in ("formal", "informal", "social")] == [5, 3, 2]


def test_pages_never_repeat_and_leave_nothing_out(
    client: Any, items: Items, enter: Make, state: Make, act: Make, ask: Ask, wait: Make
) -> None:
    enter(**{f"n{number}": {} for number in range(7)})
    first = ask(limit="3")
    state([act("ann", "completed", first.json()["recommendations"][1]["activity"]["id"].rsplit("/")[-1])])
    wait(lambda: items(limit="100"), lambda found: len(found) == 6)
    second = client.get(first.json()["more"])
    third = client.get(second.json()["more"])
    pages = [page.json()["recommendations"] for page in (first, second, third)]
    assert [[one["rank"] for one in page] for page in pages] == [[1, 2, 3], [4, 5, 6], [7]]
    assert len({one["activity"]["id"] for page in pages for one in page}) == 7
    assert third.json()["more"] == ""


@pytest.mark.parametrize(
    ("headers", "more", "reason"),
    [
        ({}, {}, "Encara no ho heu completat"),
        (
            {"Accept-Language": "nl, de-AT;q=0.8"},
            {},
            "Sie haben dies noch nicht abgeschlossen",
        ),
        ({"Accept-Language": "nl"}, {}, "Encara no ho heu completat"),
        ({"Accept-Language": "de"}, {"answer_language": "en-GB"}, UNTRIED),
    ],
)
def test_reasons_are_in_the_language_asked_for_or_the_learners(
    ask: Ask, enter: Make, enter_learner: Make, headers: dict[str, str], more: dict[str, str], reason: str
) -> None:
    enter_learner("ann", languages=["nl", "ca"])
    enter(only={})
    assert _reasons(ask(headers=headers, **more)) == {"only": [reason]}


def test_a_nugget_with_very_many_tags_is_one_like_others(
    ask: Ask, items: Items, state: Make, act: Make, wait: Make
) -> None:
    tags = [f"tag {number}" for number in range(10_000)]
    definition = {"name": {"en": "Tagged"}, "extensions": {EXTENSIONS + "skills": tags}}
    tagged = {"objectType": "Activity", "id": "https://acme.example/tagged", "definition": definition}
    state([act("ben", "completed", tagged), act("ben", "completed", "plain")])
    wait(items, lambda found: sorted(found) == ["plain", "tagged"])
    assert items(skill="tag 1") == ["tagged"]
    refused = ask(skill="tag 9999")
    assert refused.status_code == 400
    assert len(refused.json()["message"]) < 1000


@pytest.mark.parametrize("more", [{"agent": "ann"}, {"agent": "{}"}, {"agent": '{"mbox":"ann"}'}])
def test_an_agent_who_is_none_is_refused_in_the_one_shape(client: Any, more: dict[str, str]) -> None:
    response = client.get(PATH, params=more)
    assert response.status_code == 400
    assert set(response.json()) == {"code", "message", "path", "rule"}
    assert client.get(PATH).json()["code"] == "missing_parameter"


def test_a_credential_with_the_scope_is_needed(make_client: Make, params: Make, client: Any) -> None:
    assert client.get(PATH, params=params(), auth=("wrong", "secret")).status_code == 401
    assert make_client("statements/write").get(PATH, params=params()).status_code == 403
