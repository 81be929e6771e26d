from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recommender.catalogue.nuggets import Nugget
from recommender.dataset.dataset import Acts, Dataset, build_dataset, side_weights
from recommender.interactions.history import History, Positive
from recommender.storage.user_features import UserFeatures


def test_interactions_are_grouped_by_user_in_time_order(make_dataset: Callable[..., Dataset]) -> None:
    dataset = make_dataset({"b": ["y", "x"], "a": ["z"]})
    assert dataset.users == ("a", "b")
    assert dataset.items == ("x", "y", "z")
    assert dataset.item_of.tolist() == [2, 1, 0]
    assert dataset.starts.tolist() == [0, 1, 3]


def test_completed_items_are_known_even_when_not_positive() -> None:
    history = History(completed=frozenset({"waived"}), seen=frozenset({"waived", "other"}))
    dataset = build_dataset({"a": history}, {}, {}, 15)
    assert dataset.known().toarray().tolist() == [[0, 1]]
    assert dataset.taken().nnz == 0


def test_an_empty_store_gives_an_empty_dataset() -> None:
    dataset = build_dataset({}, {}, {}, 15)
    assert dataset.users == ()
    assert dataset.known().shape == (0, 0)


def test_the_order_of_the_input_does_not_matter(make_dataset: Callable[..., Dataset]) -> None:
    first = make_dataset({"a": ["x"], "b": ["y"]})
    second = make_dataset({"b": ["y"], "a": ["x"]})
    assert first.users == second.users
    assert np.array_equal(first.item_of, second.item_of)


def test_nuggets_that_nobody_took_are_items_too() -> None:
    history = History(seen=frozenset({"b"}))
    nuggets = {"a": Nugget("a", language="ca", managed=True)}
    dataset = build_dataset({"u": history}, {}, nuggets, 15)
    assert dataset.items == ("a", "b")
    assert dataset.item_languages == ("ca", "")


def test_learners_collected_in_any_order_are_sorted_with_their_acts_and_completions() -> None:
    acts = Acts()
    for user, items in (("c", "yx"), ("a", "z"), ("b", "")):
        taken = tuple(Positive(item, 10 + step, 0.5, "read") for step, item in enumerate(items))
        acts.add(user, History(positives=taken, completed=frozenset(items), seen=frozenset(items)))
    dataset = build_dataset(acts, {}, {}, 15)
    assert (dataset.users, dataset.items) == (("a", "b", "c"), ("x", "y", "z"))
    assert dataset.user_of.tolist() == [0, 2, 2]
    assert dataset.item_of.tolist() == [2, 1, 0]
    assert dataset.at.tolist() == [10, 10, 11]
    assert dataset.weight.tolist() == [0.5, 0.5, 0.5]
    assert dataset.completed.toarray().tolist() == [[0, 0, 1], [0, 0, 0], [1, 1, 0]]


def test_skills_share_their_weight() -> None:
    weights = side_weights(UserFeatures(skills=("a", "b", "c", "d")))
    assert weights["skill:a"] == 0.5
    assert weights["everyone"] == 1.0
