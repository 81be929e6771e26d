from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.people.linking import join_people
from lrs.personas import find_agreeing, set_choices
from lrs.storage.database import Database
from recommender.online.outcomes import Outcome, Span, as_told, find_exposures, summarise
from recommender.storage.impressions import ImpressionKind
from schemas.outcomes import DAY_US

START_US = 1_760_000_000_000_000
MINUTE_US = 60_000_000
DAY = 24 * 60
SPAN = Span(START_US - MINUTE_US, START_US + 30 * DAY * MINUTE_US, 60 * MINUTE_US)

Show = Callable[..., None]
Act = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]


@pytest.fixture
def outcomes(database: Database, store: Store, sync: Callable[[], Any]) -> Callable[..., list[Outcome]]:
    """Read the Statements and tell what came of what was shown; an act counts within an hour."""

    def find(kind: ImpressionKind = "nuggets", *, by_day: bool = False) -> list[Outcome]:
        sync()
        return summarise(find_exposures(database, store.id, kind, SPAN), by_day=by_day)

    return find


Outcomes = Callable[..., list[Outcome]]


def _counts(outcome: Outcome) -> dict[str, int]:
    return {effect: rate.count for effect, rate in outcome.rates.items()}


def test_completing_is_starting_and_starting_is_opening(
    show: Show, act: Act, post: Post, url: Callable[[str], str], outcomes: Outcomes
) -> None:
    show("ann", [url(item) for item in "abcd"], 0)
    post(
        [
            act("ann", "launched", "a", 1),
            act("ann", "failed", "b", 1),
            act("ann", "launched", "c", 1),
            act("ann", "completed", "c", 2),
        ]
    )
    (found,) = outcomes()
    assert (found.kind, found.model, found.day, found.learners, found.shown) == ("nuggets", 1, "", 1, 4)
    assert _counts(found) == {"opened": 3, "started": 2, "completed": 1}


@pytest.mark.parametrize(("minute", "opened"), [(9, 0), (11, 1), (70, 1), (71, 0)])
def test_only_what_is_done_afterwards_and_soon_counts(
    show: Show,
    act: Act,
    post: Post,
    url: Callable[[str], str],
    outcomes: Outcomes,
    minute: int,
    opened: int,
) -> None:
    show("ann", [url("a")], 10)
    post([act("ann", "launched", "a", minute), act("ben", "completed", "a", 11)])
    assert _counts(outcomes()[0])["opened"] == opened


def test_what_was_shown_twice_counts_once_and_the_model_that_showed_it_last_is_credited(
    show: Show, act: Act, post: Post, url: Callable[[str], str], outcomes: Outcomes
) -> None:
    for minute, model in ((0, 1), (1, 1), (10, 2)):
        show("ann", [url("a"), url("b")], minute, model)
    show("ann", [url("a")], 11, None)
    post([act("ann", "launched", "a", 5), act("ann", "completed", "b", 12)])
    found = {one.model: (one.shown, _counts(one)) for one in outcomes()}
    assert found[1] == (2, {"opened": 1, "started": 0, "completed": 0})
    assert found[2] == (2, {"opened": 1, "started": 1, "completed": 1})
    assert found[None] == (1, {"opened": 0, "started": 0, "completed": 0})


def test_outcomes_may_be_split_by_day(show: Show, url: Callable[[str], str], outcomes: Outcomes) -> None:
    show("ann", [url("a")], 0)
    show("ben", [url("a")], DAY)
    assert [(one.day, one.shown) for one in outcomes(by_day=True)] == [("2025-10-09", 1), ("2025-10-10", 1)]


def test_the_effect_of_peers_is_contact(
    show: Show, act: Act, post: Post, persona: Any, agent: Any, outcomes: Outcomes
) -> None:
    show("ann", [str(persona("ben")), str(persona("cid"))], 0, kind="peers")
    post([act("ann", "followed", agent("ben"), 1), act("cid", "followed", agent("ann"), 1)])
    (found,) = outcomes("peers")
    assert _counts(found) == {"contacted": 1}
    assert found.shown == 2


def test_people_who_were_joined_since_are_one_learner_who_may_refuse_to_be_counted(
    show: Show, database: Database, store: Store, url: Any, persona: Any, identifier: Any, outcomes: Outcomes
) -> None:
    show("ann", [url("a")], 0)
    show("ben", [url("a")], 1)
    join_people(database, store, [identifier("ann"), identifier("ben")], "admin")
    (found,) = outcomes()
    assert (found.learners, found.shown) == (1, 1)
    set_choices(database, store.id, identifier("ben"), {"figures": False})
    exposures = find_exposures(database, store.id, "nuggets", SPAN)
    counted = find_agreeing(database, store.id, "figures")
    assert not any(one.persona in counted for one in exposures)


def test_without_impressions_there_are_no_outcomes(outcomes: Outcomes) -> None:
    assert outcomes() == []


def test_reports_a_minute_apart_do_not_differ_by_one_person(
    show: Show, act: Act, post: Post, url: Any, sync: Any, database: Database, store: Store
) -> None:
    names = [f"p{number}" for number in range(8)]
    for minute, name in enumerate(names):
        show(name, [url("a")], minute)
    post([act(name, "completed", "a", 20 + minute) for minute, name in enumerate(names)])
    sync()

    def told(minute: int, *, now: int) -> list[Outcome]:
        span = Span(START_US - MINUTE_US, START_US + minute * MINUTE_US, DAY * MINUTE_US).told(now)
        return [as_told(one) for one in summarise(find_exposures(database, store.id, "nuggets", span))]

    assert told(6, now=START_US + 30 * MINUTE_US) == told(7, now=START_US + 30 * MINUTE_US) == []
    tomorrow = START_US + DAY_US
    for minute in (6, 7):  # of six or seven people
        (found,) = told(minute, now=tomorrow)
        assert (found.learners, found.shown, _counts(found)["completed"]) == (5, 5, 5)
        assert (found.rates["opened"].rate, found.rates["opened"].low < 1) == (1.0, True)
