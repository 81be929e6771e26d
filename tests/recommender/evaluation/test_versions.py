from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.errors import TooLittleDataError
from recommender.evaluation.versions import compare_versions
from recommender.metrics.splits import only
from recommender.models.assembly import train
from recommender.models.trained_model import TrainedModel

SETTINGS = TrainingSettings(dimensions=16, epochs=15)


@pytest.fixture
def dataset(make_dataset: Callable[..., Dataset], interests: Callable[..., dict[str, list[str]]]) -> Dataset:
    return make_dataset(interests(150))


@pytest.fixture
def versions(dataset: Dataset) -> dict[int, TrainedModel]:
    """A model of the first half of everything, and one that learned to rank the other way round."""
    earlier = train(only(dataset, dataset.at < 4), SETTINGS)
    worse = replace(earlier, item_embeddings=-earlier.item_embeddings, item_biases=-earlier.item_biases)
    return {3: earlier, 4: worse}


def test_versions_are_compared_on_what_neither_was_trained_on(
    dataset: Dataset, versions: dict[int, TrainedModel]
) -> None:
    found = compare_versions(dataset, versions, 10, 20)
    assert found.interactions == int((dataset.at >= 4).sum())
    assert found.learners == 150
    assert found.ndcg[3].mean > found.ndcg[4].mean
    assert found.difference.high < 0
    text = found.as_text()
    assert "that neither version was trained on" in text
    assert text.splitlines()[-1].startswith("Version 3 is better than 4: 4 minus 3 is -")
    assert set(found.as_dict()["ndcg"]) == {"3", "4"}


def test_a_version_is_not_better_than_itself(dataset: Dataset, versions: dict[int, TrainedModel]) -> None:
    found = compare_versions(dataset, {3: versions[3], 7: versions[3]}, 10, 20)
    assert found.as_text().splitlines()[-1].startswith("No difference beyond chance: 7 minus 3 is +0.0000")


def test_what_one_of_them_was_trained_on_does_not_count(
    dataset: Dataset, versions: dict[int, TrainedModel]
) -> None:
    later = train(only(dataset, np.isin(dataset.at, range(6))), SETTINGS)
    found = compare_versions(dataset, {3: versions[3], 5: later}, 10, 20)
    assert found.interactions == int((dataset.at >= 6).sum())


def test_too_few_learners_with_something_new_are_told(dataset: Dataset) -> None:
    whole = train(dataset, SETTINGS)
    with pytest.raises(TooLittleDataError, match="Only 0 learners did something new since"):
        compare_versions(dataset, {1: whole, 2: whole}, 10, 20)
