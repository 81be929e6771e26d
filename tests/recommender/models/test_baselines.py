from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget, definition_of
from recommender.dataset.dataset import Dataset
from recommender.evaluation import tuning
from recommender.evaluation.tuning import (
    Baseline,
    IdsFamily,
    Tuned,
    baselines,
    best_other,
    tune,
    tuned_baselines,
    validation_of,
)
from recommender.metrics.report import measure
from recommender.metrics.splits import Split, split_by_learner, split_by_time, split_last
from recommender.models.baselines import (
    als,
    content_cosine,
    decayed,
    ease,
    item_knn,
    markov,
    popularity,
    recency_popularity,
    with_newcomers,
)
from recommender.models.cooccurrence import ease_links

COMPARED = ("recency popularity", "item-kNN", "EASE", "EASE-recency", "ALS", "Markov", "LightFM ids")
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


def test_learners_without_a_past_get_the_same_from_every_baseline(
    interests: Callable[..., dict[str, list[str]]], make_dataset: MakeDataset
) -> None:
    known = interests(60)
    taken = {**known, **{f"new{n}": items[:1] for n, items in enumerate(list(known.values())[:30])}}
    dataset = make_dataset(taken)
    at = np.where(
        np.isin(dataset.user_of, [dataset.users.index(f"new{n}") for n in range(30)]), 100, dataset.at
    )
    split = split_by_time(replace(dataset, at=at), 0.1)
    new = np.array([dataset.users.index(f"new{n}") for n in range(30)])
    scores = [
        one.scorer(new) for one in tuned_baselines(split, 10, lambda line: None) if one.name in COMPARED
    ]
    assert len(scores) == len(COMPARED)
    assert all(np.array_equal(one, scores[0]) for one in scores)


def test_only_learners_without_a_past_are_scored_by_popularity(make_dataset: MakeDataset) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["a"]})
    fresh = replace(
        dataset, user_of=dataset.user_of[:2], item_of=dataset.item_of[:2], starts=np.array([0, 2, 2])
    )
    scorer = with_newcomers(lambda users: np.full((len(users), 2), 7.0), fresh, popularity(dataset))
    assert scorer(np.array([1, 0])).tolist() == [[2, 1], [7, 7]]


def test_lightfm_trained_further_is_lightfm_trained_at_once(make_dataset: MakeDataset) -> None:
    dataset, users = (
        make_dataset({f"u{n}": [f"i{(n + step) % 9}" for step in range(5)] for n in range(20)}),
        np.arange(20),
    )
    family = IdsFamily()
    first = family.make(dataset, 4, 1)(users)
    further = family.make(dataset, 4, 3)(users)
    assert np.array_equal(further, IdsFamily().make(dataset, 4, 3)(users))
    assert np.array_equal(family.make(dataset, 4, 1)(users), first)


def test_the_best_other_is_the_best_of_the_validation() -> None:
    scorer = popularity
    tried = [
        Tuned(name, scorer, {}, 0.0, ndcg)
        for name, ndcg in (("popularity", 0.9), ("EASE", 0.2), ("ALS", 0.3))
    ]
    assert best_other(tried).name == "ALS"


@pytest.mark.parametrize("split", [split_by_learner, split_by_time])
def test_the_past_is_split_as_the_whole(make_dataset: MakeDataset, split: Callable[..., Split]) -> None:
    dataset = make_dataset({f"u{n}": [f"i{(n + step) % 9}" for step in range(8)] for n in range(40)})
    whole = split(dataset, 0.2)
    inner = validation_of(whole)
    assert (inner.name, inner.share) == (whole.name, whole.share)
    assert len(inner.train.item_of) < len(whole.train.item_of)


def test_tuning_takes_the_options_that_do_best_on_the_validation(
    interests: Callable[..., dict[str, list[str]]], make_dataset: MakeDataset
) -> None:
    split = split_last(make_dataset(interests()))
    validation = validation_of(split)
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
