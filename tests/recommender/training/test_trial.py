"""Trials on the past: what a training would be judged by, on any data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.config import Settings
from recommender.dataset.dataset import Dataset
from recommender.metrics.splits import split_marked, split_newest
from recommender.training.fit import fit
from recommender.training.gate import judge_training
from recommender.training.trial import Trial, hold_trial

MakeDataset = Callable[..., Dataset]


@pytest.fixture
def hasty(settings: Settings) -> Settings:
    return replace(settings, training=replace(settings.training, epochs=3, dimensions=8))


@pytest.fixture
def dataset(make_dataset: MakeDataset, interests: Callable[..., dict[str, list[str]]]) -> Dataset:
    return make_dataset(interests(60))


def _hold(dataset: Dataset, settings: Settings, running: Dataset | None = None) -> Trial:
    model = None if running is None else fit(running, settings.training)
    return hold_trial(dataset, settings, model, lambda line: None)


def test_the_running_model_is_compared_with_where_what_is_held_out_is_new_to_it(
    dataset: Dataset, hasty: Settings
) -> None:
    past = split_newest(dataset, 0.1).train
    trial = _hold(dataset, hasty, past)
    assert trial.known.running is not None
    assert (trial.known.learners, trial.known.running.name) == (60, "the running model")
    assert trial.known.running.ndcg > 0


def test_else_what_runs_now_is_trained_on_the_same_past(dataset: Dataset, hasty: Settings) -> None:
    trial = _hold(dataset, hasty, dataset)
    assert trial.known.running is not None
    assert trial.known.running.name == "what runs now, trained on the same past"


def test_where_too_few_learners_are_new_to_what_runs_it_is_trained_on_the_same_past(
    dataset: Dataset, hasty: Settings
) -> None:
    many = replace(hasty, service=replace(hasty.service, min_test_learners=60))
    seen = np.arange(len(dataset.item_of)) < int(dataset.starts[5])
    past = split_marked(dataset, ~(seen | ~_newest(dataset))).train
    trial = _hold(dataset, many, past)
    assert trial.known.running is not None
    assert trial.known.running.name == "what runs now, trained on the same past"


def _newest(dataset: Dataset) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Mark what a trial holds out."""
    held_out = split_newest(dataset, 0.1).held_out
    return np.asarray(held_out[dataset.user_of, dataset.item_of]).ravel() > 0


def test_a_running_model_that_knows_none_of_these_learners_and_nuggets_stops_nothing(
    dataset: Dataset, hasty: Settings
) -> None:
    moved = replace(dataset, users=tuple(f"other {name}" for name in dataset.users))
    trial = _hold(dataset, hasty, moved)
    assert trial.known.running is not None
    assert trial.known.running.name == "the running model"


def test_nothing_is_compared_with_where_nothing_runs(dataset: Dataset, hasty: Settings) -> None:
    trial = _hold(dataset, hasty)
    assert trial.known.running is None
    assert {row.name for row in trial.report.rows} == {"Learnerprise", "LightFM", "item-kNN", "popularity"}
    assert trial.known.ndcg == trial.report.rows[0].ndcg


def _some(learners: int, taken: int) -> Mapping[str, Sequence[str]]:
    random = np.random.default_rng(1)
    return {
        f"u{number:03}": [f"i{one}" for one in random.permutation(20)[:taken]] for number in range(learners)
    }


@pytest.mark.parametrize(
    ("taken", "reason"),
    [
        ({}, "only 0 learners to measure on"),
        (_some(1, 5), "only 0 learners to measure on"),
        (_some(2, 15), "learners to measure on"),
        (_some(20, 6), "learners with a past (20): NDCG"),
        (_some(40, 1), "only 0 learners to measure on"),
        ({f"u{number}": ["a"] for number in range(30)}, "only 0 learners to measure on"),
    ],
    ids=["nobody", "one", "two", "twenty", "all new", "one nugget"],
)
def test_whatever_a_store_holds_the_decision_is_a_sentence(
    make_dataset: MakeDataset, hasty: Settings, taken: Mapping[str, Sequence[str]], reason: str
) -> None:
    trial = _hold(make_dataset(taken), hasty)
    assert reason in judge_training(trial.known, trial.newcomers, hasty.service).reason


def test_everything_at_the_same_second_is_judged_like_an_order(dataset: Dataset, hasty: Settings) -> None:
    trial = _hold(replace(dataset, at=np.full_like(dataset.at, 10**15)), hasty)
    assert trial.known.learners == 60
    assert trial.newcomers.learners == 0
    assert trial.choice.blend.keys() <= {"lightfm", "cooccurrence", "transitions"}
