from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from lrs.errors import ServiceUnavailableError
from lrs.storage.embedded_engine.budget import Budget

DEADLINE_S = 20


class Holder:
    """A thread that takes room and keeps it until told to leave."""

    def __init__(self, pool: ThreadPoolExecutor, room: Budget, size: int, order: list[int]) -> None:
        self.inside, self.leave = threading.Event(), threading.Event()
        self._order = order
        self.done: Future[None] = pool.submit(self._hold, room, size)

    def _hold(self, room: Budget, size: int) -> None:
        with room.taken(size):
            self._order.append(size)
            self.inside.set()
            assert self.leave.wait(DEADLINE_S)


@pytest.fixture
def room() -> Budget:
    return Budget(10, DEADLINE_S)


@pytest.fixture
def hold(room: Budget) -> Callable[..., Holder]:
    """Take room in a thread; with `waits` return when it waits, else when it has it."""
    order: list[int] = []
    pool = ThreadPoolExecutor(8)

    def start(size: int, *, waits: bool = False) -> Holder:
        waiting = len(room._queue)
        holder = Holder(pool, room, size, order)
        if waits:
            with room._changed:
                assert room._changed.wait_for(lambda: len(room._queue) > waiting, DEADLINE_S)
        else:
            assert holder.inside.wait(DEADLINE_S)
        return holder

    start.order = order  # type: ignore[attr-defined]
    return start


def test_those_that_fit_hold_it_together(hold: Callable[..., Holder]) -> None:
    holders = [hold(4), hold(3), hold(3)]
    for holder in holders:
        holder.leave.set()
        holder.done.result(DEADLINE_S)


def test_it_is_given_in_the_order_of_asking(hold: Callable[..., Holder]) -> None:
    first = hold(8)
    large, small = hold(9, waits=True), hold(1, waits=True)
    assert not small.inside.is_set()  # it would fit, but came later
    first.leave.set()
    assert large.inside.wait(DEADLINE_S)
    assert small.inside.wait(DEADLINE_S)
    assert hold.order == [8, 9, 1]  # type: ignore[attr-defined]
    for holder in (large, small):
        holder.leave.set()
        holder.done.result(DEADLINE_S)


def test_what_is_larger_than_all_of_it_gets_all_of_it(hold: Callable[..., Holder]) -> None:
    alone = hold(100)
    other = hold(1, waits=True)
    assert not other.inside.is_set()
    for holder in (alone, other):
        holder.leave.set()
        holder.done.result(DEADLINE_S)


def test_who_waits_for_too_long_is_told_to_come_again_and_is_in_nobodys_way() -> None:
    room = Budget(10, 0.01)
    with room.taken(10), pytest.raises(ServiceUnavailableError), room.taken(1):
        raise AssertionError("there is no room")
    with room.taken(10):
        pass


def test_what_fails_gives_its_room_back() -> None:
    room = Budget(10, 0.01)
    with pytest.raises(ValueError), room.taken(10):
        raise ValueError
    with room.taken(10):
        pass
