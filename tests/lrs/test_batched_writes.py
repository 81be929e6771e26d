"""Nobody waits for a batch; what waits at the end is written; there is room for so many."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from lrs.batched_writes import BatchedWrites


class Slow:
    """Writes that wait to be let through."""

    def __init__(self) -> None:
        self.began, self.goes_on = threading.Event(), threading.Event()
        self.written: list[list[int]] = []

    def write(self, items: Sequence[int]) -> None:
        self.began.set()
        assert self.goes_on.wait(20)
        self.written.append(list(items))


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.goes_on.set()


def test_with_no_pause_an_item_is_written_at_once() -> None:
    written: list[list[int]] = []
    BatchedWrites("numbers", lambda items: written.append(list(items)), 0).add(1)
    assert written == [[1]]


def test_nobody_waits_for_the_writing_thread(slow: Slow) -> None:
    writes: BatchedWrites[int] = BatchedWrites("numbers", slow.write, 0.001)
    writes.add(0)
    writer = writes._writer
    assert writer is not None
    assert slow.began.wait(20)
    for number in range(1, 6):
        writes.add(number)
    assert (writes._writer, slow.written) == (writer, [])
    slow.goes_on.set()
    writer.join(20)
    assert (slow.written, writes._writer, writes._unwritten) == ([[0], [1, 2, 3, 4, 5]], None, 0)


def test_the_end_waits_for_what_is_being_written(slow: Slow) -> None:
    writes: BatchedWrites[int] = BatchedWrites("numbers", slow.write, 0.001)
    writes.add(1)
    assert slow.began.wait(20)
    ending = threading.Thread(target=writes.flush)
    ending.start()
    ending.join(0.05)
    assert ending.is_alive()
    slow.goes_on.set()
    ending.join(20)
    assert slow.written == [[1]]


def test_where_no_thread_can_be_started_the_next_item_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    written: list[int] = []
    writes: BatchedWrites[int] = BatchedWrites("numbers", written.extend, 0.001)
    with monkeypatch.context() as limited:
        limited.setattr(threading.Thread, "start", refuse)
        writes.add(1)
    assert writes._writer is None
    writes.add(2)
    writes.flush()
    assert written == [1, 2]


def test_no_more_wait_than_there_is_room_for(caplog: pytest.LogCaptureFixture) -> None:
    written: list[int] = []
    writes: BatchedWrites[int] = BatchedWrites("numbers", written.extend, 60, most_waiting=2)
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            writes.add(number)
    writes.flush()
    writes.flush()
    assert written == [0, 1]
    assert "write_dropped" in caplog.text


def test_an_unforeseen_error_is_logged_and_later_items_are_written(caplog: pytest.LogCaptureFixture) -> None:
    written: list[int] = []

    def write(items: Sequence[int]) -> None:
        if 1 in items:
            raise KeyError("unforeseen")
        written.extend(items)

    writes: BatchedWrites[int] = BatchedWrites("numbers", write, 0.001)
    writes.add(1)
    deadline = time.monotonic() + 20
    while writes._writer is not None:
        assert time.monotonic() < deadline
    assert "unforeseen" in caplog.text
    assert writes._unwritten == 0
    writes.add(2)
    writes.flush()
    assert written == [2]
