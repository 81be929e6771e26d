from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.models.cold_items import cold_items, lend_links, lend_vectors, lenders

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


def _lent(cold: list[bool], kept: int = 3) -> np.ndarray:
    mask = np.array(cold)
    links: np.ndarray = lend_links(LINKS, lenders(FEATURES[:3], mask), mask, kept).toarray()
    return links


def test_lenders_share_by_their_likeness_squared() -> None:
    features = sp.csr_matrix(np.array([[1, 0], [0.8, 0.6], [0.6, 0.8], [0, 1]], dtype=np.float32))
    shares = lenders(features, np.array([True, False, False, False])).toarray()
    assert shares.tolist() == [pytest.approx([0, 0.64, 0.36, 0])]


def test_meanings_count_as_much_as_features() -> None:
    features = sp.csr_matrix(np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32))
    meanings = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], dtype=np.float32)
    shares = lenders(features, np.array([True, False, False, False]), meanings=meanings).toarray()
    assert shares.tolist() == [[0, 0.5, 0.5, 0]]


def test_without_any_feature_the_nearest_in_meaning_lend() -> None:
    features = sp.csr_matrix((3, 0), dtype=np.float32)
    meanings = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    cold = np.array([True, False, False])
    assert lenders(features, cold, meanings=meanings).toarray().tolist() == [[0, 1, 0]]


def test_a_cold_item_gets_the_links_of_those_alike() -> None:
    links = _lent([False, True, False])
    assert links[2, 1] == 2
    assert np.array_equal(links[:, [0, 2]], LINKS.toarray()[:, [0, 2]])


def test_who_took_a_lender_is_tied_to_what_is_like_it_as_to_the_nearest() -> None:
    assert _lent([False, True, False])[0, 1] == 3


def test_of_what_is_lent_the_largest_links_are_kept() -> None:
    assert _lent([False, True, False], kept=1)[:, 1].tolist() == [3, 0, 0]


def test_without_cold_items_nothing_changes() -> None:
    none = np.zeros(3, dtype=bool)
    shares = lenders(FEATURES[:3], none)
    assert lend_links(LINKS, shares, none, 3) is LINKS
    assert np.array_equal(lend_vectors(np.eye(3), shares, none), np.eye(3))


def test_cold_items_lend_each_other_nothing() -> None:
    assert not _lent([True, True, False])[:, :2].any()


def test_cold_items_get_the_vectors_of_those_alike_or_keep_their_own() -> None:
    vectors = np.array([[1, 2], [3, 4], [5, 6], [7, 8]], dtype=np.float32)
    cold = np.array([False, True, False, True])
    assert lend_vectors(vectors, lenders(FEATURES, cold), cold).tolist() == [[1, 2], [1, 2], [5, 6], [7, 8]]


def test_links_that_count_against_something_are_lent_too() -> None:
    links = sp.csr_matrix(np.array([[0, 0, 0], [0, 0, 0], [-2, 0, 0]], dtype=np.float32))
    cold = np.array([False, True, False])
    lent = lend_links(links, lenders(FEATURES[:3], cold), cold, 1).toarray()
    assert lent[:, 1].tolist() == [0, 0, -2]
