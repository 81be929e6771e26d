from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.evaluation.peers import (
    COSINE,
    MOST_ACTIVE,
    OURS,
    USER_KNN,
    PeerRow,
    measure_peers,
    show_peers,
)
from recommender.metrics.splits import split_last
from recommender.models.assembly import train


@pytest.fixture
def rows(
    make_dataset: Callable[..., Dataset], interests: Callable[..., dict[str, list[str]]]
) -> dict[str, PeerRow]:
    split = split_last(make_dataset(interests(150)))
    model = train(split.train, TrainingSettings(dimensions=16, epochs=15))

    def scorer(users: np.ndarray) -> np.ndarray:
        scores: np.ndarray = model.user_embeddings[users] @ model.item_embeddings.T + model.item_biases
        return scores

    return {row.name: row for row in measure_peers(model, split, scorer, cap=5, asked=50, k=5)}


def test_our_peers_know_more_of_what_comes_next_than_similar_people(rows: dict[str, PeerRow]) -> None:
    assert list(rows) == [OURS, USER_KNN, COSINE, MOST_ACTIVE]
    assert rows[OURS].helper > rows[USER_KNN].helper
    assert {row.asked for row in rows.values()} == {50}
    assert all(0 <= row.mutual <= row.helper <= 1 for row in rows.values())


def test_each_learner_asked_has_a_share_of_peers_who_know(rows: dict[str, PeerRow]) -> None:
    for row in rows.values():
        assert len(row.helper_of) == 50
        assert row.helper == pytest.approx(row.helper_of.mean())
        assert (row.mutual_of <= row.helper_of).all()


def test_coverage_is_the_share_of_what_the_slots_could_show(rows: dict[str, PeerRow]) -> None:
    assert rows[MOST_ACTIVE].coverage == pytest.approx(6 / 150, abs=2 / 150)


def test_nobody_is_shown_to_more_than_the_cap(rows: dict[str, PeerRow]) -> None:
    assert rows[OURS].load <= 5
    assert rows[OURS].coverage > rows[MOST_ACTIVE].coverage


def test_peers_are_shown_best_first_and_never_the_learner_or_who_scores_nothing() -> None:
    scores = np.array([0.9, 0.5, 0.0, 0.7])
    shown = show_peers(lambda learner: scores, np.array([0, 1, 2]), 3, None)
    assert shown.tolist() == [[0, 3, 1, -1], [1, 0, 3, -1], [2, 0, 3, 1]]


def test_at_the_cap_the_list_goes_on_with_the_next_best() -> None:
    scores = np.array([0.9, 0.5, 0.2, 0.7])
    shown = show_peers(lambda learner: scores, np.array([1, 2, 3]), 1, 1)
    assert shown.tolist() == [[1, 0], [2, 3], [3, 1]]
