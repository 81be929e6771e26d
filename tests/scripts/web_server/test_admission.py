"""Requests by turns: some handled, some waiting, the others refused, and every turn is given back."""

import threading
import time
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from lrs.config import Settings
from lrs.errors import LrsError
from scripts.web_server import admission
from scripts.web_server.admission import Turns


@dataclass
class Request:
    path: str = "/slow"
    command: str = "GET"
    query: str = ""
    headers: dict = field(default_factory=dict)
    body_bytes_received: int = 0
    error: object = None
    refusal: LrsError | None = None
    arrived: float = 0.0


SLOW = {"/slow", "/recommendations/outcomes"}


@dataclass
class Gate:
    """What all connections of a test wait at while they are handled."""

    go_on: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


class Connection:
    """A connection with one request: /slow waits at the gate, /broken fails, others are done at once."""

    def __init__(self, turns, gate, path="/slow", headers=None):
        self.requests = [Request(path, headers=headers or {})]
        self.done = threading.Event()
        self.refused = None
        self._turns, self._gate = turns, gate
        turns.add_task(self)

    def service(self):
        self.refused = self._turns.refusal_of(self.requests[0])
        if self.requests[0].path in SLOW and self.refused is None:
            self._gate.begun.release()
            assert self._gate.go_on.wait(30)
        self.done.set()
        assert self.requests[0].path != "/broken"

    def cancel(self):
        self.done.set()

    def status(self):
        assert self.done.wait(30)
        return self.refused.status if self.refused else 200


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.go_on.set()


@pytest.fixture
def make_turns(gate):
    made = []

    def make(at_once, waiting, wait_s, **more):
        made.append(Turns(Settings(threads=at_once, max_waiting=waiting, max_wait_s=wait_s), **more))
        return made[-1]

    yield make
    gate.go_on.set()
    for turns in made:
        turns.shutdown(30)


def occupy(turns, gate, count, headers=None):
    handled = [Connection(turns, gate, headers=headers) for _ in range(count)]
    assert all(gate.begun.acquire(timeout=30) for _ in handled)
    return handled


def test_a_request_that_finds_no_room_is_refused_at_once(make_turns, gate):
    turns = make_turns(2, 0, 30)
    handled = occupy(turns, gate, 2)
    assert Connection(turns, gate).status() == 503
    gate.go_on.set()
    assert [each.status() for each in handled] == [200, 200]


def test_a_request_that_waits_gets_the_next_turn(make_turns, gate):
    turns = make_turns(1, 1, 30)
    occupy(turns, gate, 1)
    waiting = Connection(turns, gate)
    assert not waiting.done.is_set()
    gate.go_on.set()
    assert waiting.status() == 200


@pytest.mark.parametrize(("waited", "status"), [(9, 200), (11, 503)])
def test_a_request_that_has_waited_too_long_is_refused(make_turns, gate, monkeypatch, waited, status):
    turns = make_turns(1, 1, 10)
    handled = occupy(turns, gate, 1)
    waiting = Connection(turns, gate)
    monkeypatch.setattr(admission, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + waited))
    gate.go_on.set()
    assert (handled[0].status(), waiting.status()) == (200, status)


@pytest.mark.parametrize("path", ["/health/alive"])
def test_some_requests_need_no_turn(make_turns, gate, path):
    turns = make_turns(1, 0, 30)
    occupy(turns, gate, 1)
    assert Connection(turns, gate, path).status() == 200


@pytest.mark.parametrize("path", ["/quick", "/broken"])
def test_every_turn_is_given_back(make_turns, gate, path):
    turns = make_turns(1, 0, 30)
    for _ in range(3):
        while Connection(turns, gate, path).status() != 200:
            pass  # the thread of the one before is about to give its turn back


@pytest.mark.parametrize("known", [{"error": "no HTTP"}, {"refusal": LrsError("too large")}])
def test_a_request_that_is_refused_by_its_head_needs_no_turn(make_turns, gate, known):
    turns = make_turns(1, 0, 30)
    occupy(turns, gate, 1)
    unreadable = Connection.__new__(Connection)
    unreadable.requests = [Request(**known)]
    answered = threading.Event()
    unreadable.service = answered.set
    turns.add_task(unreadable)
    assert answered.wait(30)


def test_a_store_that_takes_all_its_threads_leaves_one_for_another(make_turns, gate):
    turns = make_turns(2, 10, 30)
    busy, other = Request(headers={"AUTHORIZATION": "busy"}), Request(headers={"AUTHORIZATION": "other"})
    turns.learn(busy, "a store")
    turns.learn(other, "another store")
    handled = [Connection(turns, gate, headers=busy.headers) for _ in range(6)]
    assert all(gate.begun.acquire(timeout=30) for _ in range(2))
    assert Connection(turns, gate, "/quick", headers=other.headers).status() == 200
    assert not any(each.done.is_set() for each in handled)
    gate.go_on.set()
    assert [each.status() for each in handled] == [200] * 6


def test_sessions_of_pages_wait_with_their_store_and_a_visitor_of_none_with_no_store(make_turns, gate):
    turns = make_turns(2, 0, 30)
    turns.learn(Request(), "a store")  # by a form that carries a token
    turns.learn(Request(headers={"COOKIE": "a=b; learnerprise=one"}), "a store")
    turns.learn(Request(headers={"COOKIE": "learnerprise=two"}), "another store")
    occupy(turns, gate, 2, {"COOKIE": "learnerprise=one; a=c"})
    assert Connection(turns, gate, "/quick", {"COOKIE": "learnerprise=one"}).status() == 503
    assert Connection(turns, gate, "/quick", {"COOKIE": "learnerprise=two"}).status() == 200
    assert Connection(turns, gate, "/quick").status() == 200


def test_a_new_token_does_not_wait_with_those_whose_credential_is_not_known(make_turns, gate):
    turns = make_turns(2, 0, 30, key_of=lambda sent: sent.partition("-")[0] if "-" in sent else "")
    turns.learn(Request(headers={"AUTHORIZATION": "key-first"}), "a store")
    occupy(turns, gate, 2)
    assert Connection(turns, gate, "/quick", {"AUTHORIZATION": "made up"}).status() == 503
    assert Connection(turns, gate, "/quick", {"AUTHORIZATION": "key-second"}).status() == 200
    assert Connection(turns, gate, "/quick", {"AUTHORIZATION": "other-first"}).status() == 503


def test_too_many_large_answers_are_refused_as_too_many(make_turns, gate):
    turns = make_turns(4, 16, 30)
    path = "/recommendations/outcomes"
    held = [Connection(turns, gate, path) for _ in range(2)]
    assert gate.begun.acquire(timeout=30)
    assert Connection(turns, gate, path).status() == 429
    gate.go_on.set()
    assert [each.status() for each in held] == [200, 200]
