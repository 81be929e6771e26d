from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset import Dataset
from recommender.errors import CorruptModelError
from recommender.model import TrainedModel
from recommender.training import train


@pytest.fixture
def model(make_dataset: Callable[..., Dataset], quick: TrainingSettings) -> TrainedModel:
    return train(make_dataset({"u": ["à la carte", "b"], "v": ["b", "c"]}), quick)


def test_arrays_bring_back_the_same_model(model: TrainedModel) -> None:
    again = TrainedModel.from_arrays(model.to_arrays(), model.settings, model.facts)
    assert again.items == model.items
    assert again.item_index["à la carte"] == model.item_index["à la carte"]
    assert np.array_equal(again.item_embeddings, model.item_embeddings)
    assert (again.known != model.known).nnz == 0


def test_no_array_holds_python_objects(model: TrainedModel) -> None:
    assert all(array.dtype != object for array in model.to_arrays().values())


def test_a_missing_array_is_a_corrupt_model(model: TrainedModel) -> None:
    arrays = model.to_arrays()
    del arrays["item_biases"]
    with pytest.raises(CorruptModelError):
        TrainedModel.from_arrays(arrays, model.settings, {})
