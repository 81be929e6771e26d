from __future__ import annotations

import pytest

from recommender.ranking.mix import mix

ORDERS = {"formal": range(10), "informal": range(100, 110), "social": range(200, 210)}


def test_a_list_keeps_to_the_shares() -> None:
    mixed = mix(ORDERS, {"formal": 5, "informal": 3, "social": 2}, [])[:10]
    assert [sum(low <= one < low + 10 for one in mixed) for low in (0, 100, 200)] == [5, 3, 2]


@pytest.mark.parametrize("length", range(1, 20))
def test_each_beginning_of_the_list_is_at_most_one_off(length: int) -> None:
    mixed = mix(ORDERS, {"formal": 5, "informal": 3, "social": 2}, [])[:length]
    for low, share in ((0, 0.5), (100, 0.3), (200, 0.2)):
        assert abs(sum(low <= one < low + 10 for one in mixed) - share * length) <= 1


def test_each_kind_keeps_its_order() -> None:
    mixed = mix(ORDERS, {"formal": 1, "informal": 1, "social": 1}, [])
    assert [one for one in mixed if one < 10] == list(range(10))


def test_where_a_kind_runs_out_the_others_go_on_and_the_rest_follows() -> None:
    orders = {"formal": [1, 2, 3], "social": [9]}
    assert mix(orders, {"formal": 1, "social": 3}, [7, 9, 1, 8]) == [9, 1, 2, 3, 7, 8]


def test_a_share_of_nothing_leaves_a_kind_out() -> None:
    assert mix({"formal": [1], "social": [9]}, {"formal": 1, "social": 0}, [1]) == [1]
