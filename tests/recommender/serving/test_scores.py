from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset import Dataset
from recommender.interactions.history import History, Positive
from recommender.model import TrainedModel
from recommender.serving.scores import score_learner
from recommender.storage.user_features import UserFeatures
from recommender.training import train

RED = UserFeatures(team="red", team_name="Red", skills=("python",))


@pytest.fixture
def model(
    make_dataset: Callable[..., Dataset],
    interests: Callable[..., dict[str, list[str]]],
    quick: TrainingSettings,
) -> TrainedModel:
    taken = interests(40)
    features = {user: RED for number, user in enumerate(taken) if number % 5 == 0}
    return train(make_dataset(taken, features), quick)


def _history(*items: str) -> History:
    return History(tuple(Positive(item, at, 1.0, "completed") for at, item in enumerate(items)))


def _everything(model: TrainedModel) -> np.ndarray:
    return np.ones(len(model.items), dtype=bool)


def test_the_terms_add_up_to_the_score(model: TrainedModel) -> None:
    scores = score_learner(model, _history("s0n1", "s0n2"), RED, _everything(model))
    assert np.allclose(np.sum([term.values for term in scores.terms], axis=0), scores.values)


def test_scores_are_standardised_over_the_candidates(model: TrainedModel) -> None:
    candidates = _everything(model)
    candidates[:10] = False
    scores = score_learner(model, _history("s0n1"), RED, candidates)
    assert scores.values[candidates].mean() == pytest.approx(0, abs=1e-4)
    assert scores.values[candidates].std() == pytest.approx(1, abs=1e-4)


def test_the_order_is_that_of_the_model(model: TrainedModel) -> None:
    scores = score_learner(model, _history("s1n1", "s1n2"), UserFeatures(), _everything(model))
    plain = model.item_embeddings @ scores.state + model.item_biases
    assert (
        np.argsort(-scores.values, kind="stable")[:10].tolist()
        == np.argsort(-plain, kind="stable")[:10].tolist()
    )


def test_the_representation_is_the_one_of_training(
    model: TrainedModel, interests: Callable[..., dict[str, list[str]]]
) -> None:
    taken = interests(40)
    scores = score_learner(model, _history(*taken["learner005"]), RED, _everything(model))
    assert np.allclose(scores.state, model.user_embeddings[model.user_index["learner005"]], atol=1e-5)


def test_without_events_the_own_team_decides(model: TrainedModel) -> None:
    scores = score_learner(model, History(), RED, _everything(model))
    best = [model.items[position] for position in np.argsort(-scores.values)[:5]]
    assert sum(item.startswith("s0") for item in best) >= 2
    assert {term.kind for term in scores.terms} == {"popularity", "segment"}


def test_items_the_model_never_saw_are_passed_over(model: TrainedModel) -> None:
    scores = score_learner(model, _history("never-seen"), UserFeatures(), _everything(model))
    assert {term.kind for term in scores.terms} == {"popularity"}


def test_no_candidates_are_no_error(model: TrainedModel) -> None:
    scores = score_learner(model, _history("s0n1"), RED, np.zeros(len(model.items), dtype=bool))
    assert np.isfinite(scores.values).all()


def test_without_events_each_skill_counts_as_its_share_of_all(
    make_dataset: Callable[..., Dataset], quick: TrainingSettings
) -> None:
    knows = UserFeatures(skills=("a", "b", "c", "d"))
    model = train(make_dataset({"u": ["x", "y"], "v": ["x", "z"]}, {"u": knows, "v": knows}), quick)
    scores = score_learner(model, History(), knows, _everything(model))
    one = scores.terms[0].values
    assert [term.name for term in scores.terms] == ["", "skill:a", "skill:b", "skill:c", "skill:d"]
    assert all(np.allclose(term.values, one / 2, atol=1e-6) for term in scores.terms[1:])
