"""Changes are said with an interval, and only where chance does not explain them."""

import pytest

from pages.insights.changes import bounds, change
from recommender.insights.answers import FEW, Cell


def share(count, of):
    return Cell(count / of, count, of)


@pytest.mark.parametrize(
    ("now", "before", "direction"),
    [
        (share(578, 812), share(480, 812), "up"),
        (share(480, 812), share(578, 812), "down"),
        (share(578, 812), share(570, 812), "none"),
        (share(5, 5), share(3, 5), "none"),
        (share(0, 800), share(0, 800), "none"),
        (Cell(5.0, low=4.0, high=6.0), Cell(9.0, low=8.0, high=10.0), "down"),
        (Cell(5.0, low=4.0, high=6.0), Cell(5.5, low=4.0, high=7.0), "none"),
        (Cell(900.0), Cell(700.0), "up"),
        (Cell(14.0), Cell(9.0), "none"),
    ],
)
def test_a_change_has_a_direction_where_its_interval_leaves_zero_out(now, before, direction):
    found = change(now, before)
    assert found.direction == direction
    assert found.low <= found.difference <= found.high


@pytest.mark.parametrize(
    ("now", "before"), [(FEW, share(5, 9)), (share(5, 9), FEW), (None, share(5, 9)), (Cell(), Cell())]
)
def test_nothing_is_compared_with_what_is_hidden_or_missing(now, before):
    assert change(now, before) is None


def test_the_difference_of_shares_is_bounded_as_newcombe_does():
    found = change(share(56, 70), share(48, 80))  # the example of his paper of 1998
    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=0.0001)


def test_the_bounds_of_a_share_stay_between_none_and_all():
    assert bounds(share(0, 10))[0] == pytest.approx(0)
    assert bounds(share(10, 10))[1] == pytest.approx(1)
