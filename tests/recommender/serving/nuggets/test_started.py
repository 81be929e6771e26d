from __future__ import annotations

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.interactions.history import History, Positive
from recommender.serving.nuggets.scores import Scores
from recommender.serving.nuggets.started import begun_boost
from recommender.serving.state.nugget_table import build_columns

COLUMNS = build_columns([Nugget("a"), Nugget("b"), Nugget("c")])
SCORES = Scores(np.array([-0.5, 1.0, 4.0]), np.zeros(1), (), lambda item: ())


@pytest.mark.parametrize(
    ("verb", "lift"), [("launched", 2.5), ("failed", 2.5), ("viewed", 0.0), ("other", 0.0)]
)
def test_what_was_begun_is_lifted_to_the_least_score(verb: str, lift: float) -> None:
    history = History(glances=tuple(Positive(item, 1, 0.2, verb) for item in ("a", "c", "gone")))
    boost = begun_boost(COLUMNS, history, SCORES, 2.0)
    assert boost.values.tolist() == [lift, 0.0, 0.0]  # c stands higher already


def test_what_was_begun_says_so_by_its_own_name() -> None:
    history = History(glances=(Positive("a", 1, 0.2, "attempted"),))
    assert begun_boost(COLUMNS, history, SCORES, 2.0).names == {0: "a"}
