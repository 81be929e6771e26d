"""No answer, and no difference of two, speaks of one to four people; nobody appears against a consent."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from lrs.auth.stores import Store, set_consent
from lrs.personas import set_choices
from lrs.storage.database import Database
from recommender.config import RecommenderSettings
from recommender.serving.context import Serving, open_serving
from recommender.serving.nuggets.recommend import recommend_nuggets
from recommender.serving.nuggets.similar import find_similar
from recommender.serving.peers.recommend import PeerAnswer, recommend_peers
from recommender.storage.entries import change_entries, find_edition
from schemas.consents import Kind
from schemas.floors import FLOOR
from schemas.peers import PeerQuery
from schemas.recommendations import NuggetQuery, SimilarQuery

AT_ONCE_S = 1.0
OF_OTHERS = re.compile(r"Popular|Taken by|Used by|Learners (with|who)|Other learners")
NUMBER = re.compile(r"(?:Taken|Used) by (\w+)")
Texts = dict[tuple[str, str], tuple[str, ...]]


@pytest.fixture
def everybody(database: Database, store: Store, service: Any) -> Serving:
    """What a process of production holds: its caches are as old as they may be."""
    return open_serving(database, RecommenderSettings())


@pytest.fixture
def told(serving: Serving, store: Store, identifier: Callable[[str], str]) -> Callable[[list[str]], Texts]:
    """Return by learner and nugget all reasons that these learners are told."""

    def ask(names: list[str]) -> Texts:
        found = {}
        for name in names:
            answer = recommend_nuggets(serving, store, NuggetQuery({}, identifier(name), limit=50))
            found |= {(name, one.activity): one.reasons for one in answer.recommendations}
        return found

    return ask


def _numbers(told: Texts) -> dict[tuple[str, str, str], int]:
    return {
        (*key, reason.split()[0]): int(found[1])
        for key, reasons in told.items()
        for reason in reasons
        if (found := NUMBER.match(reason))
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_numbers_speak_of_five_at_least_and_differ_by_five_at_least(
    seed: int, act: Any, post: Any, sync: Any, url: Callable[[str], str], told: Callable[..., Texts]
) -> None:
    random = Random(seed)
    people = [f"p{number:02}" for number in range(16)]
    minutes = int(time.time() - 1_760_000_000) // 60 - 600
    takers = {f"n{size}": random.sample(people, size) for size in range(1, 15)}
    late = {item: random.choice([one for one in people if one not in took]) for item, took in takers.items()}
    post([act(one, "completed", item, minutes) for item, took in takers.items() for one in took])
    sync()
    before = told([*people, "stranger"])
    assert _numbers(before)
    for (name, activity, _), number in _numbers(before).items():
        others = set(takers[activity.rpartition("/")[2]]) - {name}
        assert FLOOR <= number <= len(others)
    assert not [reason for key, reasons in before.items() if key[0] == "stranger" for reason in reasons
                if OF_OTHERS.match(reason)]  # fmt: skip
    post([act(one, "completed", item, minutes + 1) for item, one in late.items()])
    sync()
    after = _numbers(told(people))
    assert {abs(after.get(key, 0) - number) % FLOOR for key, number in _numbers(before).items()} == {0}


def test_who_refuses_is_not_counted_within_a_second(
    database: Database,
    store: Store,
    everybody: Serving,
    act: Any,
    post: Any,
    sync: Any,
    identifier: Callable[[str], str],
) -> None:
    takers = [f"p{number}" for number in range(5)]
    post([*(act(one, "completed", "n") for one in takers), act("ann", "completed", "other")])
    sync()

    def numbers() -> list[str]:
        answer = recommend_nuggets(everybody, store, NuggetQuery({}, identifier("ann")))
        return [reason for one in answer.recommendations for reason in one.reasons if NUMBER.match(reason)]

    assert numbers() == ["Taken by 5 learners in your organisation"]
    set_choices(database, store.id, identifier("p3"), {"figures": False})
    deadline = time.monotonic() + AT_ONCE_S
    while numbers():
        assert time.monotonic() < deadline


@pytest.fixture
def ask(everybody: Serving, database: Database, store: Store, identifier: Callable[[str], str]) -> Any:
    """Ask for peers as a process of production would."""
    store = set_consent(database, store, "peer", "opt_out")

    def recommend(name: str, **wishes: Any) -> PeerAnswer:
        return recommend_peers(everybody, store, PeerQuery({}, identifier(name), **wishes))

    return recommend


def _who(answer: PeerAnswer) -> set[str]:
    return {one.agent.get("mbox", "").removeprefix("mailto:") for one in answer.recommendations}


@pytest.mark.usefixtures("trained")
def test_a_withdrawal_counts_for_the_next_page_of_an_old_answer(
    ask: Any, database: Database, store: Store
) -> None:
    first = ask("learner000", limit=3)
    following = _who(ask("learner000", limit=3, more=first.more))
    assert len(following) == 3
    hidden: dict[Kind, bool] = {"name": False, "contact": False}
    for address, refused in zip(following, ({"peer": False}, hidden, hidden), strict=True):
        set_choices(database, store.id, f"mbox|mailto:{address}", refused)
    assert not _who(ask("learner000", limit=100, more=first.more)) & following
    assert not _who(ask("learner000", limit=100)) & following


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("kind", ["name", "contact", "activity"])
def test_a_person_is_shown_as_far_as_they_agree(
    ask: Any, database: Database, store: Store, kind: Kind
) -> None:
    before = ask("learner000", limit=1).recommendations[0]
    mbox = before.agent["mbox"]
    assert before.agent["name"]
    assert '"About' in before.reasons[0]
    set_choices(database, store.id, f"mbox|{mbox}", {kind: False})
    after = ask("learner000", limit=1).recommendations[0]
    assert after.persona == before.persona
    shown = {
        "name": after.agent.get("name"),
        "contact": after.agent.get("mbox"),
        "activity": "".join(after.reasons),
    }
    assert not shown.pop(kind)
    assert all(shown.values())


def test_who_shows_neither_name_nor_address_is_not_suggested(
    ask: Any, database: Database, store: Store, act: Any, post: Any, sync: Any, agent: Any, identifier: Any
) -> None:
    post([act("ben", "mentored", agent("ann"))])
    sync()
    assert _who(ask("ann")) == {"ben@acme.example"}
    set_choices(database, store.id, identifier("ben"), {"name": False, "contact": False})
    assert ask("ann").recommendations == ()


def test_a_stranger_gets_nobody_even_after_choosing(ask: Any, database: Database, store: Store) -> None:
    set_choices(database, store.id, "mbox|mailto:invented@acme.example", {"peer": True})
    assert ask("invented").recommendations == ()


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("way", ["entry", "skill"])
def test_nobody_is_named_for_what_is_private(
    ask: Any, serving: Serving, database: Database, store: Store, organisation: dict[str, list[str]],
    url: Callable[[str], str], identifier: Callable[[str], str], way: str,
) -> None:  # fmt: skip
    named = Counter(
        title
        for one in ask("learner000", limit=20).recommendations
        for reason in one.reasons
        for title in re.findall(r'"About (\w+)"', reason)
    )
    secret = max(named, key=named.__getitem__)
    entered = {"private": True} if way == "entry" else {"skills": ["health"]}
    edition = find_edition(database, store.id, "nuggets")
    assert change_entries(database, store.id, "nuggets", edition, {url(secret): entered})
    if way == "skill":
        labels = {"health": {"name": "health", "private": True}}
        assert change_entries(database, store.id, "labels", edition + 1, labels)
    store = set_consent(database, store, "peer", "opt_out")
    asked = PeerQuery({}, identifier("learner000"), 100)
    reasons = [
        reason for one in recommend_peers(serving, store, asked).recommendations for reason in one.reasons
    ]
    assert reasons
    assert not [reason for reason in reasons if f'"About {secret}"' in reason]
    assert not recommend_peers(
        serving, store, PeerQuery({}, identifier("learner000"), topic=url(secret))
    ).recommendations
    taker = next(one for one, items in organisation.items() if secret not in items and one != "learner000")
    answer = recommend_nuggets(serving, store, NuggetQuery({}, identifier(taker), limit=100))
    about = [
        reason for one in answer.recommendations if one.activity == url(secret) for reason in one.reasons
    ]
    assert not [reason for reason in about if OF_OTHERS.match(reason)]
    like = find_similar(serving, store, SimilarQuery(url(secret), {}, identifier(taker)))
    assert not [reason for one in like.recommendations for reason in one.reasons if OF_OTHERS.match(reason)]


@pytest.mark.usefixtures("trained")
def test_who_refuses_a_profile_gets_what_is_popular_and_nothing_is_noted(
    serving: Serving, database: Database, store: Store, identifier: Callable[[str], str], organisation: Any,
    url: Callable[[str], str],
) -> None:  # fmt: skip
    query = NuggetQuery({}, identifier("learner000"))
    before = recommend_nuggets(serving, store, query)
    set_choices(database, store.id, identifier("learner000"), {"recommendations": False})
    after = recommend_nuggets(serving, store, query)
    assert (before.persona is None, after.persona) == (False, None)
    assert after.recommendations
    done = set(map(url, organisation["learner000"]))
    assert not done & {one.activity for one in after.recommendations}
    following = recommend_nuggets(serving, store, NuggetQuery({}, identifier("learner000"), more=before.more))
    assert (following.persona, bool(following.recommendations)) == (None, True)
    shown = (*after.recommendations, *following.recommendations)
    assert not [reason for one in shown for reason in one.reasons if "Because" in reason]


def test_who_refuses_a_profile_gets_no_peers_by_acts_between_people(
    serving: Serving, database: Database, store: Store, act: Any, agent: Any, post: Any, sync: Any,
    identifier: Callable[[str], str],
) -> None:  # fmt: skip
    opened = set_consent(database, store, "peer", "opt_out")
    post(
        [
            *(act("ada", "followed", agent(name)) for name in ("ben", "cleo")),
            *(act(name, "mentored", agent("ada")) for name in ("ben", "cleo")),
            act("ada", "completed", "a"),
            act("ben", "completed", "a"),
        ]
    )
    sync()

    def peers(name: str) -> list[tuple[str, ...]]:
        answer = recommend_peers(serving, opened, PeerQuery({}, identifier(name), limit=10))
        return [one.reasons for one in answer.recommendations]

    assert [
        reason for reasons in peers("ada") for reason in reasons if "ollow" in reason or "entor" in reason
    ]
    set_choices(database, store.id, identifier("ada"), {"recommendations": False})
    assert not [reasons for reasons in peers("ada") if reasons]
