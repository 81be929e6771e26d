from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.metrics.report import measure
from recommender.metrics.splits import split_last
from recommender.models.blend import blended_scorer, lightfm_scorer
from recommender.training.blend_weights import choose_blend
from recommender.training.fit import fit, train_chosen
from recommender.training.validation import validation_split

Interests = Callable[..., dict[str, list[str]]]
MakeDataset = Callable[..., Dataset]


def test_the_blend_is_chosen_on_the_past_and_holds_on_the_future(
    interests: Interests, make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    split = split_last(make_dataset(interests()))
    choice = choose_blend(validation_split(split.train), quick)
    model = train_chosen(split.train, choice)
    blend = measure("blend", blended_scorer(model, split.train), split, 10, 0)
    alone = measure("LightFM", lightfm_scorer(model, split.train), split, 10, 0)
    assert choice.validation["blend_ndcg"] >= choice.validation["lightfm_ndcg"]
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
    assert validation["blend_ndcg"] >= validation["lightfm_ndcg"]
    assert sum(model.blend.values()) == pytest.approx(1)
