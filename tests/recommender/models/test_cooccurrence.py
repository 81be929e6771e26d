from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.config import TrainingSettings
from recommender.models.cooccurrence import cooccurrence

TAKEN = sp.csr_matrix(
    np.array([[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]], dtype=np.float32)
)


@pytest.mark.parametrize("ease_items", [10, 0], ids=["EASE", "item-kNN"])
def test_what_is_taken_together_is_linked_and_nothing_to_itself(ease_items: int) -> None:
    links = cooccurrence(TAKEN, TrainingSettings(ease_items=ease_items, ease_regularisation=1)).toarray()
    assert links[0, 1] > max(links[0, 2], links[0, 3])
    assert links[2, 3] > max(links[2, 0], links[2, 1])
    assert not np.diag(links).any()


def test_ease_is_the_ridge_regression_of_each_item_on_the_others() -> None:
    links = cooccurrence(TAKEN, TrainingSettings(ease_regularisation=2)).toarray()
    taken = TAKEN.toarray()
    others = taken[:, 1:]
    solved = np.linalg.solve(others.T @ others + 2 * np.eye(3), others.T @ taken[:, 0])
    assert links[1:, 0] == pytest.approx(solved, abs=1e-5)


@pytest.mark.parametrize("ease_items", [10, 0])
def test_only_the_largest_links_are_kept(ease_items: int) -> None:
    links = cooccurrence(TAKEN, TrainingSettings(ease_items=ease_items, neighbours=1))
    assert np.diff(links.indptr).max() == 1
    assert links[0, 1] > 0


@pytest.mark.parametrize("ease_items", [10, 0])
def test_items_that_nobody_took_have_no_links(ease_items: int) -> None:
    taken = sp.csr_matrix((3, 2), dtype=np.float32)
    assert cooccurrence(taken, TrainingSettings(ease_items=ease_items)).nnz == 0
