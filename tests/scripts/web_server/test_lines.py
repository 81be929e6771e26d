"""Lines of stores: each has its turn, and none takes more than its share."""

import pytest

from lrs.config import Settings
from scripts.web_server.lines import PRESENT_S, UNKNOWN, Kinds, Lines

KINDS = Kinds.from_settings(Settings(threads=8, max_waiting=1000))


@pytest.fixture
def lines():
    return Lines()


def fill(lines, store, kind, count, now=0.0):
    return [lines.add(store, kind, f"{store}{number}", now) for number in range(count)]


def take_all(lines):
    taken = []
    while found := lines.take():
        taken.append(found)
    return taken


def test_stores_are_served_in_turn_and_each_in_the_order_of_arrival(lines):
    fill(lines, "a", KINDS.light, 3)
    fill(lines, "b", KINDS.light, 2)
    assert [item for item, _ in take_all(lines)] == ["a0", "b0", "a1", "b1", "a2"]


def test_one_store_has_no_more_in_hand_than_its_threads_and_another_goes_on(lines):
    fill(lines, "a", KINDS.light, 100)
    assert len(take_all(lines)) == 8
    fill(lines, "b", KINDS.light, 1)
    [(item, name)] = take_all(lines)
    assert item == "b0"
    lines.done(name)
    assert lines.take() is None
    lines.done(("a", "light"))
    assert lines.take() == ("a8", ("a", "light"))


def test_large_answers_of_one_store_and_of_all_are_few(lines):
    for store in "abc":
        fill(lines, store, KINDS.heavy, 9)
    assert [item for item, _ in take_all(lines)] == ["a0", "b0"]
    fill(lines, "a", KINDS.light, 1)
    assert lines.take() == ("a0", ("a", "light"))


def test_large_bodies_take_all_threads_while_their_store_is_alone(lines):
    fill(lines, UNKNOWN, KINDS.light, 1)
    lines.take()
    fill(lines, "a", KINDS.batch, 9)
    assert len(take_all(lines)) == 8


def test_large_bodies_are_few_while_another_store_is_present(lines):
    lines.add("b", KINDS.light, "b", 0.0)
    lines.take()
    fill(lines, "a", KINDS.batch, 9)
    assert len(take_all(lines)) == 1
    lines.add("a", KINDS.batch, "late", PRESENT_S + 1)
    assert len(take_all(lines)) == 7


def test_what_waits_is_bounded_for_each_store(lines):
    assert fill(lines, "a", KINDS.light, 1009) == [True] * 1008 + [False]
    assert fill(lines, "a", KINDS.heavy, 64) == [True] * 63 + [False]
    assert fill(lines, "b", KINDS.light, 1) == [True]


def test_an_empty_line_is_forgotten(lines):
    fill(lines, "a", KINDS.light, 1)
    [(_, name)] = take_all(lines)
    lines.done(name)
    assert not lines._lines
