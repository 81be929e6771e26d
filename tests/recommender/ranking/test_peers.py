from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.models.assembly import train
from recommender.models.trained_model import TrainedModel
from recommender.ranking.peers import Asker, Match, Matcher, mutual, need_of, share


@pytest.fixture
def model(
    make_dataset: Callable[..., Dataset], interests: Callable[..., dict[str, list[str]]]
) -> TrainedModel:
    return train(make_dataset(interests(60)), TrainingSettings(dimensions=16, epochs=15))


def _asker(model: TrainedModel, learner: int, need: np.ndarray | None = None) -> Asker:
    taken = model.known[learner].indices
    scores = model.item_embeddings @ model.user_embeddings[learner] + model.item_biases
    scores = (scores - scores.mean()) / scores.std()
    candidates = np.ones(len(model.items), dtype=bool)
    candidates[taken] = False
    wanted = need_of(scores, candidates) if need is None else need
    return Asker(wanted, taken, model.user_embeddings[learner])


def test_peers_have_the_same_interest_and_other_knowledge(model: TrainedModel) -> None:
    scores = mutual(Matcher(model).match(_asker(model, 0)))
    scores[0] = 0
    best = np.argsort(-scores)[:5]
    assert [model.users[one] for one in best if int(model.users[one].removeprefix("learner")) % 5] == []
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_a_person_who_knows_nothing_needed_does_not_help(model: TrainedModel) -> None:
    need = np.zeros(len(model.items), dtype=np.float32)
    need[model.item_index["s0n0"]] = 1
    helps = Matcher(model).match(_asker(model, 0, need)).helps
    knowing = model.known[:, model.item_index["s0n0"]].toarray().ravel() > 0
    assert ((helps > 0) == knowing).all()


def test_need_is_of_the_best_candidates_above_the_mean() -> None:
    scores = np.array([2.0, 3.0, -1.0, 0.5])
    found = need_of(scores, np.array([True, False, True, True]))
    assert found.tolist() == [4.0, 0.0, 0.0, 0.25]
    many = need_of(np.arange(1.0, 101.0), np.ones(100, dtype=bool))
    assert np.flatnonzero(many).tolist() == list(range(70, 100))


def test_for_a_learner_who_took_nothing_only_knowledge_of_others_counts() -> None:
    match = Match(np.array([0.5, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    assert mutual(match).tolist() == [0, 0]
    assert mutual(match, both_ways=False).tolist() == [0.5, 0]


def test_shares_of_nothing_are_nothing() -> None:
    assert share(np.zeros(3)).tolist() == [0, 0, 0]
    assert share(np.zeros(0)).tolist() == []
