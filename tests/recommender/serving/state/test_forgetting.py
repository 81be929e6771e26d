"""Whoever was erased is gone from the memory of a process within a second, however long it holds other values."""

import time

from lrs.privacy.erasing import ErasureWish, erase_person
from recommender.config import RecommenderSettings
from recommender.privacy.declarations import HOLDINGS
from recommender.serving.context import open_serving
from recommender.serving.state.cache import Refreshed, forget_store


def test_a_process_forgets_who_was_erased(trained, database, store, identifier):
    serving = open_serving(database, RecommenderSettings(refresh_ms=60_000))
    before = serving.models.find(store.id).model.users
    assert serving.people.find(store.id, 1, before).personas
    erase_person(database, store.id, ErasureWish(identifier("learner007")), HOLDINGS)
    deadline = time.monotonic() + 5
    while serving.models.find(store.id).model.users == before and time.monotonic() < deadline:
        time.sleep(0.02)
    after = serving.models.find(store.id).model.users
    assert len(after) == len(before) - 1
    [gone] = set(before) - set(after)
    assert gone not in serving.people.find(store.id, 1, after).personas
    assert time.monotonic() < deadline - 4


def test_only_the_values_of_one_store_are_forgotten():
    read = []
    cache = Refreshed(lambda key, previous: read.append(key) or len(read), 60, 10)
    assert [cache.get(key) for key in ("a", ("a", 1), "b")] == [1, 2, 3]
    forget_store("a")
    assert [cache.get(key) for key in ("a", ("a", 1), "b")] == [4, 5, 3]
