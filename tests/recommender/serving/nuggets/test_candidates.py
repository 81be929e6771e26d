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
from recommender.models.assembly import train
from recommender.serving.nuggets.candidates import find_candidates
from recommender.serving.state.catalogue import CatalogueSnapshot
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
def snapshot(
    make_dataset: Callable[..., Dataset], make_snapshot: Callable[..., CatalogueSnapshot]
) -> CatalogueSnapshot:
    dataset = make_dataset({str(PERSONA): ["a", "b"], "v": ["c", "d"], "w": ["a", "d"], "x": ["e", "f"]})
    return make_snapshot(train(dataset, TrainingSettings(dimensions=4, epochs=1)), NUGGETS)


def _learner(taken: list[str], features: UserFeatures = NOTHING) -> Learner:
    positives = tuple(Positive(item, place, 1.0, "completed") for place, item in enumerate(taken))
    history = History(positives=positives, seen=frozenset(taken))
    return Learner(PERSONA, ("mbox|mailto:x@y.example",), history, features)


def _eligible(snapshot: CatalogueSnapshot, learner: Learner, later_us: int = 10) -> str:
    mask = find_candidates(snapshot, learner, NOW_US, later_us).eligible
    return "".join(nugget.id for nugget, may in zip(snapshot.columns.nuggets, mask, strict=True) if may)


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
    snapshot: CatalogueSnapshot, taken: list[str], features: UserFeatures, expected: str
) -> None:
    assert _eligible(snapshot, _learner(taken, features)) == expected


def test_what_is_disliked_is_left_out(snapshot: CatalogueSnapshot) -> None:
    learner = replace(_learner([]), history=History(disliked=frozenset({"b"})))
    assert _eligible(snapshot, learner) == "acd"


def test_own_posts_and_what_was_put_off_lately_are_left_out(snapshot: CatalogueSnapshot) -> None:
    history = History(made=frozenset({"a"}), postponed={"b": NOW_US - 5, "c": NOW_US - 15, "d": NOW_US - 25})
    learner = replace(_learner([]), history=history)
    found = find_candidates(snapshot, learner, NOW_US, later_us=10)
    assert _eligible(snapshot, learner) == "cd"
    assert (found.put_off, found.back) == ({"b": NOW_US - 5}, {"c": NOW_US - 15})


def test_what_was_begun_needs_neither_its_language_nor_its_prerequisites(snapshot: CatalogueSnapshot) -> None:
    begun = tuple(Positive(one, 1, 1.0, "launched") for one in "def")
    learner = replace(_learner([], UserFeatures(language="fr")), history=History(begun=begun))
    found = find_candidates(snapshot, learner, NOW_US)
    assert [one.item for one in found.begun] == ["d"]  # e is hidden, f expired
    assert found.ready[snapshot.columns.index["d"]]


def test_what_requires_something_is_not_ready_before(snapshot: CatalogueSnapshot) -> None:
    before = find_candidates(snapshot, _learner([]), NOW_US)
    after = find_candidates(snapshot, _learner(["c"]), NOW_US)
    position = snapshot.columns.index["d"]
    assert (bool(before.blocked[position]), bool(before.ready[position])) == (True, False)
    assert (bool(after.blocked[position]), bool(after.ready[position])) == (False, True)
