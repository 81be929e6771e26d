from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.models.assembly import train
from recommender.ranking.diversity import POOL
from recommender.serving.nuggets.turned_down import backwards, backwards_boost, disliked_boost
from recommender.serving.state.catalogue import CatalogueSnapshot, snapshot_of_popular
from recommender.serving.state.nugget_table import build_columns

LEVELS = ("beginner", "intermediate", "advanced", "")
COLUMNS = build_columns(
    [
        *(Nugget(f"sql {level}", skills=("sql",), level=level) for level in LEVELS),
        Nugget("sql and law", skills=("sql", "law"), level="beginner"),
        Nugget("bare"),
    ]
)


@pytest.mark.parametrize(
    ("completed", "behind"),
    [
        ([], []),
        (["sql beginner"], []),
        (["sql intermediate"], ["sql beginner"]),
        (["sql advanced"], ["sql ", "sql beginner", "sql intermediate"]),
        (["sql and law", "sql intermediate"], ["sql beginner"]),
    ],
)
def test_what_teaches_only_what_was_completed_at_a_higher_level_leads_backwards(
    completed: list[str], behind: list[str]
) -> None:
    mask = backwards(COLUMNS, [COLUMNS.nuggets[COLUMNS.index[one]] for one in completed])
    assert sorted(COLUMNS.nuggets[one].id for one in np.flatnonzero(mask)) == behind


def test_what_leads_backwards_falls_behind_all_others_and_keeps_its_order() -> None:
    scores = np.array([5.0, 3.0, 1.0, -2.0])
    backward = np.array([True, True, False, False])
    lowered = scores + backwards_boost(scores, np.ones(4, dtype=bool), backward).values
    assert np.argsort(-lowered).tolist() == [2, 3, 0, 1]
    assert lowered[2:].tolist() == scores[2:].tolist()
    nothing = backwards_boost(scores, np.ones(4, dtype=bool), np.ones(4, dtype=bool))
    assert not nothing.values.any()


def _disliking(snapshot: CatalogueSnapshot, *disliked: str) -> dict[str, float]:
    """Return what each nugget loses; all have scores from 1 on, in their order."""
    size = len(snapshot.columns.nuggets)
    ready = ~snapshot.columns.mask(snapshot.columns.positions(disliked))
    values = disliked_boost(snapshot, disliked, np.arange(1.0, size + 1), ready).values
    return {nugget.id: float(value) for nugget, value in zip(snapshot.columns.nuggets, values, strict=True)}


NUGGETS = {
    "a": Nugget("a", {"en": "Baking bread"}, skills=("baking",)),
    "b": Nugget("b", {"en": "Tax law"}, skills=("law",)),
    "c": Nugget("c", {"en": "Baking rolls"}, skills=("baking", "milling")),
    "d": Nugget("d", {"en": "Baking cakes"}, skills=("baking",)),
}


def test_what_is_like_a_disliked_nugget_loses_as_far_as_it_shares_its_skills() -> None:
    snapshot = snapshot_of_popular(NUGGETS, [(one, 1.0, 1) for one in NUGGETS], {})
    lost = pytest.approx({"a": 0.0, "b": 0.0, "c": -0.505, "d": -2.01})
    assert _disliking(snapshot, "a") == lost
    assert _disliking(snapshot, "gone") == dict.fromkeys(NUGGETS, 0.0)


def test_with_a_model_the_content_counts_too(
    make_dataset: Callable[..., Dataset], make_snapshot: Callable[..., CatalogueSnapshot]
) -> None:
    definitions = {one: {"name": dict(nugget.titles)} for one, nugget in NUGGETS.items()}
    dataset = make_dataset({"u": ["a", "b", "c"], "v": ["d", "a"], "w": ["b", "d"]}, None, definitions)
    untold = {one: Nugget(one, nugget.titles) for one, nugget in NUGGETS.items()}
    lost = _disliking(make_snapshot(train(dataset, TrainingSettings(dimensions=4, epochs=1)), untold), "a")
    assert lost["d"] < 0.0 == lost["b"]


def test_of_equal_nuggets_only_a_hundred_are_compared() -> None:
    nuggets = {f"n{number:03}": Nugget(f"n{number:03}", skills=("sql",)) for number in range(300)}
    snapshot = snapshot_of_popular(nuggets, [], {})
    scores = np.zeros(300)
    values = disliked_boost(snapshot, ["n000"], scores, np.ones(300, dtype=bool)).values
    assert np.count_nonzero(values) == POOL
