from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.dataset.dataset import Dataset
from recommender.metrics.splits import (
    best_split,
    split_as,
    split_by_learner,
    split_by_time,
    split_cold,
    split_last,
    split_newcomers,
    split_newest,
)

MakeDataset = Callable[..., Dataset]


def test_the_last_of_each_learner_is_held_out(make_dataset: MakeDataset) -> None:
    split = split_last(make_dataset({"u": ["a", "b"], "v": ["b", "a"], "once": ["a"]}))
    assert split.train.taken().toarray().tolist() == [[1, 0], [1, 0], [0, 1]]
    assert split.held_out.toarray().tolist() == [[0, 0], [0, 1], [1, 0]]
    assert split.learners.tolist() == [1, 2]


def test_everything_after_one_moment_is_the_future(make_dataset: MakeDataset) -> None:
    split = split_by_time(make_dataset({"u": list("abcdefghij"), "v": list("jihgfedcba"), "w": ["a"]}), 0.1)
    assert split.train.at.max() == 8
    assert split.learners.tolist() == [0, 1]
    assert split.held_out.toarray()[0].tolist() == [0] * 9 + [1]


def test_what_was_never_seen_in_the_past_is_not_judged_but_told(make_dataset: MakeDataset) -> None:
    split = split_last(make_dataset({"u": ["a", "new"], "v": ["b", "a"]}))
    assert split.learners.tolist() == [1]
    assert split.unmet == 0.5
    assert split_last(make_dataset({"u": ["a", "b"], "v": ["b", "a"]})).unmet == 0


@pytest.mark.parametrize(
    ("share", "held_out"), [(0.2, [2, 1, 1, 0]), (0.5, [5, 2, 1, 0]), (0.99, [9, 3, 1, 0])]
)
def test_the_newest_share_of_each_learner_is_held_out_and_never_all(
    make_dataset: MakeDataset, share: float, held_out: list[int]
) -> None:
    taken = {"a": list("abcdefghij"), "b": list("abcd"), "c": list("ab"), "d": ["a"], "e": list("jihgfedcba")}
    split = split_by_learner(make_dataset(taken), share)
    assert np.diff(split.train.starts)[:4].tolist() == [
        len(items) - held for items, held in zip(list(taken.values())[:4], held_out, strict=True)
    ]
    assert (split.name, split.share) == ("learner", share)


def test_a_split_is_found_by_its_name(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": list("abcd"), "v": list("dcba")})
    assert [split_as(name, dataset, 0.5).name for name in ("time", "learner", "last")] == [
        "time",
        "learner",
        "last",
    ]


def test_completions_of_the_future_do_not_leak(make_dataset: MakeDataset) -> None:
    split = split_last(make_dataset({"u": ["a", "b"], "v": ["b", "a"]}))
    assert split.train.known().toarray().tolist() == [[1, 0], [0, 1]]


def test_too_few_learners_in_the_future_fall_back_to_the_last(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["b", "a"]})
    assert best_split(dataset, 0.1, 20).name == "last"
    assert best_split(dataset, 0.5, 1).name == "time"


def test_an_empty_dataset_can_be_split(make_dataset: MakeDataset) -> None:
    assert len(best_split(make_dataset({}), 0.1, 1).learners) == 0


def test_cold_items_have_features_and_are_gone_from_the_past(make_dataset: MakeDataset) -> None:
    plain = make_dataset({f"u{n}": [f"i{(n + step) % 20}" for step in range(8)] for n in range(20)})
    with_features = np.arange(20) % 4 > 0
    dataset = replace(plain, item_features=sp.csr_matrix(with_features[:, None].astype(np.float32)))
    split, cold = split_cold(dataset, 0.3)
    assert 0 < cold.sum() < 20
    assert with_features[cold].all()
    assert not cold[split.train.item_of].any()
    assert cold[split.held_out.indices].all()
    for user in split.learners:
        target = split.held_out.indices[split.held_out.indptr[user]]
        at = dataset.at[(dataset.user_of == user) & (dataset.item_of == target)][0]
        assert split.train.at[split.train.user_of == user].max() < at


def test_newcomers_are_not_trained_on_and_known_by_few_events(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({f"u{n:02}": [f"i{(n + step) % 9}" for step in range(7)] for n in range(40)})
    past, split = split_newcomers(dataset, 0.3)
    assert len(split.learners) > 0
    assert not np.isin(past.user_of, split.learners).any()
    known = np.diff(split.train.starts)[split.learners]
    assert set(known.tolist()) <= {1, 2, 3, 4, 5}
    assert (np.diff(split.held_out.indptr)[split.learners] == 1).all()


def test_the_newest_of_each_and_all_of_the_newest_newcomers_are_held_out(make_dataset: MakeDataset) -> None:
    letters = list("abcdefghij")
    taken = {"u": letters * 2, "v": ["a", "b"], "once": ["a"], "late": ["b", "c"]}
    dataset = make_dataset(taken)
    dataset = replace(dataset, at=np.concatenate([[80, 90], [50], np.arange(20) * 2, [3, 5]]))
    assert dataset.users == ("late", "once", "u", "v")
    split = split_newest(dataset, 0.1)
    assert np.diff(split.train.starts).tolist() == [0, 0, 18, 1]
    assert split.learners.tolist() == [0, 1, 2, 3]
    assert split.moments_us[[0, 1, 2, 3]].tolist() == [80, 50, 36, 5]


def test_where_times_are_positions_nobody_is_a_newcomer(make_dataset: MakeDataset) -> None:
    split = split_newest(make_dataset({f"u{n:02}": ["a", "b", "c"] for n in range(30)}), 0.1)
    assert np.diff(split.train.starts).tolist() == [2] * 30
