from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget, definition_of
from recommender.dataset.dataset import Dataset
from recommender.evaluation import tuning
from recommender.evaluation.tuning import Baseline, baselines, tune, validation_of
from recommender.metrics.report import measure
from recommender.metrics.splits import split_last
from recommender.models.baselines import (
    als,
    content_cosine,
    decayed,
    ease,
    item_knn,
    markov,
    popularity,
    recency_popularity,
)
from recommender.models.cooccurrence import ease_links

MakeDataset = Callable[..., Dataset]


def test_popularity_counts_learners(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["a"]})
    assert popularity(dataset)(np.array([0, 1])).tolist() == [[2, 1], [2, 1]]


def test_item_knn_prefers_what_goes_together(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["a", "b"], "w": ["c"], "x": ["a"]})
    scores = item_knn(dataset)(np.array([dataset.users.index("x")]))[0]
    assert scores[1] > scores[2]


def test_only_the_nearest_neighbours_count(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["a", "b"], "w": ["a", "c"]})
    scores = item_knn(dataset, neighbours=1)(np.array([0]))[0]
    assert scores[2] == 0 or scores[1] > scores[2]


def test_item_knn_beats_popularity_where_interests_differ(
    interests: Callable[..., dict[str, list[str]]], make_dataset: MakeDataset
) -> None:
    split = split_last(make_dataset(interests()))
    knn = measure("item-kNN", item_knn(split.train), split, 10, 0)
    plain = measure("popularity", popularity(split.train), split, 10, 0)
    assert knn.ndcg > 1.3 * plain.ndcg


def test_recent_votes_count_more(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["a", "b"], "w": ["a"]})
    scores = recency_popularity(dataset, half_life=0.1)(np.array([0]))[0]
    assert scores[1] > scores[0]


def test_a_history_fades_step_by_step(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["b", "c", "a"]})
    assert decayed(dataset, 0.5).toarray()[0].tolist() == [1.0, 0.25, 0.5]


def test_ease_solves_the_ridge_regression(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["a", "b", "c"], "w": ["c"], "x": ["a"]})
    taken = dataset.taken().toarray()
    others = taken[:, [0, 2]]
    expected = np.linalg.solve(others.T @ others + 2.0 * np.eye(2), others.T @ taken[:, 1])
    found = ease(dataset, ease_links(dataset.taken(), 2.0), 1.0)(np.arange(4))[:, 1]
    assert found == pytest.approx(others @ expected, abs=1e-5)


def test_markov_knows_the_direction(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["a", "b"], "w": ["b"], "x": ["a"]})
    scorer = markov(dataset, window=1)
    after_a = scorer(np.array([dataset.users.index("x")]))[0]
    after_b = scorer(np.array([dataset.users.index("w")]))[0]
    assert after_a[1] > 0
    assert after_b[0] == 0


def test_content_finds_what_is_alike(make_dataset: MakeDataset) -> None:
    nuggets = {name: Nugget(name, skills=("sql",) if name in "ab" else ("tea",)) for name in "abcd"}
    definitions = {name: definition_of(one) for name, one in nuggets.items()}
    dataset = make_dataset({"u": ["a"], "v": ["c"]}, definitions=definitions)
    scores = content_cosine(dataset)(np.array([0]))[0]
    assert scores.tolist() == pytest.approx([1, 1, 0, 0])


@pytest.mark.parametrize("name", ["ALS", "EASE", "Markov", "LightFM ids"])
def test_every_baseline_beats_popularity_where_interests_differ(
    interests: Callable[..., dict[str, list[str]]], make_dataset: MakeDataset, name: str
) -> None:
    split = split_last(make_dataset(interests()))
    baseline = next(one for one in baselines(60) if one.name == name)
    scorer = baseline.make(split.train, **baseline.grid[0])
    plain = measure("popularity", popularity(split.train), split, 10, 0)
    assert measure(name, scorer, split, 10, 0).ndcg > 1.2 * plain.ndcg


def test_tuning_takes_the_options_that_do_best_on_the_validation(
    interests: Callable[..., dict[str, list[str]]], make_dataset: MakeDataset
) -> None:
    split = split_last(make_dataset(interests()))
    validation = validation_of(split, 0.1)
    assert validation.name == "last"
    tuned = tune(
        Baseline("ALS", als, ({"sweeps": 0}, {"sweeps": 10, "dimensions": 8})), split, validation, 10
    )
    assert tuned.options == {"sweeps": 10, "dimensions": 8}


def test_ease_is_left_out_where_its_matrix_is_too_large() -> None:
    assert "EASE" in {one.name for one in baselines(10_000)}
    assert "EASE" not in {one.name for one in baselines(10_001)}


def test_als_is_left_out_and_reported_without_implicit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "has_als", lambda: False)
    lines: list[str] = []
    assert "ALS" not in {one.name for one in baselines(60, lines.append)}
    assert lines == ["ALS is left out: it needs the package implicit (install learnerprise[evaluation])"]


def test_als_gives_the_same_scores_again(
    interests: Callable[..., dict[str, list[str]]], make_dataset: MakeDataset
) -> None:
    dataset, users = make_dataset(interests(40)), np.arange(40)
    assert np.array_equal(als(dataset, 8)(users), als(dataset, 8)(users))
