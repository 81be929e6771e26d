from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.interactions.history import History, Positive
from recommender.models.assembly import train
from recommender.models.blend import blended_scorer, lately_scores, lightfm_scorer, standardise
from recommender.models.trained_model import TrainedModel
from recommender.serving.nuggets.scores import score_learner
from recommender.storage.user_features import UserFeatures

BLEND = {"lightfm": 0.5, "cooccurrence": 0.3, "transitions": 0.2}
RED = UserFeatures(team="red")


@pytest.fixture
def dataset(make_dataset: Callable[..., Dataset], interests: Callable[..., dict[str, list[str]]]) -> Dataset:
    """Learners, one of them without any event, of whom some are of a team; some nuggets are cold."""
    taken = {**interests(40), "fresh": []}
    words = {"0": "chess", "1": "chess", "2": "cooking", "3": "law", "4": "law"}
    definitions = {
        f"s{number}n{other}": {"name": {"en": words[number]}} for number in words for other in range(14)
    }
    features = {user: RED for number, user in enumerate(taken) if number % 5 == 0}
    return make_dataset(taken, features, definitions)


@pytest.fixture
def model(dataset: Dataset, quick: TrainingSettings) -> TrainedModel:
    trained = train(dataset, quick)
    return replace(trained, facts={"blend": BLEND})


def test_lightfm_alone_is_what_it_was_trained_to_be(model: TrainedModel, dataset: Dataset) -> None:
    users = np.array([3, 0])
    expected = model.user_embeddings[users] @ model.item_embeddings.T + model.item_biases
    assert np.allclose(lightfm_scorer(model, dataset)(users), expected, atol=1e-5)


@pytest.mark.parametrize("user", ["learner005", "learner006", "fresh"])
def test_learners_are_scored_as_they_are_served(
    model: TrainedModel,
    dataset: Dataset,
    interests: Callable[..., Mapping[str, list[str]]],
    user: str,
) -> None:
    position = dataset.users.index(user)
    values = blended_scorer(model, dataset)(np.array([position]))[0]
    items = {**interests(40), "fresh": []}[user]
    history = History(tuple(Positive(item, at, 1.0, "completed") for at, item in enumerate(items)))
    candidates = dataset.known()[[position]].toarray()[0] == 0
    features = RED if dataset.side[position].sum() > 1 else UserFeatures()
    served = score_learner(model, history, features, candidates).values
    standard = standardise(values[None, :], candidates[None, :]).values[0]
    assert model.cold.any()
    assert np.allclose(standard, served, atol=1e-3)


def test_scores_are_standardised_over_the_candidates_only() -> None:
    raw = np.array([[1.0, 2.0, 3.0, 100.0]], dtype=np.float32)
    standard = standardise(raw, np.array([[True, True, True, False]]))
    assert standard.values[0, :3].mean() == pytest.approx(0, abs=1e-6)
    assert standard.values[0, :3].std() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("candidates", [[False, False], [True, True]])
def test_equal_or_no_candidates_add_nothing(candidates: list[bool]) -> None:
    standard = standardise(np.full((1, 2), 0.3, dtype=np.float32), np.array([candidates]))
    assert standard.values.tolist() == [[0, 0]]


@pytest.mark.parametrize(("half_lives", "moves"), [(0, True), (24, False)])
def test_one_act_counts_at_its_time_and_no_longer_when_it_has_faded(
    model: TrainedModel, half_lives: int, moves: bool
) -> None:
    trendy = replace(model, facts={"blend": {"lightfm": 0.6, "trend": 0.4}})
    candidates = np.ones((1, len(model.items)), dtype=bool)
    counts = {"trend": np.eye(1, len(model.items), 3)[0] / 2**half_lives}
    values = lately_scores(trendy, candidates, counts)["trend"].values[0]
    assert int(np.argmax(values)) == 3
    assert (values[3] > 3) == moves
    assert (values.max() < 0.001) != moves
