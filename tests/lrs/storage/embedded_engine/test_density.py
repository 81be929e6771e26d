import pytest

from lrs.storage.embedded_engine import density
from lrs.storage.embedded_engine.density import WIDEST, Densities


@pytest.fixture
def densities():
    return Densities()


def test_of_a_filter_never_seen_every_statement_is_taken_to_match(densities):
    assert densities.expect("filter", 101) == 101


def test_what_was_learned_says_how_many_statements_hold_a_page_with_a_margin(densities):
    densities.learn("filter", 101, 1010)
    assert densities.expect("filter", 101) == pytest.approx(1010 * density.MARGIN, rel=0.01)
    assert densities.expect("another", 101) == 101


def test_what_never_matches_is_not_taken_to_lie_beyond_all_bounds(densities):
    densities.learn("filter", 0, 10**9)
    assert densities.expect("filter", 101) == WIDEST


def test_newer_pages_count_more_than_older_ones(densities):
    densities.learn("filter", 1, 100)
    for _ in range(20):
        densities.learn("filter", 1, 10)
    assert densities.expect("filter", 100) == pytest.approx(1000 * density.MARGIN, rel=0.02)


def test_what_is_remembered_is_bounded(densities, monkeypatch):
    monkeypatch.setattr(density, "MOST_REMEMBERED", 3)
    for number in range(10):
        densities.learn(number, 1, 2)
    assert len(densities._spacings) <= 3


def test_where_the_last_statements_are_not_counted_yet_fewer_are_expected(densities):
    densities.learn("newest", 101, 20)
    assert densities.expect("newest", 101) == 22
