from __future__ import annotations

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.interactions.history import History, Positive
from recommender.serving.nuggets.scores import Scores
from recommender.serving.nuggets.started import started_boost
from recommender.serving.state.nugget_table import build_columns

COLUMNS = build_columns([Nugget("a"), Nugget("b"), Nugget("c")])
SCORES = Scores(np.array([-0.5, 1.0, 4.0]), np.zeros(1), (), lambda item: ())


@pytest.mark.parametrize(
    ("verb", "lift"), [("launched", 2.5), ("failed", 2.5), ("viewed", 0.0), ("other", 0.0)]
)
def test_a_started_nugget_is_raised_to_the_minimum(verb: str, lift: float) -> None:
    history = History(views=tuple(Positive(item, 1, 0.2, verb) for item in ("a", "c", "gone")))
    boost = started_boost(COLUMNS, history, SCORES, 2.0)
    assert boost.values.tolist() == [lift, 0.0, 0.0]  # c stands higher already


def test_a_started_nugget_is_named_by_itself() -> None:
    history = History(views=(Positive("a", 1, 0.2, "attempted"),))
    assert started_boost(COLUMNS, history, SCORES, 2.0).names == {0: "a"}
