from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.metrics.report import measure
from recommender.metrics.splits import Split, split_last, split_marked
from recommender.models.blend import blended_scorer, lightfm_scorer
from recommender.models.trained_model import ALONE
from recommender.training.blend_weights import choose_blend
from recommender.training.fit import fit, train_chosen
from recommender.training.validation import validation_split

Interests = Callable[..., dict[str, list[str]]]
MakeDataset = Callable[..., Dataset]


def _best_alone(validation: Mapping[str, Any]) -> float:
    return max(validation[f"{name}_ndcg"] for name in ("lightfm", "cooccurrence", "transitions"))


def test_the_blend_is_chosen_on_the_past_and_holds_on_the_future(
    interests: Interests, make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    split = split_last(make_dataset(interests()))
    choice = choose_blend(validation_split(split.train), quick)
    model = train_chosen(split.train, choice)
    blend = measure("blend", blended_scorer(model, split.train), split, 10, 0)
    alone = measure("LightFM", lightfm_scorer(model, split.train), split, 10, 0)
    assert choice.validation["blend_ndcg"] >= _best_alone(choice.validation)
    assert choice.validation["blend_auc"] >= choice.validation["lightfm_auc"] - 0.01
    assert blend.ndcg > 0.95 * alone.ndcg
    assert blend.auc > 0.9
    assert model.blend == choice.blend
    assert model.settings.recency == choice.settings.recency


def test_with_few_learners_lightfm_answers_alone(make_dataset: MakeDataset, quick: TrainingSettings) -> None:
    model = fit(make_dataset({"u": ["a", "b", "c"], "v": ["b", "c", "d"]}), quick)
    assert model.blend == {"lightfm": 1.0}
    assert model.facts["validation"]["learners"] < 20


def test_where_nothing_is_learnt_from_others_lightfm_answers_alone(
    make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    random = np.random.default_rng(5)
    taken = {f"u{number:02}": [f"n{one}" for one in random.permutation(40)[:4]] for number in range(30)}
    model = fit(make_dataset(taken), quick)
    validation = model.facts["validation"]
    assert validation["blend_ndcg"] >= _best_alone(validation)
    assert sum(model.blend.values()) == pytest.approx(1)


def test_a_scorer_that_no_blend_beats_answers_alone(
    make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    """After four courses by chance everybody takes three in a row, so that the last says which one is next."""
    random, courses = np.random.default_rng(0), [f"n{number:02}" for number in range(30)]
    taken = {}
    for learner in range(60):
        start = int(random.integers(30))
        row = [courses[(start + step) % 30] for step in range(3)]
        others = [course for course in courses if course not in row]
        taken[f"u{learner:02}"] = [*map(str, random.permutation(others)[:4]), *row]
    split = split_last(make_dataset(taken))
    lines: list[str] = []
    choice = choose_blend(split, replace(quick, epochs=1), lines.append)
    assert choice.blend == {"transitions": 1.0}
    assert choice.validation["blend_ndcg"] == _best_alone(choice.validation)
    assert lines[-1].startswith("blend: transitions 1; NDCG ")
    scores = blended_scorer(train_chosen(split.train, choice), split.train)(split.learners)
    assert np.isfinite(scores).all()


@pytest.fixture
def beginners(make_dataset: MakeDataset) -> Split:
    """Learners begin with an introduction of their subject, which fewer took than each of its courses.

    Held out are the last course of two thirds of the learners, and the introduction of those who just begin.
    """
    random = np.random.default_rng(3)
    taken = {
        f"u{number:03}": [
            f"s{number % 3}-intro{number % 2}",
            *(f"s{number % 3}-course{one}" for one in random.permutation(9)[:6]),
        ][: 7 if number < 80 else 1]
        for number in range(120)
    }
    dataset = make_dataset(taken)
    step = np.arange(len(dataset.item_of)) - dataset.starts[dataset.user_of]
    return split_marked(dataset, (step == 6) | (dataset.user_of >= 80))


def test_newcomers_get_what_lightfm_says_where_that_is_better_than_what_is_popular(
    beginners: Split, quick: TrainingSettings
) -> None:
    lines: list[str] = []
    choice = choose_blend(beginners, quick, lines.append)
    numbers = choice.validation
    assert numbers["learners"] == 80
    assert numbers["newcomers_lightfm_ndcg"] > 1.05 * numbers["newcomers_popularity_ndcg"]
    assert lines[-1].endswith("newcomers: lightfm")
    model = train_chosen(beginners.train, choice)
    fresh = np.arange(80, 120)
    alone = lightfm_scorer(model, beginners.train)(fresh)
    assert np.array_equal(blended_scorer(model, beginners.train)(fresh), alone)


def test_weights_are_judged_by_learners_with_a_past(beginners: Split, quick: TrainingSettings) -> None:
    newcomers = replace(beginners, learners=np.arange(80, 120))
    choice = choose_blend(newcomers, quick)
    assert (choice.blend, choice.newcomers, choice.validation) == (ALONE, "popularity", {"learners": 0})
