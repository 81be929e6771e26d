from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.interactions.history import History, Positive
from recommender.models.assembly import train
from recommender.models.trained_model import TrainedModel
from recommender.serving.nuggets.scores import score_learner
from recommender.storage.user_features import UserFeatures

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


@pytest.fixture
def blended(
    make_dataset: Callable[..., Dataset],
    interests: Callable[..., dict[str, list[str]]],
    quick: TrainingSettings,
) -> TrainedModel:
    """A model of all scorers, with nuggets that nobody took and one that came later."""
    taken = interests(40)
    words = dict(zip("01234", ("chess", "cooking", "law", "music", "physics"), strict=True))
    definitions = {f"s{one}n{number}": {"name": {"en": words[one]}} for one in words for number in range(14)}
    model = train(make_dataset(taken, dict.fromkeys(taken, RED), definitions), quick)
    weights = {"lightfm": 0.5, "cooccurrence": 0.3, "transitions": 0.2}
    return replace(model, facts={"blend": weights}).with_nuggets([Nugget("new", titles={"en": "Law"})])


def test_the_contributions_of_a_blend_add_up_too_and_the_past_makes_the_difference(
    blended: TrainedModel,
) -> None:
    candidates = _everything(blended)
    candidates[:5] = False
    scores = score_learner(blended, _history("s0n1", "s0n2", "s0n3"), RED, candidates)
    contributions = scores.contributions_of(range(len(blended.items)))
    assert np.allclose([sum(one.value for one in line) for line in contributions], scores.values, atol=1e-5)
    assert scores.past == ("s0n3", "s0n2", "s0n1")
    past = np.array([sum(one.value for one in line if one.kind == "history") for line in contributions])
    chess = np.array([item.startswith("s0") for item in blended.items])
    assert past[chess].mean() > 0.5 > past[~chess].mean()


def test_what_is_used_lately_is_a_contribution_of_its_own(blended: TrainedModel) -> None:
    lately = replace(blended, facts={"blend": {"lightfm": 0.6, "recent": 0.1, "trend": 0.3}})
    new = lately.item_index["new"]
    counts = {name: np.eye(1, len(lately.items), new)[0] * 20 for name in ("recent", "trend")}
    candidates = _everything(lately)
    candidates[:5] = False
    scores = score_learner(lately, _history("s0n1", "s0n2"), RED, candidates, counts)
    contributions = scores.contributions_of(range(len(lately.items)))
    assert np.allclose([sum(one.value for one in line) for line in contributions], scores.values, atol=1e-5)
    assert int(np.argmax(scores.values)) == new
    named = {one.name: one.value for one in contributions[new] if one.kind == "popularity"}
    assert named["trend"] == pytest.approx(3 * named["recent"])
    plain = score_learner(lately, _history("s0n1", "s0n2"), RED, candidates)
    assert plain.values[new] < scores.values[new]  # by then the training's counts have faded


def test_contributions_of_the_past_hold_the_verbs(blended: TrainedModel) -> None:
    (contributions,) = score_learner(
        blended, _history("s0n1", "s1n2"), RED, _everything(blended)
    ).contributions_of([0])
    assert [(one.name, one.verb) for one in contributions if one.kind == "history"] == [
        ("s1n2", "completed"),
        ("s0n1", "completed"),
    ]


def test_a_cold_nugget_is_scored_by_what_it_is_about(blended: TrainedModel) -> None:
    new = blended.item_index["new"]
    law = score_learner(blended, _history("s2n1", "s2n2"), RED, _everything(blended))
    chess = score_learner(blended, _history("s0n1", "s0n2"), RED, _everything(blended))
    assert law.values[new] > 0.5 > 0 > chess.values[new]
    assert max(law.contributions_of([new])[0], key=lambda one: one.value).kind == "history"


def test_popularity_is_the_bias_where_nothing_is_cold(model: TrainedModel) -> None:
    scores = score_learner(model, _history("s0n1"), RED, _everything(model))
    popularity = np.array(
        [contributions[-1].value for contributions in scores.contributions_of(range(len(model.items)))]
    )
    assert np.corrcoef(popularity, model.item_biases)[0, 1] == pytest.approx(1, abs=1e-4)


def test_the_contributions_add_up_to_the_score(model: TrainedModel) -> None:
    scores = score_learner(model, _history("s0n1", "s0n2"), RED, _everything(model))
    sums = [
        sum(one.value for one in contributions)
        for contributions in scores.contributions_of(range(len(model.items)))
    ]
    assert np.allclose(sums, scores.values, atol=1e-5)


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
    assert {one.kind for one in scores.contributions_of([0])[0]} == {"popularity", "segment"}


def test_items_the_model_never_saw_are_passed_over(model: TrainedModel) -> None:
    scores = score_learner(model, _history("never-seen"), UserFeatures(), _everything(model))
    assert {one.kind for one in scores.contributions_of([0])[0]} == {"popularity"}


def test_no_candidates_are_no_error(model: TrainedModel) -> None:
    scores = score_learner(model, _history("s0n1"), RED, np.zeros(len(model.items), dtype=bool))
    assert np.isfinite(scores.values).all()


def test_without_events_each_skill_counts_as_its_share_of_all(
    make_dataset: Callable[..., Dataset], quick: TrainingSettings
) -> None:
    knows = UserFeatures(skills=("a", "b", "c", "d"))
    model = train(make_dataset({"u": ["x", "y"], "v": ["x", "z"]}, {"u": knows, "v": knows}), quick)
    scores = score_learner(model, History(), knows, _everything(model))
    popular, *skills = scores.contributions_of([0])[0]
    assert [one.name for one in skills] == ["skill:a", "skill:b", "skill:c", "skill:d"]
    assert all(one.value == pytest.approx(popular.value / 2, abs=1e-6) for one in skills)


def test_without_events_lightfm_decides_where_that_is_better_for_newcomers(blended: TrainedModel) -> None:
    chosen = replace(blended, facts={**blended.facts, "newcomers": "lightfm"})
    scores = score_learner(chosen, History(), RED, _everything(chosen))
    contributions = scores.contributions_of(range(len(chosen.items)))
    assert np.allclose([sum(one.value for one in line) for line in contributions], scores.values, atol=1e-5)
    assert {one.kind for one in contributions[0]} == {"popularity", "side"}
