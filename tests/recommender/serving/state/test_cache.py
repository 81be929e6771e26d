"""Values that are read again in the background: nobody waits who need not, and no failure is lost."""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo.errors import AutoReconnect, OperationFailure

from lrs.errors import ServiceUnavailableError
from lrs.logging import JsonLineFormatter
from recommender.errors import CorruptModelError
from recommender.serving.state.cache import UNUSED_S, Refreshed

WITHIN_S = 20
MAX_AGE_S = 10.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Returns the number of the reading of a key; waits where a gate is shut, and fails with the next error."""

    def __init__(self) -> None:
        self.readings: Counter[str] = Counter()
        self.previous: dict[str, list[int | None]] = defaultdict(list)
        self.threads: list[int] = []
        self.errors: list[BaseException] = []
        self.begun = threading.Semaphore(0)
        self._gates: dict[str, threading.Event] = {}

    def shut(self, key: str) -> threading.Event:
        gate = self._gates[key] = threading.Event()
        return gate

    def read(self, key: str, previous: int | None) -> int:
        self.readings[key] += 1
        number = self.readings[key]
        self.previous[key].append(previous)
        self.threads.append(threading.get_ident())
        self.begun.release()
        if key in self._gates:
            assert self._gates[key].wait(WITHIN_S)
        if self.errors:
            raise self.errors.pop()
        return number


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def cache(source: Source, clock: Clock) -> Refreshed[str, int]:
    return Refreshed(source.read, MAX_AGE_S, 100, clock=clock)


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _no_thread_refreshes() -> bool:
    return all(thread.name != "refresh" for thread in threading.enumerate())


def test_the_first_reading_is_in_the_thread_that_asks_and_lasts(
    cache: Refreshed[str, int], source: Source, clock: Clock
) -> None:
    assert cache.get("a") == 1
    clock.now += MAX_AGE_S - 0.001
    assert cache.get("a") == 1
    assert source.threads == [threading.get_ident()]


def test_an_old_value_is_used_while_one_thread_reads_the_new_one(
    cache: Refreshed[str, int], source: Source, clock: Clock
) -> None:
    cache.get("a")
    clock.now += MAX_AGE_S
    gate = source.shut("a")
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(cache.get, ["a"] * 200)) == {1}
    assert source.readings["a"] == 2
    gate.set()
    _wait_for(lambda: cache.get("a") == 2)
    assert source.readings["a"] == 2
    assert source.threads[1] != threading.get_ident()


def test_a_reading_is_given_the_value_before(
    cache: Refreshed[str, int], source: Source, clock: Clock
) -> None:
    for number in (1, 2, 3):
        _wait_for(lambda number=number: cache.get("a") == number)  # type: ignore[misc]
        clock.now += MAX_AGE_S
    assert source.previous["a"][:3] == [None, 1, 2]


def test_with_an_age_of_0_every_request_reads_at_once(source: Source) -> None:
    cache = Refreshed(source.read, 0, 100)
    assert [cache.get("a") for _ in range(3)] == [1, 2, 3]
    assert set(source.threads) == {threading.get_ident()}


def test_with_an_age_of_0_too_nobody_waits_for_the_reading_of_another(source: Source) -> None:
    cache = Refreshed(source.read, 0, 100)
    cache.get("a")
    gate = source.shut("a")
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(cache.get, "a")
        assert source.begun.acquire(timeout=WITHIN_S)
        assert source.begun.acquire(timeout=WITHIN_S)
        assert cache.get("a") == 1
        gate.set()
        assert other.result(WITHIN_S) == 2


def test_the_first_reading_of_a_key_does_not_wait_for_that_of_another(
    cache: Refreshed[str, int], source: Source
) -> None:
    gate = source.shut("slow")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(cache.get, "slow")
        assert source.begun.acquire(timeout=WITHIN_S)
        assert cache.get("quick") == 1
        assert not slow.done()
        gate.set()
        assert slow.result(WITHIN_S) == 1


def test_all_requests_for_a_new_key_wait_for_the_same_reading(
    cache: Refreshed[str, int], source: Source
) -> None:
    gate = source.shut("a")
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(cache.get, "a") for _ in range(8)]
        assert source.begun.acquire(timeout=WITHIN_S)
        gate.set()
        assert [one.result(WITHIN_S) for one in asked] == [1] * 8
    assert source.readings["a"] == 1


def test_a_first_reading_that_fails_is_raised_and_tried_again(
    cache: Refreshed[str, int], source: Source
) -> None:
    source.errors = [ServiceUnavailableError("The database is away.")]
    with pytest.raises(ServiceUnavailableError):
        cache.get("a")
    assert cache.get("a") == 2


def test_a_first_reading_that_fails_is_raised_in_every_thread_that_waits(
    cache: Refreshed[str, int], source: Source
) -> None:
    gate = source.shut("a")
    source.errors = [ServiceUnavailableError("The database is away.")]
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(cache.get, "a")
        assert source.begun.acquire(timeout=WITHIN_S)
        others = [pool.submit(cache.get, "a") for _ in range(3)]
        _wait_for(lambda: all(one.running() for one in others))
        gate.set()
        assert isinstance(first.exception(WITHIN_S), ServiceUnavailableError)
        outcomes = [one.exception(WITHIN_S) or one.result() for one in others]
    assert all(one == 2 or isinstance(one, ServiceUnavailableError) for one in outcomes)


@pytest.mark.parametrize(
    "error",
    [
        ServiceUnavailableError("gone"),
        CorruptModelError("gone"),
        AutoReconnect("gone"),
        OperationFailure("gone"),
        KeyError("gone"),
    ],
)
def test_a_failing_refresh_is_one_line_in_the_log_and_tried_again(
    cache: Refreshed[str, int],
    source: Source,
    clock: Clock,
    error: Exception,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    cache.get("a")
    clock.now += MAX_AGE_S
    source.errors = [error]
    assert cache.get("a") == 1
    _wait_for(_no_thread_refreshes)
    [record] = caplog.records
    line = JsonLineFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["event"].startswith("a not refreshed: ")
    assert "gone" in json.loads(line)["event"]
    assert record.levelno == logging.ERROR
    assert cache.get("a") == 1
    assert source.readings["a"] == 2  # not before the time
    clock.now += MAX_AGE_S
    _wait_for(lambda: cache.get("a") == 3)
    assert "Traceback" not in capfd.readouterr().err


def test_with_an_age_of_0_a_failing_refresh_keeps_the_old_value(
    source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    cache = Refreshed(source.read, 0, 100)
    cache.get("a")
    source.errors = [AutoReconnect("gone")]
    assert cache.get("a") == 1
    assert "gone" in caplog.text
    assert cache.get("a") == 3


def test_where_no_thread_can_be_started_the_old_value_is_used_and_it_is_tried_again(
    cache: Refreshed[str, int],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    cache.get("a")
    clock.now += MAX_AGE_S
    with monkeypatch.context() as limited:
        limited.setattr(threading.Thread, "start", refuse)
        assert cache.get("a") == 1
    assert "can't start new thread" in caplog.text
    clock.now += MAX_AGE_S
    _wait_for(lambda: cache.get("a") == 2)


def test_a_value_that_is_not_current_is_read_again_whatever_its_age(
    cache: Refreshed[str, int], source: Source
) -> None:
    cache.get("a")
    _wait_for(lambda: cache.get("a", is_current=lambda value: value >= 3) == 3)
    assert cache.get("a", is_current=lambda value: value >= 3) == 3
    assert source.readings["a"] == 3


def test_after_a_failure_one_that_is_not_current_waits_for_its_time(
    cache: Refreshed[str, int], source: Source, clock: Clock
) -> None:
    cache.get("a")
    clock.now += 1
    source.errors = [AutoReconnect("gone")]
    for _ in range(2):
        assert cache.get("a", is_current=lambda value: value > 1) == 1
        _wait_for(_no_thread_refreshes)
    assert source.readings["a"] == 2
    clock.now += MAX_AGE_S
    _wait_for(lambda: cache.get("a") == 3)


def test_a_value_too_old_to_use_is_read_by_the_thread_that_asks(source: Source, clock: Clock) -> None:
    cache = Refreshed(
        source.read, MAX_AGE_S, 100, serves_old=lambda value, age_s: age_s < 2 * MAX_AGE_S, clock=clock
    )
    cache.get("a")
    clock.now += MAX_AGE_S
    _wait_for(lambda: cache.get("a") == 2)  # read in the background
    clock.now += 2 * MAX_AGE_S
    assert cache.get("a") == 3
    assert source.threads[0] == source.threads[2] == threading.get_ident()


def test_a_request_that_cannot_use_the_old_value_waits_for_the_reading_under_way(
    source: Source, clock: Clock
) -> None:
    cache = Refreshed(
        source.read, MAX_AGE_S, 100, serves_old=lambda value, age_s: age_s < 2 * MAX_AGE_S, clock=clock
    )
    cache.get("a")
    clock.now += MAX_AGE_S
    gate = source.shut("a")
    assert cache.get("a") == 1
    clock.now += MAX_AGE_S
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cache.get, "a")
        assert not waiting.done()
        gate.set()
        assert waiting.result(WITHIN_S) == 2
    assert source.readings["a"] == 2


def test_a_failing_reading_is_raised_where_the_old_value_cannot_be_used(source: Source, clock: Clock) -> None:
    cache = Refreshed(source.read, MAX_AGE_S, 100, serves_old=lambda value, age_s: False, clock=clock)
    cache.get("a")
    assert cache.get("a") == 1  # a fresh value is used in any case
    clock.now += MAX_AGE_S
    source.errors = [AutoReconnect("gone")]
    with pytest.raises(AutoReconnect):
        cache.get("a")
    assert cache.get("a") == 3


def test_a_reading_slower_than_the_age_is_not_repeated_without_a_pause(clock: Clock) -> None:
    readings = []

    def read(key: str, previous: int | None) -> int:
        readings.append(key)
        clock.now += 3 * MAX_AGE_S
        return len(readings)

    cache = Refreshed(read, MAX_AGE_S, 100, clock=clock)
    assert cache.get("a") == 1
    assert cache.get("a") == 1
    assert len(readings) == 1


def test_of_more_keys_than_are_kept_the_one_unused_for_longest_goes(source: Source, clock: Clock) -> None:
    cache = Refreshed(source.read, MAX_AGE_S, 2, clock=clock)
    for key in ("a", "b", "a", "c"):
        cache.get(key)
    assert [cache.get(key) for key in ("a", "c")] == [1, 1]
    assert cache.get("b") == 2


def test_very_many_keys_do_not_pile_up(source: Source) -> None:
    cache = Refreshed(source.read, MAX_AGE_S, 50)
    for number in range(1000):
        cache.get(str(number))
    assert len(cache._entries) == 50


def test_a_value_that_nobody_used_for_long_is_forgotten(
    cache: Refreshed[str, int], source: Source, clock: Clock
) -> None:
    cache.get("a")
    for _ in range(3):  # each use counts
        clock.now += UNUSED_S / 2
        _wait_for(_no_thread_refreshes)
        cache.get("a")
    _wait_for(_no_thread_refreshes)
    assert source.previous["a"] == [None, 1, 2, 3]
    clock.now += UNUSED_S
    cache.get("a")
    assert source.previous["a"] == [None, 1, 2, 3, None]


def test_no_threads_are_left_and_no_key_is_read_twice_at_a_time_however_many_ask() -> None:
    under_way: Counter[int] = Counter()
    overlaps: list[int] = []

    def read(key: int, previous: int | None) -> int:
        under_way[key] += 1
        if under_way[key] > 1:
            overlaps.append(key)
        time.sleep(0.0005)
        under_way[key] -= 1
        if key == 7 and (previous or 0) % 3 == 2:
            raise AutoReconnect("gone now and then")
        return (previous or 0) + 1

    cache = Refreshed(read, 0.001, 100)

    def ask(seed: int) -> bool:
        order = random.Random(seed)
        return all(cache.get(order.randrange(20)) >= 1 for _ in range(300))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
    _wait_for(_no_thread_refreshes)
    assert overlaps == []
