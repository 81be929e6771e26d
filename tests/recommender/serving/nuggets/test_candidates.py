"""Which nuggets may be recommended at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lrs.personas import PersonaId
from recommender.catalogue.nuggets import Nugget
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.interactions.history import History, Positive
from recommender.models.lightfm import train
from recommender.serving.nuggets.candidates import find_candidates
from recommender.serving.state.catalogue import Shelf
from recommender.serving.state.learners import Learner
from recommender.storage.user_features import UserFeatures

NUGGETS = {
    "a": Nugget("a", language="en"),
    "b": Nugget("b", language="fr"),
    "c": Nugget("c"),
    "d": Nugget("d", language="de", prerequisites=("c",)),
    "e": Nugget("e", hidden=True),
    "f": Nugget("f", valid_until=1000),
}
NOW_US = 1000
NOTHING = UserFeatures()
PERSONA = PersonaId("0123456789abcdef01234567")


@pytest.fixture
def shelf(make_dataset: Callable[..., Dataset], make_shelf: Callable[..., Shelf]) -> Shelf:
    dataset = make_dataset({str(PERSONA): ["a", "b"], "v": ["c", "d"], "w": ["a", "d"], "x": ["e", "f"]})
    return make_shelf(train(dataset, TrainingSettings(dimensions=4, epochs=1)), NUGGETS)


def _learner(taken: list[str], features: UserFeatures = NOTHING, is_cut: bool = False) -> Learner:
    positives = tuple(Positive(item, place, 1.0, "completed") for place, item in enumerate(taken))
    history = History(positives=positives, seen=frozenset(taken))
    return Learner(PERSONA, ("mbox|mailto:x@y.example",), history, features, is_cut)


def _eligible(shelf: Shelf, learner: Learner) -> str:
    mask = find_candidates(shelf, learner, NOW_US).eligible
    return "".join(nugget.id for nugget, may in zip(shelf.columns.nuggets, mask, strict=True) if may)


@pytest.mark.parametrize(
    ("taken", "features", "expected"),
    [
        ([], UserFeatures(), "abcd"),
        ([], UserFeatures(language="de-AT"), "cd"),
        ([], UserFeatures(language="de", languages=("de", "fr-CA")), "bcd"),
        (["a"], UserFeatures(), "c"),
        (["a"], UserFeatures(language="de"), "cd"),
        (["c"], UserFeatures(), "abd"),
    ],
)
def test_nuggets_in_languages_the_learner_does_not_read_are_left_out(
    shelf: Shelf, taken: list[str], features: UserFeatures, expected: str
) -> None:
    assert _eligible(shelf, _learner(taken, features)) == expected


def test_what_is_disliked_is_left_out(shelf: Shelf) -> None:
    learner = replace(_learner([]), history=History(disliked=frozenset({"b"})))
    assert _eligible(shelf, learner) == "acd"


def test_of_a_history_that_is_cut_the_model_remembers_the_rest(shelf: Shelf) -> None:
    assert _eligible(shelf, _learner([], is_cut=True)) == "cd"


def test_what_requires_something_is_not_ready_before(shelf: Shelf) -> None:
    before = find_candidates(shelf, _learner([]), NOW_US)
    after = find_candidates(shelf, _learner(["c"]), NOW_US)
    position = shelf.columns.index["d"]
    assert (bool(before.blocked[position]), bool(before.ready[position])) == (True, False)
    assert (bool(after.blocked[position]), bool(after.ready[position])) == (False, True)
