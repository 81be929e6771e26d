from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.errors import TooLittleDataError
from recommender.training.search import CHOICES, search

Interests = Callable[..., dict[str, list[str]]]
MakeDataset = Callable[..., Dataset]


def _clock() -> Callable[[], float]:
    """A clock that goes on by a second whenever it is looked at."""
    ticks = count()
    return lambda: float(next(ticks))


def test_the_best_of_what_the_budget_allows_is_found(
    interests: Interests, make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    poor = replace(quick, epochs=1, learning_rate=0.001)
    lines: list[str] = []
    found = search(make_dataset(interests(60)), poor, 12, lines.append, _clock())
    assert found.ndcg > found.first_ndcg
    assert found.tried == 1 + len(lines) > 3
    assert found.settings.keys() == CHOICES.keys()


def test_a_budget_for_one_training_keeps_the_settings(
    interests: Interests, make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    found = search(make_dataset(interests(40)), quick, 0, lambda line: None, _clock())
    assert (found.tried, found.ndcg) == (1, found.first_ndcg)
    assert found.settings == {name: getattr(quick, name) for name in CHOICES}


def test_too_few_learners_to_judge_by_are_told(make_dataset: MakeDataset, quick: TrainingSettings) -> None:
    with pytest.raises(TooLittleDataError, match="learners to judge"):
        search(make_dataset({"u": ["a", "b"]}), quick, 60, lambda line: None)


def test_all_choices_are_training_settings() -> None:
    assert CHOICES.keys() <= TrainingSettings().as_dict().keys()
