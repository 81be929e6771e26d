from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store, set_consent
from lrs.personas import find_or_create_personas, set_choices
from lrs.storage.database import Database
from recommender.online.impressions import Impressions
from recommender.serving.context import Serving
from recommender.serving.peers.groups import Group, find_group
from recommender.storage.entries import change_entries, find_edition
from schemas.consents import Policy
from schemas.groups import GroupQuery

Text = Callable[[str], str]
Ask = Callable[..., Group]
Describe = Callable[..., None]


@pytest.fixture
def ask(database: Database, serving: Serving, store: Store, identifier: Text) -> Ask:
    """Ask for a study circle under a policy of the store."""

    def find(name: str, value: str = "sql", size: int = 5, policy: Policy = "opt_out", **more: str) -> Group:
        query = GroupQuery({}, identifier(name), "skill", value, size, **more)
        return find_group(serving, set_consent(database, store, "peer", policy), query)

    return find


@pytest.fixture
def describe(database: Database, store: Store, identifier: Text) -> Describe:
    """Enter what is known of learners."""

    def enter(**people: dict[str, Any]) -> None:
        personas = find_or_create_personas(database, store.id, {identifier(name): None for name in people})
        edition = find_edition(database, store.id, "learners")
        entries = {str(personas[identifier(name)]): values for name, values in people.items()}
        assert change_entries(database, store.id, "learners", edition, entries)

    return enter


def _parts(group: Group) -> dict[str, str]:
    names = [dict(one.agent).get("mbox", "asker") for one in group.members]
    return {
        name.removeprefix("mailto:").split("@")[0]: one.part
        for name, one in zip(names, group.members, strict=True)
    }


LEARNING = {name: {"goals": ["sql"]} for name in ("ben", "cid", "dan", "eva")}
ASKING = {"ann": {"languages": ["en"]}}
KNOWING = {name: {"skills": ["sql"]} for name in ("kim", "lou", "mia")}


def test_one_who_knows_joins_those_with_the_same_goal(ask: Ask, describe: Describe) -> None:
    describe(ann={"goals": ["sql"]}, **LEARNING, **KNOWING)
    group = ask("ann")
    parts = _parts(group)
    assert list(parts.values()) == ["asks", "knows", "learns", "learns", "learns"]
    assert "ann" not in parts
    assert group.message == "A study circle of 5 for sql"
    assert group.members[1].reasons[0] == "Knows sql"
    assert {one.reasons[0] for one in group.members[2:]} == {"Also wants to learn sql"}


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (3, ["asks", "knows", "learns"]),
        (4, ["asks", "knows", "learns", "learns"]),
        (6, ["asks", "knows", "knows", "learns", "learns", "learns"]),
    ],
)
def test_a_circle_has_the_size_asked_for(ask: Ask, describe: Describe, size: int, parts: list[str]) -> None:
    describe(**ASKING, **LEARNING, **KNOWING)
    assert list(_parts(ask("ann", size=size)).values()) == parts


def test_where_one_kind_lacks_people_the_other_fills_the_circle(ask: Ask, describe: Describe) -> None:
    describe(**ASKING, **KNOWING)
    assert list(_parts(ask("ann", size=4)).values()) == ["asks", "knows", "knows", "knows"]
    describe(**LEARNING, **{name: {} for name in KNOWING})
    assert list(_parts(ask("ann", size=4)).values()) == ["asks", "learns", "learns", "learns"]


def test_too_few_people_are_told_in_a_sentence(ask: Ask, describe: Describe) -> None:
    assert ask("ann").message == "A study circle is for people who have learned something here"
    describe(**ASKING, ben={"goals": ["sql"]})
    group = ask("ann")
    assert group.members == ()
    assert group.message.startswith("Too few people who agreed")
    assert ask("ann", speaks="de").message.startswith("Zu wenige Personen")


def test_only_people_who_agreed_are_in_a_circle(
    ask: Ask, describe: Describe, database: Database, store: Store, identifier: Text
) -> None:
    describe(**ASKING, **LEARNING)
    assert ask("ann", policy="opt_in").members == ()
    assert ask("ann", policy="off").message.startswith("People are not suggested")
    for name, agrees in (("ben", True), ("dan", True), ("cid", False)):
        set_choices(database, store.id, identifier(name), {"peer": agrees})
    assert sorted(_parts(ask("ann", policy="opt_in"))) == ["asker", "ben", "dan"]
    assert "cid" not in _parts(ask("ann"))


def test_a_role_is_a_goal_and_those_who_asked_about_it_learn_it_too(
    ask: Ask, describe: Describe, database: Database, store: Store, act: Any, post: Any, sync: Any
) -> None:
    edition = find_edition(database, store.id, "roles")
    change_entries(database, store.id, "roles", edition, {"cook": {"name": "Cook", "skills": {"soups": 3}}})
    kind = "http://activitystrea.ms/schema/1.0/question"
    skills = {"https://learnerprise.org/xapi/extensions/skills": ["soups"]}
    question = {"id": "x://q", "definition": {"type": kind, "name": {"en": "Why?"}, "extensions": skills}}
    post([act("ben", "asked", question), act("cid", "answered", question)])
    sync()
    describe(**ASKING, dan={"goals": ["cook"]}, cid={})
    group = ask("ann", "cook")
    assert _parts(group) == {"asker": "asks", "cid": "knows", "ben": "learns", "dan": "learns"}
    reasons = {dict(one.agent)["mbox"][7:10]: one.reasons[0] for one in group.members[1:]}
    assert reasons == {
        "cid": "Has answered a question about soups",
        "ben": "Has asked about Cook",
        "dan": "Also wants to learn Cook",
    }


def test_people_in_many_circles_make_room_for_others(
    ask: Ask, describe: Describe, database: Database, store: Store, identifier: Text
) -> None:
    describe(**ASKING, **LEARNING, pam={}, ron={}, sue={}, tim={})
    first = sorted(_parts(ask("ann", size=3)))
    names = ("pam", "ron", "sue", "tim")
    personas = find_or_create_personas(database, store.id, {identifier(name): None for name in names})
    shown = find_or_create_personas(database, store.id, {identifier(name): None for name in first[1:]})
    for persona in personas.values():
        Impressions(database, 30).note(store.id, persona, None, [str(one) for one in shown.values()], "peers")
    assert not set(first[1:]) & set(_parts(ask("ann", size=3)))
