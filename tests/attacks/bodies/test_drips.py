"""Bodies that come a byte at a time, with and without a credential, are in nobody's way."""

import threading
from contextlib import suppress

import pytest
import requests

LONG = {"Content-Length": "104857600", "Content-Type": "application/json"}
SHORT = {"Content-Length": "60000", "Content-Type": "application/json"}
WITHOUT, WITH = 100, 20
ROUNDS = 5


@pytest.fixture
def dripping(attacked, credential, request_head):
    """Hundred connections without a credential and twenty with one, each sending a byte now and then."""
    authorization = credential()
    heads = [
        request_head("POST", "/xapi/statements", LONG) + b"[",
        request_head("POST", "/xapi/statements", SHORT) + b"[",
        request_head("POST", "/xapi/statements?method=PUT", LONG) + b"content=",
        request_head("POST", "/xapi/statements", LONG)[:-10],
    ]
    known = request_head("POST", "/xapi/statements", {**LONG, "Authorization": authorization}) + b"["
    opened = [attacked.connect(heads[number % len(heads)]) for number in range(WITHOUT)]
    opened += [attacked.connect(known) for _ in range(WITH)]
    stopping = threading.Event()

    def drip():
        while not stopping.wait(0.5):
            for connection in opened:
                with suppress(OSError):  # those that are answered are closed
                    connection.send(b" ")

    thread = threading.Thread(target=drip)
    thread.start()
    yield opened
    stopping.set()
    thread.join()
    for connection in opened:
        connection.close()


def test_large_batches_of_others_are_stored_beside_bodies_that_drip(attacked, dripping, credential):
    batch = [
        {
            "actor": {"mbox": "mailto:ada@example.org"},
            "verb": {"id": "https://example.org/verbs/read"},
            "object": {"id": "https://example.org/nuggets/1"},
            "result": {"response": "x" * 10_000},
        }
        for _ in range(100)
    ]
    headers = {"X-Experience-API-Version": "1.0.3", "Authorization": credential()}
    for _ in range(ROUNDS):
        answer = requests.post(f"{attacked.url}/xapi/statements", json=batch, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
    assert attacked.bytes_on_disk() < 1024 * 1024
