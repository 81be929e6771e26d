from __future__ import annotations

from collections.abc import Callable

import pytest

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.models.assembly import train
from recommender.models.trained_model import TrainedModel
from recommender.ranking.peers import learners_who_took
from recommender.serving.audience_claims import find_similar_learners, go_together, is_taken_by, popular_from


@pytest.fixture
def model(make_dataset: Callable[..., Dataset]) -> TrainedModel:
    taken = {
        **{one: ["a", "b", "c"] for one in "stuvw"},
        "x": ["c", "d"],
        "y": ["c", "d"],
    }
    return train(make_dataset(taken), TrainingSettings(dimensions=4, epochs=1))


def test_learners_who_took_an_item_are_found(model: TrainedModel) -> None:
    assert [model.users[position] for position in learners_who_took(model, model.item_index["d"])] == [
        "x",
        "y",
    ]


@pytest.mark.parametrize(("item", "popular"), [("a", True), ("c", True), ("d", False)])
def test_popular_is_what_at_least_five_and_the_middle_took(
    model: TrainedModel, item: str, popular: bool
) -> None:
    is_enough = model.popularity[model.item_index[item]] >= popular_from(model.popularity)
    assert bool(is_enough) is popular


@pytest.mark.parametrize(
    ("earlier", "item", "together"),
    [("a", "b", True), ("d", "c", False), ("a", "c", False), ("a", "d", False)],
)
def test_nuggets_go_together_when_five_took_both_and_more_than_by_chance(
    model: TrainedModel, earlier: str, item: str, together: bool
) -> None:
    assert go_together(model, model.item_index[earlier], model.item_index[item]) is together


@pytest.mark.parametrize(
    ("past", "alike"),
    [([], ""), (["a"], ""), (["a", "b"], "stuvw"), (["a", "b", "d"], ""), (["a", "b", "c", "d"], "stuvw")],
)
def test_histories_are_alike_with_enough_in_common(model: TrainedModel, past: list[str], alike: str) -> None:
    found = find_similar_learners(model, [model.item_index[item] for item in past])
    assert [user for user, same in zip(model.users, found, strict=True) if same] == list(alike)


@pytest.mark.parametrize(("item", "taken"), [("b", True), ("c", False), ("d", False)])
def test_what_those_alike_took_is_more_than_what_all_took(
    model: TrainedModel, item: str, taken: bool
) -> None:
    alike = find_similar_learners(model, [model.item_index["a"], model.item_index["b"]])
    assert is_taken_by(model, alike, model.item_index[item]) is taken
