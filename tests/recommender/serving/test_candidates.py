"""Which nuggets may be recommended at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset import Dataset
from recommender.interactions.history import History, Positive
from recommender.model import TrainedModel
from recommender.serving.candidates import candidate_mask
from recommender.serving.learners import Learner
from recommender.storage.user_features import UserFeatures
from recommender.training import train

LANGUAGES = {"a": "en", "b": "fr", "c": "", "d": "de"}


@pytest.fixture
def model(make_dataset: Callable[..., Dataset]) -> TrainedModel:
    dataset = make_dataset({"u": ["a", "b"], "v": ["c", "d"], "w": ["a", "d"]})
    trained = train(dataset, TrainingSettings(dimensions=4, epochs=1))
    return replace(trained, languages=tuple(LANGUAGES[item] for item in trained.items))


def _recommendable(model: TrainedModel, taken: list[str], language: str) -> set[str]:
    positives = tuple(Positive(item, place, 1.0, "completed") for place, item in enumerate(taken))
    history = History(positives=positives, seen=frozenset(taken))
    learner = Learner(None, ("mbox|mailto:x@y.example",), history, UserFeatures(language=language))
    mask = candidate_mask(model, learner)
    return {item for item, allowed in zip(model.items, mask, strict=True) if allowed}


@pytest.mark.parametrize(
    ("taken", "language", "expected"),
    [
        ([], "", {"a", "b", "c", "d"}),
        ([], "de-AT", {"c", "d"}),
        (["a"], "", {"c"}),
        (["a"], "de", {"c", "d"}),
        (["c"], "", {"a", "b", "d"}),
    ],
)
def test_nuggets_in_languages_the_learner_does_not_use_are_left_out(
    model: TrainedModel, taken: list[str], language: str, expected: set[str]
) -> None:
    assert _recommendable(model, taken, language) == expected


def test_languages_survive_storage(model: TrainedModel) -> None:
    arrays = {name: np.array(array) for name, array in model.to_arrays().items()}
    assert TrainedModel.from_arrays(arrays, model.settings, {}).languages == model.languages
