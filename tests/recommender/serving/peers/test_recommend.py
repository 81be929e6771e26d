from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lrs.auth.stores import Store, set_consent
from lrs.personas import find_or_create_personas, set_choices
from lrs.storage.database import Database
from recommender.online.impressions import Impressions
from recommender.serving.context import Serving
from recommender.serving.nuggets.recommend import recommend_nuggets
from recommender.serving.peers.recommend import PeerAnswer, recommend_peers
from recommender.storage.entries import change_entries, find_edition
from schemas.consents import Policy
from schemas.peers import PeerQuery
from schemas.recommendations import NuggetQuery

Act = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]
Text = Callable[[str], str]
EXTENSIONS = "https://learnerprise.org/xapi/extensions/"


@pytest.fixture
def ask(database: Database, serving: Serving, store: Store, identifier: Text) -> Callable[..., PeerAnswer]:
    """Ask for peers under a policy of the store."""

    def recommend(name: str, limit: int = 10, policy: Policy = "opt_out", **wishes: str) -> PeerAnswer:
        query = PeerQuery({}, identifier(name), limit, **wishes)
        return recommend_peers(serving, set_consent(database, store, "peer", policy), query)

    return recommend


@pytest.fixture
def choose(database: Database, store: Store, identifier: Text) -> Callable[[str, bool | None], None]:
    def keep(name: str, agrees: bool | None) -> None:
        set_choices(database, store.id, identifier(name), {"peer": agrees})

    return keep


Ask = Callable[..., PeerAnswer]
Choose = Callable[[str, bool | None], None]


def _names(answer: PeerAnswer) -> list[str]:
    return [one.agent["mbox"].removeprefix("mailto:").split("@")[0] for one in answer.recommendations]


@pytest.mark.usefixtures("trained")
def test_peers_share_the_subject_and_know_what_is_needed(
    ask: Ask, organisation: dict[str, list[str]]
) -> None:
    answer = ask("learner000", 5)
    assert answer.model == 1
    assert "learner000" not in _names(answer)
    assert all(int(name.removeprefix("learner")) % 5 == 0 for name in _names(answer)[:3])
    best = answer.recommendations[0]
    assert best.agent["name"].startswith("Learner")
    taught = best.reasons[0].split('"')[1].removeprefix("About ")
    assert best.reasons[0] == f'Has completed "About {taught}", which is recommended to you'
    assert taught in organisation[_names(answer)[0]]
    assert taught not in organisation["learner000"]
    shared = best.reasons[1].split('"')[1].removeprefix("About ")
    assert best.reasons[1] == f'You both completed "About {shared}"'
    assert shared in organisation["learner000"]


@pytest.mark.usefixtures("trained")
def test_recommended_is_only_said_of_what_the_learner_is_shown(
    ask: Ask, serving: Serving, store: Store, identifier: Text
) -> None:
    shown = recommend_nuggets(serving, store, NuggetQuery({}, identifier("learner000"))).recommendations
    names = {f'"{one.definition["name"]["en"]}"' for one in shown}
    reasons = [reason for one in ask("learner000", 100).recommendations for reason in one.reasons]
    told = {
        reason.split(", which")[0].removeprefix("Has completed ") for reason in reasons if "to you" in reason
    }
    later = {
        reason.split(", which")[0].removeprefix("Has completed ") for reason in reasons if "next" in reason
    }
    assert told
    assert told <= names
    assert not later & names


@pytest.mark.usefixtures("trained")
def test_only_people_who_agreed_are_suggested(ask: Ask, choose: Choose) -> None:
    assert ask("learner000", policy="opt_in").recommendations == ()
    choose("learner005", True)
    choose("learner010", False)
    assert _names(ask("learner000", policy="opt_in")) == ["learner005"]
    assert "learner010" not in _names(ask("learner000", 100))
    assert ask("learner000", policy="off").recommendations == ()


@pytest.mark.usefixtures("trained")
def test_an_answered_question_is_evidence(
    ask: Ask, act: Act, post: Post, sync: Callable[[], Any], agent: Any
) -> None:
    question = {
        "id": "https://acme.example/q",
        "definition": {"type": "http://adlnet.gov/expapi/activities/question"},
    }
    context = {"extensions": {EXTENSIONS + "addressed-to": agent("learner000")}}
    post([act("learner001", "answered", question, 10_000, context=context)])
    sync()
    answer = ask("learner000", 100)
    found = dict(zip(_names(answer), answer.recommendations, strict=True))
    assert "Answered your question" in found["learner001"].reasons


