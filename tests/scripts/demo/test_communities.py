"""Communities that people join, ask, answer and meet in, so that figures about them have enough people to tell."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from schemas.compiled import check_statements
from schemas.versions import XAPI_1_0_3
from scripts.demo import Organisation, build_organisation
from scripts.demo.acts import Act, Place
from scripts.demo.catalogue import Nugget
from scripts.demo.communities import VAIN_TERMS, build_communities, build_meetings, gather
from scripts.demo.rhythm import DAY, EPOCH
from scripts.demo.statements import write_statements
from scripts.demo.wishes import events

FLOOR = 5


@pytest.fixture(scope="module")
def acts(organisation: Organisation, until: datetime) -> list[Act]:
    return gather(organisation, until)


@pytest.fixture(scope="module")
def end(until: datetime) -> int:
    return int((until - EPOCH).total_seconds() * 1000)


def _people(acts: list[Act], *verbs: str) -> dict[str, set[str]]:
    """Accounts by the community or the event that they did something in."""
    found: dict[str, set[str]] = defaultdict(set)
    for act in acts:
        if act.verb in verbs and act.place:
            found[act.place.id].add(act.actor.account)
    return found


def test_the_same_seed_gives_the_same_acts_in_time_order(
    organisation: Organisation, until: datetime, acts: list[Act], end: int
) -> None:
    assert acts == gather(organisation, until)
    assert acts != gather(organisation, until, seed=7)
    assert all(before.at <= after.at < end for before, after in pairwise(acts))


@pytest.mark.parametrize("verb", ["joined", "asked", "registered", "attended"])
def test_each_community_has_enough_people_to_be_told_of(acts: list[Act], verb: str) -> None:
    people = _people(acts, verb)
    assert {one.place.id for one in build_communities()} == set(people)
    assert all(len(some) >= FLOOR for some in people.values())


def test_questions_are_answered_in_time_but_for_enough_of_the_last_community(acts: list[Act]) -> None:
    asked = {act.target.id: act for act in acts if act.verb == "asked" and isinstance(act.target, Nugget)}
    answered = [act for act in acts if act.verb == "answered" and isinstance(act.target, Nugget)]
    known = {act.target.id for act in answered if isinstance(act.target, Nugget)}
    hydrogen = build_communities()[-1].place
    waiting = [act for name, act in asked.items() if name not in known and act.place == hydrogen]
    assert len({act.actor.account for act in waiting}) >= FLOOR
    assert len(known) > len(asked) / 2
    for act in answered:
        assert isinstance(act.target, Nugget)
        question = asked[act.target.id]
        assert act.addressed_to == question.actor != act.actor
        assert act.at > question.at


def test_the_last_community_grew_in_the_last_month(acts: list[Act], end: int) -> None:
    hydrogen = build_communities()[-1].place
    inside = [act for act in acts if act.place == hydrogen and isinstance(act.target, Nugget)]
    now = {act.actor.account for act in inside if act.at >= end - 30 * DAY}
    before = {act.actor.account for act in inside if end - 60 * DAY <= act.at < end - 30 * DAY}
    assert len(now) > 3 * len(before) > 0


def test_some_terms_are_searched_in_vain_by_enough_people(acts: list[Act]) -> None:
    for term in VAIN_TERMS:
        seekers = {act.actor.account for act in acts if act.outcome and act.outcome.response == term}
        assert len(seekers) >= FLOOR


def test_meetings_are_entered_with_the_ids_that_people_come_to(acts: list[Act], until: datetime) -> None:
    entered = {name for name, _ in events(until)}
    assert {one.place.id for one in build_meetings(until)} <= entered
    assert {
        act.target.id for act in acts if isinstance(act.target, Place) and act.verb == "attended"
    } <= entered


def test_the_acts_are_valid_statements_in_their_communities(
    organisation: Organisation, acts: list[Act]
) -> None:
    statements: list[dict[str, Any]] = list(write_statements(organisation, acts, "test"))
    assert len({one["id"] for one in statements}) == len(statements) == len(acts)
    check_statements(statements, XAPI_1_0_3)
    inside = [one for one in statements if one["verb"]["display"]["en"] == "answered"]
    types = {one["context"]["contextActivities"]["grouping"][0]["definition"]["type"] for one in inside}
    assert types == {"http://activitystrea.ms/schema/1.0/group"}


def test_an_organisation_of_three_has_no_communities(until: datetime) -> None:
    assert gather(build_organisation(learners=3), until) == []
