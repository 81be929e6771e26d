"""What is used lately, for a learner: the store's counts, drawn towards those of the team and the language."""

from __future__ import annotations

import time

import numpy as np
import pytest
from bson import ObjectId

from lrs.personas import Agreeing
from recommender.catalogue.nuggets import Nugget
from recommender.models.trends import RECENT, TREND
from recommender.serving.nuggets.lately import MIN_TAKERS, RecentUse, count_lately
from recommender.serving.state.catalogue import CatalogueSnapshot, snapshot_of_popular
from recommender.serving.state.recent_takes import RecentTakes, TakeTable
from recommender.storage.takes import Take
from recommender.storage.user_features import UserFeatures

NOW_US = time.time_ns() // 1000
DAY_US = 86_400_000_000
RED, BLUE = UserFeatures(team="red"), UserFeatures(team="blue")


@pytest.fixture
def snapshot() -> CatalogueSnapshot:
    nuggets = {name: Nugget(name, {"en": name}) for name in ("hot", "usual")}
    return snapshot_of_popular(nuggets, (("hot", 1.0, 1), ("usual", 1.0, 1)), {})


def takes_of(red: int, blue: int, days_ago: int = 0) -> RecentTakes:
    """Let so many of the red team take `hot`, and of the blue team `usual`."""
    table, at = TakeTable(), NOW_US - days_ago * DAY_US
    learners = [ObjectId(f"{number:024x}") for number in range(red + blue)]
    table.note({one: RED if number < red else BLUE for number, one in enumerate(learners)})
    items = ["hot"] * red + ["usual"] * blue
    table.add(Take(item, one, at, at) for item, one in zip(items, learners, strict=True))
    return table.view(NOW_US)


def test_what_colleagues_use_counts_more_for_their_team(snapshot: CatalogueSnapshot) -> None:
    takes = takes_of(MIN_TAKERS, 60)
    hot = {
        team: count_lately(snapshot, takes, features, NOW_US)[TREND][0]
        for team, features in (("red", RED), ("blue", BLUE), ("none", UserFeatures()))
    }
    assert hot["blue"] < hot["none"] < hot["red"]
    assert hot["none"] == pytest.approx(MIN_TAKERS)


def test_too_few_say_nothing_about_their_team(snapshot: CatalogueSnapshot) -> None:
    takes = takes_of(MIN_TAKERS - 1, 60)
    of_red, of_all = (count_lately(snapshot, takes, one, NOW_US) for one in (RED, UserFeatures()))
    assert np.array_equal(of_red[TREND], of_all[TREND])


def test_a_trend_fades_without_a_new_act_and_sooner_than_popularity(snapshot: CatalogueSnapshot) -> None:
    takes = takes_of(3, 0)
    counts = [count_lately(snapshot, takes, UserFeatures(), NOW_US + days * DAY_US) for days in (0, 1, 14)]
    assert [one[TREND][0] for one in counts] == pytest.approx([3, 1.5, 3 / 2**14])
    assert [one[RECENT][0] for one in counts] == pytest.approx([3, 3 / 2 ** (1 / 14), 1.5])


def test_use_is_told_of_the_last_days_only() -> None:
    fresh, stale = takes_of(4, 2), takes_of(4, 2, days_ago=8)
    all_of_them = Agreeing()
    assert [RecentUse(fresh, one, all_of_them).in_team("hot") for one in (RED, BLUE, UserFeatures())] == [
        4,
        0,
        0,
    ]
    assert [RecentUse(one, BLUE, all_of_them).in_store("hot") for one in (fresh, stale)] == [4, 0]


def test_neither_the_learner_nor_those_who_refused_are_counted_in_use() -> None:
    learner, refusing = (ObjectId(f"{number:024x}") for number in (0, 1))
    counted = Agreeing(frozenset({refusing})).without(learner)
    assert RecentUse(takes_of(4, 2), RED, counted).in_team("hot") == 2
