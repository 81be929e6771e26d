"""What only a trained model can answer, over HTTP. Five groups of learners take nuggets of five subjects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("trained")


def test_nuggets_are_of_the_learners_subject_and_come_with_true_reasons(
    ask: Make, items: Make, organisation: dict[str, list[str]], enter: Make, wait: Make, client: Any
) -> None:
    answer = ask("learner000", limit="4")
    body = answer.json()
    assert body["model"] == 1
    found = [one["activity"]["id"].rsplit("/", 1)[-1] for one in body["recommendations"]]
    assert sum(name.startswith("s0") for name in found) >= 3
    assert not set(found) & set(organisation["learner000"])
    told = [reason for one in body["recommendations"] for reason in one["reasons"]]
    causes = {reason.partition('"About ')[2].rstrip('"') for reason in told if reason.startswith("Because")}
    assert causes
    assert causes <= set(organisation["learner000"])
    scores = [one["score"] for one in body["recommendations"]]
    assert scores == sorted(scores, reverse=True)
    second = client.get(body["more"]).json()["recommendations"]
    assert not {one["activity"]["id"] for one in second} & {
        one["activity"]["id"] for one in body["recommendations"]
    }
    enter(later={"format": "podcast"})
    wait(lambda: items("learner000", format="podcast"), lambda found: found == ["later"])


def test_who_did_everything_gets_nothing_and_who_is_unknown_what_is_popular(
    ask: Make, items: Make, organisation: dict[str, list[str]], state: Make, act: Make, wait: Make
) -> None:
    everything = sorted({item for taken in organisation.values() for item in taken})
    state([act("expert", "completed", item) for item in everything])
    wait(lambda: items("expert"), lambda found: found == [])
    body = ask("expert").json()
    assert body["message"] == "You have already used everything that is open to you"
    told = [one["reasons"] for one in ask("stranger", limit="3").json()["recommendations"]]
    assert told == [["You have not completed this yet"]] * 3  # a stranger is told nothing of others


def test_similar_nuggets_are_of_the_same_subject(client: Any, url: Make, params: Make) -> None:
    answer = client.get("/recommendations/nuggets/similar", params={"activity": url("s0n1"), "limit": "5"})
    body = answer.json()
    found = [one["activity"]["id"].rsplit("/", 1)[-1] for one in body["recommendations"]]
    assert body["model"] == 1
    assert sum(name.startswith("s0") for name in found) >= 4
    assert body["recommendations"][0]["reasons"] == ['Similar to "About s0n1"']
    asked = params("learner003", activity=url("s0n1"))
    known = client.get("/recommendations/nuggets/similar", params=asked).json()["recommendations"]
    assert known[0]["reasons"] == ['Learners who took "About s0n1" also took this']


def test_what_a_learner_began_is_among_the_first_five_and_on_its_own_shelf(
    ask: Make, items: Make, state: Make, act: Make
) -> None:
    state(
        [act("learner000", "attempted", "s3n5", 10**6), act("learner000", "was-assigned", "s4n2", 10**6 + 1)]
    )
    found = ask("learner000").json()["recommendations"]
    reasons = {one["activity"]["id"].rsplit("/", 1)[-1]: one["reasons"][0] for one in found[:5]}
    assert reasons["s3n5"] == "You have begun this"
    assert reasons["s4n2"] == "This was assigned to you"
    assert not found[0]["activity"]["id"].endswith(("s3n5", "s4n2"))
    assert items("learner000", shelf="begun") == ["s4n2", "s3n5"]  # the newest first
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
