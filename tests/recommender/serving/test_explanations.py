from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset import Dataset
from recommender.model import TrainedModel
from recommender.serving.explanations import Subject, display_name, explain
from recommender.serving.scores import Scores, Term
from recommender.storage.user_features import UserFeatures
from recommender.training import train

TRAITS = UserFeatures("red", "Red Team", "Analyst", ("python",), "en")
POPULAR = "Popular with learners in your organisation"


@pytest.fixture
def model(make_dataset: Callable[..., Dataset], quick: TrainingSettings) -> TrainedModel:
    features = {"u": TRAITS, "v": UserFeatures("blue")}
    return train(make_dataset({"u": ["a", "b"], "v": ["b", "c"], "w": ["b"]}, features), quick)


def _explain(model: TrainedModel, item: str, *terms: tuple[str, str, float]) -> tuple[str, ...]:
    made = tuple(Term(kind, name, np.full(3, value), "completed") for kind, name, value in terms)
    scores = Scores(np.zeros(3), made, np.zeros(16))
    subject = Subject(model.item_index[item], frozenset({"python"}))
    return explain(model, scores, subject, TRAITS, str.upper)


def test_the_term_that_adds_most_comes_first(model: TrainedModel) -> None:
    reasons = _explain(model, "b", ("popularity", "", 1.0), ("history", "c", 2.0))
    assert reasons == ('Because you completed "C"', POPULAR)


def test_terms_that_add_little_or_take_away_are_left_out(model: TrainedModel) -> None:
    reasons = _explain(model, "b", ("history", "c", 2.0), ("history", "a", 0.1), ("popularity", "", -1.0))
    assert reasons == ('Because you completed "C"',)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("team:red", "Popular in your team: Red Team"),
        ("role:analyst", "Popular with people in your role: Analyst"),
        ("skill:python", "Matches your skill: python"),
        ("skill:sql", "Popular with people who know sql"),
    ],
)
def test_side_features_are_put_into_words(model: TrainedModel, name: str, reason: str) -> None:
    assert _explain(model, "b", ("side", name, 1.0)) == (reason,)


def test_popularity_in_the_team_is_claimed_only_when_true(model: TrainedModel) -> None:
    assert "Popular in your team: Red Team" not in _explain(model, "c", ("side", "team:red", 1.0))


def test_popularity_is_claimed_only_of_popular_nuggets(model: TrainedModel) -> None:
    model.popularity[model.item_index["c"]] = 0
    assert _explain(model, "c", ("popularity", "", 1.0)) == ("Something you have not seen yet",)


def test_a_begun_nugget_is_not_explained_by_itself(model: TrainedModel) -> None:
    assert _explain(model, "c", ("history", "c", 1.0)) == ("You have begun this",)


@pytest.mark.parametrize(
    ("language", "name"), [("ca", "Hola"), ("en-GB", "Hello"), ("de", "Hello"), ("", "Hello")]
)
def test_names_are_in_the_language_asked_for_or_the_first(language: str, name: str) -> None:
    assert display_name({"name": {"en": "Hello", "ca": "Hola"}}, language, "id") == name


def test_a_nugget_without_a_name_is_called_by_its_id() -> None:
    assert display_name({}, "en", "https://acme.example/x") == "https://acme.example/x"
