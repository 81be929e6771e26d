"""More clients than the service can serve: each gets an answer in time, and afterwards all is as before."""

import base64
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import requests

CLIENTS = 200
ANSWERED_WITHIN_S = 30


@pytest.fixture(scope="module")
def small(make_lasting_service, database_uri):
    """A service of one process that handles two requests at once and lets four wait for a second."""
    return make_lasting_service(
        MONGODB_URI=database_uri,
        LEARNERPRISE_WORKERS="1",
        LEARNERPRISE_THREADS="2",
        LEARNERPRISE_MAX_WAITING="4",
        LEARNERPRISE_MAX_WAIT_S="1",
    )


@pytest.fixture
def connect(small):
    opened = []

    def open_one(sent=b""):
        address = urlsplit(small.url)
        opened.append(socket.create_connection((address.hostname, address.port), timeout=30))
        opened[-1].sendall(sent)
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def post(small, headers, statement):
    known = small.credential()

    def send(size=1, padding=0, auth=known):
        batch = [{**statement(), "result": {"response": "x" * padding}} for _ in range(size)]
        began = time.monotonic()
        answer = requests.post(
            f"{small.url}/xapi/statements", json=batch, headers=headers, auth=auth, timeout=60
        )
        return answer, time.monotonic() - began

    return send


def test_hundreds_of_clients_at_once_are_all_answered_and_life_goes_on(small, post):
    with ThreadPoolExecutor(CLIENTS) as pool:
        sent = [pool.submit(post, 20) for _ in range(CLIENTS)]
        alive = [requests.get(f"{small.url}/health/alive", timeout=ANSWERED_WITHIN_S) for _ in range(5)]
        outcomes = [future.result() for future in sent]
    statuses = Counter(answer.status_code for answer, _ in outcomes)
    assert set(statuses) == {200, 503}
    assert max(seconds for _, seconds in outcomes) < ANSWERED_WITHIN_S
    assert [answer.status_code for answer in alive] == [200] * 5
    refused = [answer for answer, _ in outcomes if answer.status_code == 503]
    for answer in refused:
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["X-Experience-API-Version"] == "1.0.3"
        assert sorted(answer.json()) == ["code", "message", "path", "rule"]
    assert [post()[0].status_code for _ in range(10)] == [200] * 10


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST /xapi/statements HTTP/1.1\r\nHost: x\r\nContent-",
        b"POST /xapi/statements HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n[",
        b"POST /xapi/statements HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n[",
        b"GET /health/alive HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "little of a large body", "a request, and no more"],
)
def test_clients_that_stop_in_the_middle_are_in_nobodys_way(connect, post, sent):
    assert post()[0].status_code == 200  # known from now on: this store has a line of its own
    for _ in range(CLIENTS):
        connect(sent)
    for _ in range(5):
        answer, seconds = post()
        assert answer.status_code == 200
        assert seconds < 5


HEAD = b"POST /xapi/statements HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
LARGE = b"Content-Length: 104857600\r\n\r\n["
ROUNDS, DRIPPING = 5, 40


@pytest.mark.parametrize("credential", ["none", "false", "true"])
def test_large_bodies_that_drip_do_not_delay_the_large_batches_of_others(small, connect, post, credential):
    pair = {"none": None, "false": ("no", "body"), "true": small.credential()}[credential]
    token = base64.b64encode(":".join(pair).encode()) if pair else b""
    head = HEAD + (b"Authorization: Basic %b\r\n" % token if pair else b"")
    assert post()[0].status_code == 200  # known from now on: this store has a line of its own
    dripping = []
    for _ in range(ROUNDS):
        dripping += [connect(head + LARGE) for _ in range(DRIPPING)]
        for connection in dripping:
            with suppress(OSError):  # the ones without a credential have their answer already
                connection.send(b" ")
        assert_stored(post(size=100, padding=10_000))
    newcomer = small.credential()  # made in a second: no head of the ones above waits any more
    assert_stored(post(size=100, padding=10_000, auth=newcomer))


def assert_stored(outcome):
    answer, seconds = outcome
    assert answer.status_code == 200, answer.text
    assert seconds < ANSWERED_WITHIN_S


@pytest.mark.parametrize(
    "told", [b"Content-Length: 104857600", b"Transfer-Encoding: chunked"], ids=["length", "chunked"]
)
@pytest.mark.parametrize(
    "kind", [b"application/json", b"multipart/mixed; boundary=b", b"application/x-www-form-urlencoded"]
)
def test_a_large_body_without_a_credential_is_refused_before_it_comes(connect, told, kind):
    head = HEAD.replace(b"application/json", kind)
    connection = connect(head + b"X-Experience-API-Version: 1.0.3\r\n" + told + b"\r\n\r\n")
    received = connection.makefile("rb").read()
    assert received.startswith(b"HTTP/1.1 401")
    assert b"\r\nConnection: close\r\n" in received
    assert b'"code":"unauthorized"' in received


def test_a_request_that_drips_is_answered_when_it_is_whole(connect):
    connection = connect()
    for piece in (b"GET /health/al", b"ive HTTP/1.1\r\nHo", b"st: x\r\n", b"\r\n"):
        connection.sendall(piece)
        time.sleep(0.02)  # so that the pieces do not arrive as one
    assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_requests_sent_in_one_go_are_all_answered(connect):
    connection = connect(b"GET /health/alive HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    received, piece = b"", b"something"
    while piece and received.count(b'{"status":"alive"}') < 3:
        piece = connection.recv(10_000)
        received += piece
    assert received.count(b"HTTP/1.1 200") == 3


def test_a_body_announced_with_expect_is_asked_for(connect):
    head = b"POST /xapi/statements HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    connection = connect(head)
    connection.sendall(b"[]")
    received = connection.recv(10_000)
    assert received.startswith((b"HTTP/1.1 100", b"HTTP/1.1 401"))
