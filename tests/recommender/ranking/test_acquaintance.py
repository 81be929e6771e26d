from __future__ import annotations

import numpy as np

from recommender.ranking.acquaintance import DAY_US, Acquaintance, acquaintance

PEOPLE = 6


def _graph(*acts: tuple[int, int, int]) -> Acquaintance:
    """Make the graph of acts: who acted towards whom, how many days ago."""
    columns = (np.array(column, dtype=np.int64) for column in zip(*acts, strict=True))
    learners, peers, days = columns if acts else [np.zeros(0, dtype=np.int64)] * 3
    return acquaintance(learners, peers, np.ones(len(acts)), -days * DAY_US, PEOPLE)


def test_a_friend_of_two_friends_is_nearer_than_a_friend_of_one() -> None:
    near = _graph((0, 1, 0), (0, 2, 0), (1, 3, 0), (3, 2, 0), (4, 2, 0)).near(0)
    assert near[3] == 1.0
    assert 0 < near[4] < near[3]
    assert near[[0, 5]].tolist() == [0, 0]


def test_of_those_met_the_one_met_lately_is_nearest() -> None:
    near = _graph((0, 1, 60), (2, 0, 0)).near(0)
    assert near[2] == 1.0
    assert 0 < near[1] < 0.2


def test_people_met_do_not_hide_those_at_second_hand() -> None:
    graph = _graph((0, 1, 0), (1, 2, 0))
    assert graph.near(0).tolist() == [0, 1, 1, 0, 0, 0]
    assert np.flatnonzero(graph.met(0)).tolist() == [1]
    assert np.flatnonzero(graph.at_second_hand(0)).tolist() == [0, 2]


def test_without_any_exchange_nobody_is_near() -> None:
    graph = _graph()
    assert graph.share == 0
    assert graph.near(3).tolist() == [0] * PEOPLE
    assert not graph.at_second_hand(3).any()


def test_what_is_years_old_still_counts() -> None:
    graph = _graph((0, 1, 9000), (2, 3, 0))
    assert graph.contacts.tolist() == [1, 1, 1, 1, 0, 0]
    assert graph.near(0)[1] == 1.0
