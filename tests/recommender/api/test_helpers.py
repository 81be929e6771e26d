"""Who can help with a topic, over HTTP: what people answered, taught and completed, without any model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store, set_consent
from lrs.storage.database import Database
from recommender.interactions.sync import sync_interactions
from schemas.json_text import dump_json

PATH = "/recommendations/peers"
QUESTION = "http://activitystrea.ms/schema/1.0/question"
SKILLS = "https://learnerprise.org/xapi/extensions/skills"

Ask = Callable[..., list[dict[str, Any]]]


def _question(name: str, *tags: str) -> dict[str, Any]:
    title = {"en": f"How does {name} work?"}
    return {
        "id": f"https://acme.example/{name}",
        "definition": {"type": QUESTION, "name": title, "extensions": {SKILLS: list(tags)}},
    }


@pytest.fixture
def ask(database: Database, client: Any, store: Store, agent: Any) -> Ask:
    """Ask who can help; everybody may be suggested."""
    set_consent(database, store, "peer", "opt_out")

    def find(topic: str, name: str = "zoe", **more: str) -> list[dict[str, Any]]:
        params = {"agent": dump_json(agent(name)).decode(), "topic": topic, **more}
        body = client.get(PATH, params=params).json()
        assert body["model"] is None
        found: list[dict[str, Any]] = body["recommendations"]
        return found

    return find


def _names(found: list[dict[str, Any]]) -> list[str]:
    return [one["agent"]["mbox"].removeprefix("mailto:").split("@")[0] for one in found]


@pytest.fixture
def questions(act: Any, post: Any, sync: Any) -> None:
    """Ann asks about tables and views, Ben and Cid answer, Dan completes a course on tables."""
    tables = [_question(f"q{number}", "sql") for number in range(3)]
    course = {"id": "https://acme.example/course", "definition": {"name": {"en": "All on SQL"}}}
    course["definition"]["extensions"] = {SKILLS: ["sql"]}  # type: ignore[index]
    post(
        [
            *(act("ann", "asked", one) for one in (*tables, _question("v", "views", "sql"))),
            *(act("ben", "answered", one, 5) for one in tables),
            act("cid", "answered", _question("v", "views", "sql"), 5),
            act("dan", "completed", course, 5),
            act("eva", "completed", "knitting"),
            act("zoe", "completed", "knitting"),
        ]
    )
    sync()


@pytest.mark.usefixtures("questions")
def test_those_who_answered_most_and_who_completed_can_help_but_not_who_asked(ask: Ask) -> None:
    found = ask("SQL", answer_language="en")
    assert _names(found)[0] == "ben"
    assert sorted(_names(found)) == ["ben", "cid", "dan"]
    reasons = {name: one["reasons"] for name, one in zip(_names(found), found, strict=True)}
    assert reasons == {
        "ben": ["Has answered questions about sql"],
        "cid": ["Has answered a question about sql"],
        "dan": ['Has completed "All on SQL"'],
    }
    assert ask("sql", answer_language="de")[0]["reasons"] == ["Hat Fragen zu sql beantwortet"]


@pytest.mark.usefixtures("questions")
def test_the_rarer_of_two_tags_decides(ask: Ask) -> None:
    assert _names(ask("sql, views"))[0] == "cid"
    assert _names(ask("views")) == ["cid"]


@pytest.mark.usefixtures("questions")
@pytest.mark.parametrize(
    ("topic", "names"),
    [
        ("https://acme.example/v", ["cid"]),
        ("q2 work", ["ben"]),
        ("All on SQL", ["ben", "dan", "cid"]),
        ("juggling", []),
        (",,", []),
        ("https://acme.example/nowhere", []),
    ],
)
def test_a_topic_may_be_a_post_or_words_and_nobody_may_know_it(
    ask: Ask, topic: str, names: list[str]
) -> None:
    assert _names(ask(topic)) == names


@pytest.mark.usefixtures("questions")
def test_a_nugget_of_another_store_tells_nothing(
    ask: Ask, make_client: Any, other_store: Store, database: Database, act: Any
) -> None:
    other = make_client(of=other_store)
    assert other.post("/xapi/statements", json=[act("ben", "completed", "secret")]).status_code == 200
    sync_interactions(database, other_store.id)
    assert ask("https://acme.example/secret") == []
    assert ask("secret") == []


def test_a_robot_with_hundreds_of_answers_does_not_hide_people(
    ask: Ask, act: Any, post: Any, sync: Any
) -> None:
    questions = [_question(f"q{number}", "sql") for number in range(40)]
    robot = [act("robot", "answered", questions[number % 40], number % 60) for number in range(400)]
    people = [act("ben", "answered", questions[day], day * 1440) for day in range(30)]
    asked = [act("ann", "asked", one) for one in questions]
    post([act("zoe", "completed", "knitting"), *asked, *robot, *people])
    sync()
    assert _names(ask("sql")) == ["ben", "robot"]


def test_a_consent_withdrawn_counts_at_once(
    ask: Ask, act: Any, post: Any, sync: Any, client: Any, agent: Any
) -> None:
    question = _question("q", "sql")
    post([act("zoe", "completed", "n"), act("ann", "asked", question)])
    post([*(act(name, "answered", question, 6) for name in ("ben", "cid"))])
    sync()
    assert sorted(_names(ask("sql"))) == ["ben", "cid"]
    who = {"agent": dump_json(agent("cid")).decode()}
    assert client.put("/recommendations/consents", params=who, json={"peer": False}).status_code == 200
    assert _names(ask("sql")) == ["ben"]
