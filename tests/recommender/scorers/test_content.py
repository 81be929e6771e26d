from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.scorers.content import cold_items, lend_links

FEATURES = sp.csr_matrix(np.array([[1, 0], [1, 0], [0, 1], [0, 0]], dtype=np.float32))
LINKS = sp.csr_matrix(np.array([[0, 0, 3], [0, 0, 0], [2, 0, 0]], dtype=np.float32))


@pytest.mark.parametrize(
    ("popularity", "below", "cold"),
    [
        ([5, 1, 2, 0], 2, [False, True, False, True]),
        ([0, 1, 2, 1], 2, [True, True, False, False]),
        ([0, 1, 2, 0], 0, [False, False, False, False]),
    ],
)
def test_cold_is_what_nobody_took_or_few_where_features_describe_it(
    popularity: list[int], below: int, cold: list[bool]
) -> None:
    assert cold_items(FEATURES, np.array(popularity), below).tolist() == cold


def test_a_cold_item_gets_the_links_of_those_alike() -> None:
    features, cold = FEATURES[:3], np.array([False, True, False])
    links = lend_links(LINKS, features, cold).toarray()
    assert links[2, 1] > 0
    assert links[0, 1] == 0
    assert np.array_equal(links[:, [0, 2]], LINKS.toarray()[:, [0, 2]])


def test_without_cold_items_nothing_changes() -> None:
    assert lend_links(LINKS, FEATURES[:3], np.zeros(3, dtype=bool)) is LINKS


def test_cold_items_lend_each_other_nothing() -> None:
    links = lend_links(LINKS, FEATURES[:3], np.array([True, True, False])).toarray()
    assert not links[:, :2].any()