@pytest.mark.usefixtures("trained")
def test_a_person_followed_a_second_ago_is_known(ask: Ask, act: Act, post: Post, agent: Any) -> None:
    post([act("learner000", "followed", agent("learner001"), 10_000)])
    reasons = [reason for one in ask("learner000", 100).recommendations for reason in one.reasons]
    assert "You follow this person" in reasons


@pytest.mark.usefixtures("trained")
def test_a_learner_never_seen_gets_nobody_and_a_new_one_people_who_know_popular_nuggets(
    ask: Ask, describe: Callable[..., None]
) -> None:
    assert ask("stranger", 5).recommendations == ()
    describe("newcomer", languages=["en"])
    answer = ask("newcomer", 5)
    assert len(answer.recommendations) == 5
    assert "which is recommended to you" in answer.recommendations[0].reasons[0]


def test_without_a_model_social_acts_alone_count(
    ask: Ask, act: Act, post: Post, sync: Callable[[], Any], agent: Any
) -> None:
    post([act("ben", "mentored", agent("ann")), act("cid", "completed", "joins")])
    sync()
    answer = ask("ann")
    assert answer.model is None
    assert _names(answer) == ["ben"]
    assert answer.recommendations[0].reasons == ("Mentored you",)


def test_an_empty_store_has_no_peers(ask: Ask) -> None:
    assert ask("anybody").recommendations == ()


@pytest.fixture
def describe(database: Database, store: Store, identifier: Text) -> Callable[..., None]:
    """Enter what is known of a learner."""

    def enter(name: str, **values: Any) -> None:
        personas = find_or_create_personas(database, store.id, {identifier(name): None})
        key = str(personas[identifier(name)])
        edition = find_edition(database, store.id, "learners")
        assert change_entries(database, store.id, "learners", edition, {key: values})

    return enter


Describe = Callable[..., None]


@pytest.mark.usefixtures("trained")
def test_a_team_may_be_asked_for_or_left_out(ask: Ask, describe: Describe) -> None:
    for number in (0, 5, 10):
        describe(f"learner{number:03}", team="Red")
    describe("learner015", team="Blue")
    assert sorted(_names(ask("learner000", 100, team="same"))) == ["learner005", "learner010"]
    others = _names(ask("learner000", 100, team="other"))
    assert "learner015" in others
    assert not {"learner005", "learner010"} & set(others)
    assert ask("learner001", team="same").recommendations == ()


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("topic", ["https://acme.example/s1n3", "About s1n3", "s1n3"])
def test_a_person_who_took_a_nugget_can_help_with_it(
    ask: Ask, organisation: dict[str, list[str]], topic: str
) -> None:
    answer = ask("learner000", 100, topic=topic)
    assert sorted(_names(answer)) == sorted(name for name, items in organisation.items() if "s1n3" in items)
    assert {one.reasons[0] for one in answer.recommendations} == {'Has completed "About s1n3"'}


def test_a_skill_is_not_called_a_wish_where_only_the_role_or_another_goal_wants_it(
    ask: Ask, describe: Describe, database: Database, store: Store
) -> None:
    names = {"cook": "Cook", "guide": "Tour Guide"}
    roles = {key: {"name": name, "skills": {f"{key}ing": 3}} for key, name in names.items()}
    change_entries(database, store.id, "roles", find_edition(database, store.id, "roles"), roles)
    describe("ann", role="cook")
    describe("dan", goals=["guide"])
    describe("ben", skills=["cooking", "guideing"])
    assert ask("ann").recommendations[0].reasons == ("Knows cooking, wanted in your role of Cook",)
    assert ask("dan").recommendations[0].reasons == ("Knows guideing, needed for your goal Tour Guide",)


def test_a_person_who_states_a_skill_can_help_with_it(ask: Ask, describe: Describe) -> None:
    describe("ann", goals=["sql"], skills=["python"])
    describe("ben", skills=["sql"], goals=["python"])
    describe("cid", skills=["knitting"])
    (found,) = ask("ann").recommendations
    assert found.reasons == ("Knows sql, which you want to learn", "Wants to learn python, which you know")
    assert _names(ask("cid", topic="SQL")) == ["ben"]
    assert ask("cid", topic="SQL", speaks="de").recommendations[0].reasons == ("Beherrscht sql",)
    assert ask("cid", topic="juggling").recommendations == ()


@pytest.mark.usefixtures("trained")
def test_pages_follow_each_other_without_a_repeat(ask: Ask) -> None:
    everybody = _names(ask("learner000", 100))
    answer = ask("learner000", 7)
    met = _names(answer)
    while answer.more:
        answer = ask("learner000", 7, more=answer.more)
        assert answer.recommendations[0].rank == len(met) + 1
        met += _names(answer)
    assert met == everybody


