from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.errors import TooLittleDataError
from recommender.models.trained_model import TrainedModel
from recommender.training.fit import fit

Interests = Callable[..., dict[str, list[str]]]
MakeDataset = Callable[..., Dataset]


def _digest(model: TrainedModel) -> str:
    arrays = model.to_arrays()
    return hashlib.sha256(b"".join(arrays[name].tobytes() for name in sorted(arrays))).hexdigest()


def test_the_same_data_and_seed_give_the_same_model(
    interests: Interests, make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    dataset = make_dataset(interests(60))
    first, second = fit(dataset, quick), fit(dataset, quick)
    assert _digest(first) == _digest(second)
    assert first.facts == second.facts
    assert _digest(fit(dataset, replace(quick, seed=2))) != _digest(first)


@pytest.mark.parametrize(
    "taken", [{}, {"u": []}, {"u": ["a"], "v": ["a"]}, {f"u{n}": ["a"] for n in range(50)}]
)
def test_too_little_data_is_told(
    taken: dict[str, list[str]], make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    with pytest.raises(TooLittleDataError, match="post Statements"):
        fit(make_dataset(taken), quick)
