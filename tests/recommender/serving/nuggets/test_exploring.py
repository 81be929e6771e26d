"""New nuggets get a chance: those shown to few, suitable, never what may not be recommended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from lrs.auth.stores import Store
from lrs.personas import PersonaId
from lrs.storage.database import Database
from recommender.catalogue.nuggets import Nugget
from recommender.config import RecommenderSettings
from recommender.ranking.exploration import seed_of
from recommender.serving.context import Serving, open_serving
from recommender.serving.nuggets.exploring import OLD_PLACES, Page, explore, share_of_places
from recommender.serving.nuggets.recommend import NuggetAnswer, recommend_nuggets
from recommender.serving.state.nugget_table import build_columns
from recommender.serving.state.showings import ENOUGH
from recommender.storage.entries import change_entries, find_edition
from recommender.storage.impressions import Impression, insert_impressions, iterate_impressions
from schemas.recommendations import NuggetQuery

Act = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]
LEARNERS = 30


@pytest.fixture
def nuggets(
    act: Act,
    post: Post,
    sync: Callable[[], Any],
    database: Database,
    store: Store,
    url: Callable[[str], str],
) -> list[str]:
    """A store in which 30 learners know 20 nuggets; two new ones, a hidden and an expired one come later."""
    old = [f"old{number:02}" for number in range(20)]
    post(
        [
            act(f"l{learner:02}", "completed", item, learner)
            for learner in range(LEARNERS)
            for item in old[learner % 2 :: 2][:6]
        ]
    )
    entered = {url(name): {"title": {"en": name}} for name in ("new0", "new1")}
    entered[url("secret")] = {"title": {"en": "secret"}, "hidden": True}
    entered[url("late")] = {"title": {"en": "late"}, "valid_until": "2020-01-01T00:00:00Z"}
    entered[url("after")] = {"title": {"en": "after"}, "prerequisites": [url("new0")]}
    change_entries(database, store.id, "nuggets", find_edition(database, store.id, "nuggets"), entered)
    sync()
    return ["new0", "new1"]


Ask = Callable[..., NuggetAnswer]


@pytest.fixture
def ask(database: Database, store: Store, identifier: Callable[[str], str]) -> Ask:
    """Ask for the first nuggets of a learner, and note what was shown."""
    opened: dict[float, Serving] = {}

    def get(name: str, share: float = 1.0, limit: int = 4, **more: Any) -> NuggetAnswer:
        settings = RecommenderSettings(refresh_ms=0, exploration=share)
        serving = opened.setdefault(share, open_serving(database, settings))
        query = NuggetQuery({}, identifier(name), limit=limit, speaks="en", **more)
        answer = recommend_nuggets(serving, store, query)
        shown = [one.activity for one in answer.recommendations]
        serving.impressions.note(
            store.id, answer.persona, answer.model, shown, "nuggets", answer.probabilities
        )
        return answer

    return get


def _names(answer: NuggetAnswer) -> list[str]:
    return [one.activity.rsplit("/", 1)[-1] for one in answer.recommendations]


def test_nothing_is_explored_where_it_is_switched_off(nuggets: list[str], ask: Ask) -> None:
    answer = ask("l00", share=0.0)
    assert not set(nuggets) & set(_names(answer))
    assert answer.probabilities == ()


def test_only_open_and_suitable_nuggets_are_explored(nuggets: list[str], ask: Ask) -> None:
    shown = {name for number in range(LEARNERS) for name in _names(ask(f"l{number:02}"))}
    assert set(nuggets) <= shown
    assert not shown & {"secret", "late", "after"}


def test_an_explored_nugget_says_so_and_has_its_probability(
    nuggets: list[str], ask: Ask, database: Database, store: Store
) -> None:
    answer = ask("l00")
    assert len(answer.recommendations) == len(answer.probabilities)
    explored = [one for one in answer.recommendations if one.reasons[0] == "New in the catalogue"]
    assert explored
    (impression,) = iterate_impressions(database, store.id, "nuggets", 0, time.time_ns() // 1000 + 1)
    assert impression.probabilities == answer.probabilities
    assert all(0 < one <= 1 for one in answer.probabilities)


def test_a_page_stays_the_same_for_an_hour(nuggets: list[str], ask: Ask) -> None:
    pages = [_names(ask("l03")) for _ in range(5)]
    assert pages == [pages[0]] * 5


def test_a_stranger_and_a_wanted_mix_get_none(nuggets: list[str], ask: Ask) -> None:
    assert ask("stranger").probabilities == ()
    assert ask("l01", mix={"informal": 1.0}).probabilities == ()


def test_on_a_short_page_all_ranks_go_to_the_best(nuggets: list[str], ask: Ask) -> None:
    pages = [ask(f"l{number:02}", limit=limit) for number in range(5) for limit in (1, 2)]
    assert {page.probabilities for page in pages} == {()}
    assert not set(nuggets) & {name for page in pages for name in _names(page)}


def test_what_twenty_were_shown_is_not_explored_any_more(
    nuggets: list[str], ask: Ask, database: Database, store: Store, url: Callable[[str], str]
) -> None:
    now = time.time_ns() // 1000
    others = [Impression(PersonaId(), now, "nuggets", None, (url("new0"),)) for _ in range(ENOUGH)]
    insert_impressions(database, store.id, others, 90)
    shown = {name for number in range(LEARNERS) for name in _names(ask(f"l{number:02}"))}
    assert "new1" in shown
    assert "new0" not in shown


def test_every_new_nugget_is_seen_by_twenty_learners_within_a_week() -> None:
    """Simulated: 200 learners look once a day at ten places; five new nuggets, and 200 old ones that few took."""
    random = np.random.default_rng(1)
    digests = random.integers(2**32, size=205).astype(np.uint64)
    shown: list[set[int]] = [set() for _ in range(205)]
    for day in range(7):
        for learner in range(200):
            missing = np.array([max(0, ENOUGH - len(one)) for one in shown], dtype=np.float64)
            weights = missing * np.where(np.arange(205) < 5, 1.0, 0.02)
            page = explore(Page((), 0), weights, digests, seed_of(learner, day), 10, 0.05)
            for position in page.positions:
                shown[position].add(learner)
    assert min(len(one) for one in shown[:5]) >= ENOUGH


def test_the_page_keeps_its_length() -> None:
    ranked = Page(tuple(range(10)), 10, has_more=True)
    weights = np.concatenate([np.zeros(10), np.ones(5)])
    pages: Mapping[int, Page] = {
        hour: explore(ranked, weights, np.arange(15, dtype=np.uint64), seed_of(hour), 10, 0.05)
        for hour in range(100)
    }
    assert {len(one.positions) for one in pages.values()} == {10}
    assert {one.explored for one in pages.values()} == {9, 10}
    assert all(one.has_more for one in pages.values())
    assert {one.probabilities[:9] for one in pages.values()} == {(1.0,) * 9}


def test_fewer_places_are_explored_while_nothing_new_may_be_drawn() -> None:
    now, names = time.time_ns() // 1000, ("old", "new")
    columns = build_columns([Nugget(one, born=1 if one == "old" else now) for one in names])
    assert share_of_places(columns, np.array([0.5, 0.1]), 0.1) == 0.1
    assert share_of_places(columns, np.array([0.5, 0.0]), 0.1) == pytest.approx(0.1 * OLD_PLACES)
