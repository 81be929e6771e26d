from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset import Dataset
from recommender.interactions.history import History, Positive
from recommender.model import TrainedModel
from recommender.serving.learners import Learner
from recommender.serving.peer_scores import CommonGround, PeerScores, common_ground, score_peers
from recommender.storage.user_features import UserFeatures
from recommender.training import train

ITEMS = [f"n{number:02}" for number in range(24)]


@pytest.fixture
def model(make_dataset: Callable[..., Dataset]) -> TrainedModel:
    """Nuggets a to d; u took all: 1 is taken, 2 is completed."""
    taken = {"u": ["a", "b", "c", "d"], "v": ["a", "b"]}
    return train(make_dataset(taken), TrainingSettings(dimensions=4, epochs=1))


def _ground(model: TrainedModel, known: list[int], scores: PeerScores) -> CommonGround:
    matrix = model.known.tolil()
    matrix[0, :] = np.array([known], dtype=np.uint8)
    return common_ground(replace(model, known=matrix.tocsr()), scores, 0)


def _scores(need: list[float], own: list[float], recommended: str = "", completed: str = "") -> PeerScores:
    masks = [np.array([item in chosen for item in "abcd"]) for chosen in (recommended, completed)]
    return PeerScores(np.zeros(2), np.array(need), np.array(own), *masks)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([2, 2, 0, 0], CommonGround("b", True, True)),
        ([2, 1, 0, 0], CommonGround("a", True, False)),
        ([1, 1, 0, 0], CommonGround("b", False, True)),
        ([0, 0, 2, 2], CommonGround()),
    ],
)
def test_a_peer_teaches_what_was_completed_before_what_was_only_taken(
    model: TrainedModel, known: list[int], expected: CommonGround
) -> None:
    assert _ground(model, known, _scores([1, 2, 0, 0], [0, 0, 0, 0], recommended="b")) == expected


@pytest.mark.parametrize(
    ("known", "completed", "shares", "both"),
    [
        ([2, 2, 0, 0], "a", "a", True),
        ([1, 2, 0, 0], "a", "b", False),
        ([1, 1, 0, 0], "ab", "b", False),
        ([0, 0, 2, 2], "cd", "", False),
    ],
)
def test_both_completed_only_what_both_did(
    model: TrainedModel, known: list[int], completed: str, shares: str, both: bool
) -> None:
    found = _ground(model, known, _scores([0, 0, 0, 0], [1, 2, 0, 0], completed=completed))
    assert (found.shares, found.both_completed) == (shares, both)


def test_recommended_is_what_asking_for_nuggets_gives(make_dataset: Callable[..., Dataset]) -> None:
    taken = {f"u{number}": ITEMS[number:] + ITEMS[:number] for number in range(6)}
    model = train(make_dataset(taken), TrainingSettings(dimensions=4, epochs=1))
    history = History((Positive("n00", 1, 1.0, "completed"),), completed=frozenset({"n00", "never-seen"}))
    scores = score_peers(model, Learner(None, (), history, UserFeatures()))
    assert scores.recommended.sum() == 10
    assert [model.items[position] for position in np.flatnonzero(scores.completed)] == ["n00"]
