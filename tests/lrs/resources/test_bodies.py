"""The bytes of bodies that one process works on at the same time."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

from lrs.resources.bodies import SMALL_BYTES, read_whole, register_budget
from lrs.resources.openapi import describe_routes
from lrs.resources.responses import register_errors

LARGE = 4 * SMALL_BYTES
WAIT_S = 30


class Stopping(io.RawIOBase):
    """A body whose last block comes when it is let go."""

    def __init__(self, size):
        self.parts = [b"x" * (size - SMALL_BYTES), b"x" * SMALL_BYTES]
        self.reached, self.go = threading.Event(), threading.Event()

    def readable(self):
        return True

    def readinto(self, buffer):
        if len(self.parts) == 1:
            self.reached.set()
            assert self.go.wait(WAIT_S)
        part = self.parts[0][: len(buffer)] if self.parts else b""
        if self.parts:
            self.parts[0] = self.parts[0][len(part) :]
            self.parts = self.parts if self.parts[0] else self.parts[1:]
        buffer[: len(part)] = part
        return len(part)


@pytest.fixture
def app():
    found = Flask("bodies")
    describe_routes(found, {}, {})
    register_errors(found)
    register_budget(found, LARGE)
    found.post("/")(lambda: str(len(read_whole(request, 100 * LARGE))))
    return found


def post(app, body):
    return app.test_client().post("/", data=body)


def post_slowly(app, slow, size):
    body = {"wsgi.input": io.BufferedReader(slow), "CONTENT_LENGTH": str(size)}
    return app.test_client().post("/", environ_overrides=body)


def test_what_is_beyond_the_budget_of_all_is_told_to_come_again_and_small_bodies_pass(app):
    slow = Stopping(LARGE)
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(post_slowly, app, slow, LARGE)
        assert slow.reached.wait(WAIT_S)
        refused = post(app, b"x" * (2 * SMALL_BYTES))
        small = post(app, b"x" * SMALL_BYTES)
        slow.go.set()
        assert waiting.result(WAIT_S).text == str(LARGE)
    assert (refused.status_code, small.status_code) == (503, 200)
    assert int(refused.headers["Retry-After"]) >= 1
    assert "Too many large requests" in refused.text
    assert post(app, b"x" * (2 * SMALL_BYTES)).status_code == 200


def test_one_body_by_itself_is_worked_on_although_it_is_beyond_the_budget(app):
    for _ in range(2):
        assert post(app, b"x" * (3 * LARGE)).text == str(3 * LARGE)
