from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset import learner_states
from recommender.dataset.dataset import Dataset
from recommender.dataset.learner_states import (
    COOCCURRENCE,
    LIGHTFM,
    LONGEST_PAST,
    TRANSITIONS,
    current_states,
    history_weights,
    past_matrix,
    past_weights,
    state_matrix,
    training_rows,
)


def test_newer_items_weigh_more() -> None:
    weights = history_weights(3, TrainingSettings(fading=1.0, damping=0.0))
    assert weights.tolist() == pytest.approx([1.0, 1 / 2, 1 / 3])


def test_weights_are_damped_by_their_sum() -> None:
    weights = history_weights(2, TrainingSettings(fading=0.0, damping=0.5))
    assert weights.tolist() == pytest.approx([2**-0.5] * 2)


def test_a_state_knows_only_what_came_before(make_dataset: Callable[..., Dataset]) -> None:
    dataset = make_dataset({"u": ["a", "b", "c"]})
    settings = TrainingSettings(fading=1.0, damping=0.0, side_weight=1.0)
    states = state_matrix(dataset, training_rows(dataset, settings), settings).toarray()
    assert states.tolist() == [[0, 0, 0, 1], [1, 0, 0, 1], [0.5, 1, 0, 1]]


def test_states_are_the_same_whatever_is_made_at_once(
    make_dataset: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, settings = (
        make_dataset({"u": list("abcd"), "v": list("dca"), "w": []}),
        TrainingSettings(history=2),
    )
    rows = training_rows(dataset, settings)
    whole = state_matrix(dataset, rows, settings)
    monkeypatch.setattr(learner_states, "ROWS_AT_ONCE", 2)
    assert np.array_equal(state_matrix(dataset, rows, settings).toarray(), whole.toarray())
    assert state_matrix(dataset, rows[:0], settings).shape == (0, whole.shape[1])


def test_the_history_is_cut_to_the_newest(make_dataset: Callable[..., Dataset]) -> None:
    dataset = make_dataset({"u": ["a", "b", "c"]})
    settings = TrainingSettings(fading=0.0, damping=0.0, history=1)
    assert current_states(dataset, settings).toarray()[0, :3].tolist() == [0, 0, 1]


def test_a_learner_without_interactions_has_only_side_features(make_dataset: Callable[..., Dataset]) -> None:
    dataset = make_dataset({"none": [], "u": ["a", "b"]})
    states = current_states(dataset, TrainingSettings()).toarray()
    assert states[0, :2].tolist() == [0, 0]
    assert states[0, 2] > 0


def test_one_learner_cannot_fill_the_training(make_dataset: Callable[..., Dataset]) -> None:
    dataset = make_dataset({"bot": [f"n{number}" for number in range(50)], "u": ["n1"]})
    rows = training_rows(dataset, TrainingSettings(learner_interactions=10))
    assert np.bincount(dataset.user_of[rows]).tolist() == [10, 1]
    assert rows.tolist() == [*range(40, 50), 50]


@pytest.mark.parametrize(("scorer", "most"), [(LIGHTFM, 20), (COOCCURRENCE, LONGEST_PAST), (TRANSITIONS, 3)])
def test_each_scorer_looks_back_as_far_as_it_learns_from(scorer: str, most: int) -> None:
    settings = TrainingSettings(history=20)
    assert [len(past_weights(scorer, length, settings)) for length in (0, 2, 1000)] == [0, 2, most]
    weights = past_weights(scorer, 1000, settings)
    assert (np.diff(weights) < 0).all()


def test_the_past_of_each_learner_is_weighed(make_dataset: Callable[..., Dataset]) -> None:
    dataset = make_dataset({"none": [], "u": ["a", "b", "c", "d"]})
    past = past_matrix(dataset, TRANSITIONS, TrainingSettings()).toarray()
    assert past.tolist() == [[0, 0, 0, 0], [0, 0.25, 0.5, 1]]
