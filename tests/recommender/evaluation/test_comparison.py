"""Comparisons on small and odd data: an answer, never an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from recommender.config import Settings, TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.evaluation import tuning
from recommender.evaluation.comparison import SERVED, compare
from recommender.evaluation.text import as_text
from recommender.metrics.splits import Split, split_by_learner, split_by_time, split_last

MakeDataset = Callable[..., Dataset]
TINY = ({"dimensions": 4, "epochs": 1},)
TWO = {"u": "ab", "v": "ba"}
FEW = {f"u{n}": [f"i{(n + step) % 7}" for step in range(5)] for n in range(20)}


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "IDS_GRID", TINY)


@pytest.mark.parametrize("taken", [TWO, {**TWO, "w": "a"}, FEW])
@pytest.mark.parametrize("hold_out", [split_last, lambda dataset: split_by_learner(dataset, 0.3)])
def test_few_learners_can_be_compared(
    make_dataset: MakeDataset, taken: Mapping[str, Sequence[str]], hold_out: Callable[..., Split]
) -> None:
    dataset = make_dataset({user: list(items) for user, items in taken.items()})
    settings = Settings(TrainingSettings(dimensions=4, epochs=1))
    found = compare(hold_out(dataset), {}, settings, lambda line: None)
    assert found.best_other in tuning.OTHERS
    assert {SERVED, found.best_other} <= set(found.ratios)
    assert "Best other by the validation" in as_text(found, with_groups=True)


def test_acts_of_one_second_and_learners_who_are_all_new_can_be_compared(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(FEW)
    settings = Settings(TrainingSettings(dimensions=4, epochs=1))
    together = replace(dataset, at=np.full(len(dataset.at), 1_700_000_000_000_000))
    assert len(split_by_time(together, 0.1).learners) == 0
    assert compare(split_last(together), {}, settings, lambda line: None).report.learners == 20
    fresh = replace(dataset, at=np.where(dataset.user_of < 5, 9, dataset.at * 0))
    split = split_by_time(fresh, 0.25)
    assert (np.diff(split.train.starts)[split.learners] == 0).all()
    found = compare(split, {}, settings, lambda line: None)
    assert [one.name for one in found.segments] == ["new"]
    assert found.differences["EASE"] == found.differences["item-kNN"]
