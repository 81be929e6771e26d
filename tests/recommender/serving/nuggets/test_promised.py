from __future__ import annotations

import numpy as np

from recommender.catalogue.nuggets import Nugget
from recommender.interactions.history import Positive
from recommender.serving.nuggets.promised import in_order_of_time
from recommender.serving.state.nugget_table import build_columns

COLUMNS = build_columns([Nugget(name) for name in "abcd"])


def test_a_shelf_is_newest_first_also_where_scores_are_equal() -> None:
    acts = [Positive(item, at, 1.0, "viewed") for at, item in enumerate("bdac")]
    scores = np.array([1.0, 1.0, 2.0, 1.0])
    shelf = scores + in_order_of_time(COLUMNS, acts, scores, np.ones(4, dtype=bool)).values
    assert [COLUMNS.nuggets[one].id for one in np.argsort(-shelf)] == ["c", "a", "d", "b"]
    assert len(set(shelf.tolist())) == 4
