"""Requests by turns: some handled, some waiting, the others refused, and every turn is given back."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from lrs.resources.admission import LARGE_BYTES, Limits, register_admission
from lrs.resources.alternate import register_alternate_syntax
from lrs.resources.responses import register_errors

LARGE = b"x" * (LARGE_BYTES + 1)


class Gated:
    """An application whose handling waits until it is let go."""

    def __init__(self, limits):
        self.go_on = threading.Event()
        self.begun = threading.Semaphore(0)
        self.app = Flask("gated")
        self.app.add_url_rule("/slow", view_func=self.slow, methods=["POST"])
        self.app.add_url_rule("/stream", "stream", lambda: (iter([b"a", b"b"]), 200))
        self.app.add_url_rule("/broken", view_func=self.broken)
        self.app.add_url_rule("/health/alive", "alive", lambda: "alive")
        register_errors(self.app)
        register_alternate_syntax(self.app, 1000)
        register_admission(self.app, limits)

    def slow(self):
        self.begun.release()
        assert self.go_on.wait(30)
        return "done"

    def broken(self):
        raise RuntimeError("on purpose")

    def post(self, body=b""):
        return self.app.test_client().post("/slow", data=body).status_code

    def get(self, path):
        return self.app.test_client().get(path)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(16) as running:
        yield running


def occupy(gated, pool, count, body=b""):
    handled = [pool.submit(gated.post, body) for _ in range(count)]
    assert all(gated.begun.acquire(timeout=30) for _ in handled)
    return handled


def test_who_finds_no_room_is_refused_at_once_with_a_hint(pool):
    gated = Gated(Limits(2, 0, 30))
    handled = occupy(gated, pool, 2)
    refused = gated.app.test_client().post("/slow")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert refused.json["code"] == "service_unavailable"
    assert gated.get("/health/alive").status_code == 200
    gated.go_on.set()
    assert [future.result() for future in handled] == [200, 200]
    assert gated.post() == 200


def test_who_waits_gets_the_next_turn(pool):
    gated = Gated(Limits(1, 1, 30))
    occupy(gated, pool, 1)
    waiting = pool.submit(gated.post)
    gated.go_on.set()
    assert waiting.result() == 200


def test_who_waits_too_long_is_refused(pool):
    gated = Gated(Limits(1, 1, 0.05))
    handled = occupy(gated, pool, 1)
    assert gated.post() == 503
    gated.go_on.set()
    assert handled[0].result() == 200
    assert gated.post() == 200


def test_large_bodies_leave_half_of_the_turns_to_others(pool):
    gated = Gated(Limits(4, 0, 0.05))
    handled = occupy(gated, pool, 2, LARGE)
    assert gated.post(LARGE) == 503
    handled += occupy(gated, pool, 2)
    assert gated.post() == 503
    gated.go_on.set()
    assert [future.result() for future in handled] == [200] * 4


@pytest.mark.parametrize("path", ["/stream", "/broken", "/nowhere"])
def test_every_turn_is_given_back(path):
    gated = Gated(Limits(1, 0, 0))
    gated.go_on.set()
    for _ in range(3):
        gated.get(path).close()
    assert gated.post() == 200


def test_a_turn_is_kept_until_a_stream_has_ended():
    gated = Gated(Limits(1, 0, 0))
    gated.go_on.set()
    stream = gated.get("/stream")
    assert gated.post() == 503
    stream.close()
    assert gated.post() == 200