@pytest.mark.usefixtures("trained")
def test_load_is_spread_and_beyond_the_cap_nobody_is_left_without_people(
    serving: Serving, store: Store, database: Database, identifier: Text
) -> None:
    capped = replace(serving, settings=replace(serving.settings, peer_cap=2))
    open_store = set_consent(database, store, "peer", "opt_out")
    shown: Counter[str] = Counter()
    for number in range(0, 60, 5):
        query = PeerQuery({}, identifier(f"learner{number:03}"), 3)
        answer = recommend_peers(capped, open_store, query)
        again = recommend_peers(capped, open_store, query)
        assert _names(again) == _names(answer)
        assert len(answer.recommendations) == 3
        people = [str(one.persona) for one in answer.recommendations]
        Impressions(database, 30).note(store.id, answer.persona, answer.model, people, "peers")
        shown.update(_names(answer))
    assert len(shown) == 12  # all who share the interest: 12 learners were shown three of them each
    assert max(shown.values()) <= 4


def test_a_person_who_never_did_anything_may_be_suggested(
    ask: Ask, act: Act, post: Post, sync: Callable[[], Any], agent: Any
) -> None:
    post([act("ann", "followed", agent("ben"))])
    sync()
    answer = ask("ann")
    assert (_names(answer), answer.recommendations[0].reasons) == (["ben"], ("You follow this person",))
    assert ask("ann", policy="opt_in").recommendations == ()


def _course(title: str) -> dict[str, Any]:
    extensions = {EXTENSIONS + "skills": ["sql"]}
    return {
        "id": "https://acme.example/course",
        "definition": {"name": {"en": title}, "extensions": extensions},
    }


def test_what_was_voided_shows_no_knowledge(ask: Ask, act: Act, post: Post, sync: Callable[[], Any]) -> None:
    completed = act("dan", "completed", _course("All on SQL"))
    post([act("ann", "completed", "other"), completed, act("eva", "completed", _course("All on SQL"))])
    sync()
    assert sorted(_names(ask("ann", topic="sql"))) == ["dan", "eva"]
    post([{**act("dan", "voided", {}, 7), "object": {"objectType": "StatementRef", "id": completed["id"]}}])
    sync()
    assert _names(ask("ann", topic="sql")) == ["eva"]


def test_the_title_of_a_hidden_nugget_is_not_told(
    ask: Ask, act: Act, post: Post, sync: Callable[[], Any], database: Database, store: Store
) -> None:
    post([act("ann", "completed", "other"), act("dan", "completed", _course("Layoffs in SQL"))])
    sync()
    assert ask("ann", topic="sql").recommendations[0].reasons == ('Has completed "Layoffs in SQL"',)
    edition = find_edition(database, store.id, "nuggets")
    change_entries(database, store.id, "nuggets", edition, {"https://acme.example/course": {"hidden": True}})
    assert ask("ann", topic="sql").recommendations[0].reasons == ("Has learned something about sql",)


@pytest.fixture
def forum(act: Act, post: Post, sync: Callable[[], Any], agent: Any) -> None:
    """Ann follows five people; all of them and Flo exchanged with Eva; Gus is in touch with Flo alone."""
    pairs = [
        *[("ann", name) for name in ("ben", "cid", "dan", "hal", "ida")],
        *[("eva", name) for name in ("ben", "cid", "dan", "hal", "ida", "flo")],
        ("gus", "flo"),
    ]
    post([act(who, "followed", agent(whom)) for who, whom in pairs])
    sync()


@pytest.mark.usefixtures("forum")
def test_a_person_whom_all_contacts_know_is_suggested_without_naming_anybody(ask: Ask) -> None:
    answer = ask("ann")
    found = dict(zip(_names(answer), answer.recommendations, strict=True))
    assert found["eva"].reasons == ("In touch with people you have been in touch with",)
    assert found["ben"].reasons == ("You follow this person",)
    assert found.keys() == {"ben", "cid", "dan", "hal", "ida", "eva"}  # of Flo and Gus nothing may be said


@pytest.mark.usefixtures("forum")
def test_to_one_with_few_contacts_nobody_is_suggested_through_them_who_has_few(ask: Ask) -> None:
    answer = ask("gus")
    found = dict(zip(_names(answer), answer.recommendations, strict=True))
    assert found.keys() == {"flo", "eva"}
    assert found["eva"].reasons == ("Often in touch with others in your organisation",)


@pytest.mark.usefixtures("forum")
def test_about_a_topic_acquaintance_alone_helps_nobody(ask: Ask) -> None:
    assert ask("ann", topic="sql").recommendations == ()
