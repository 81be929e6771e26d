"""Work that is joined: one group at a time, nobody forgotten, each with an outcome of his own."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lrs.errors import ServiceUnavailableError
from lrs.storage.joining import Joined


class Work:
    """Notes the groups; the first is held until `go` is set."""

    def __init__(self):
        self.groups = []
        self.go = threading.Event()
        self.joined = Joined(self)

    def __call__(self, items):
        self.groups.append(list(items))
        self.go.wait(30)
        return [ValueError(item) if item < 0 else None for item in items]

    def waiting(self, count):
        deadline = time.monotonic() + 30
        while len(self.joined._waiting) < count and time.monotonic() < deadline:
            time.sleep(0.001)
        assert len(self.joined._waiting) == count


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(40) as threads:
        yield threads


@pytest.fixture
def held(work, pool):
    """Do items of which the first is being done when the others come."""

    def start(first, *others):
        futures = [pool.submit(work.joined.do, first)]
        deadline = time.monotonic() + 30
        while not work.groups and time.monotonic() < deadline:
            time.sleep(0.001)
        futures += [pool.submit(work.joined.do, item) for item in others]
        work.waiting(len(others))
        return futures

    return start


def test_one_alone_is_done_at_once(work):
    work.go.set()
    work.joined.do(1)
    work.joined.do(2)
    assert work.groups == [[1], [2]]


def test_who_comes_meanwhile_forms_the_next_group(work, held):
    futures = held(1, 2, 3, 4)
    work.go.set()
    assert [future.result(30) for future in futures] == [None] * 4
    assert [sorted(group) for group in work.groups] == [[1], [2, 3, 4]]


def test_each_hears_its_own_outcome(work, held):
    futures = held(1, -2, 3)
    work.go.set()
    assert [type(future.exception(30)) for future in futures] == [type(None), ValueError, type(None)]


def test_when_the_work_fails_its_leader_hears_why_and_the_others_to_try_again(work, held, monkeypatch):
    futures = held(1, 2, 3)
    monkeypatch.setattr(work.joined, "_work", lambda items: 1 / 0)
    work.go.set()
    errors = [type(future.exception(30)) for future in futures]
    assert errors[0] is type(None)
    assert sorted(error.__name__ for error in errors[1:]) == [
        "ServiceUnavailableError",
        "ZeroDivisionError",
    ]


def test_after_a_failure_the_next_are_done(work, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(work.joined, "_work", lambda items: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            work.joined.do(1)
    work.go.set()
    work.joined.do(2)
    assert work.groups == [[2]]


def test_many_threads_are_all_served_once():
    done = []

    def work(items):
        done.extend(items)
        return [ServiceUnavailableError("odd") if item % 2 else None for item in items]

    def attempt(item):
        try:
            joined.do(item)
        except ServiceUnavailableError:
            return "odd"
        return "even"

    joined = Joined(work)
    with ThreadPoolExecutor(32) as threads:
        outcomes = list(threads.map(attempt, range(2000)))
    assert sorted(done) == list(range(2000))
    assert outcomes == ["even", "odd"] * 1000
