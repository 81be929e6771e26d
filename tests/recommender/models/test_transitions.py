from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.dataset.dataset import Dataset
from recommender.models.transitions import SHRINK, transitions


def _links(dataset: Dataset, kept: int = 10) -> np.ndarray:
    return transitions(dataset, np.arange(len(dataset.item_of)), kept).toarray()


def test_what_follows_is_linked_in_one_direction(make_dataset: Callable[..., Dataset]) -> None:
    links = _links(make_dataset({"u": ["a", "b"], "v": ["a", "b"]}))
    assert links[0, 1] == pytest.approx(2 / (2 + SHRINK))
    assert links[1, 0] == 0


def test_what_comes_later_counts_less_and_beyond_the_window_nothing(
    make_dataset: Callable[..., Dataset],
) -> None:
    links = _links(make_dataset({"u": ["a", "b", "c", "d", "e"]}))
    assert links[0, 1] > links[0, 2] > links[0, 3] > 0
    assert links[0, 4] == 0


def test_learners_do_not_follow_each_other(make_dataset: Callable[..., Dataset]) -> None:
    assert not _links(make_dataset({"u": ["a"], "v": ["b"]})).any()


def test_only_the_largest_are_kept(make_dataset: Callable[..., Dataset]) -> None:
    links = _links(make_dataset({"u": ["a", "b", "c"]}), kept=1)
    assert (links > 0).sum(axis=1).tolist() == [1, 1, 0]
