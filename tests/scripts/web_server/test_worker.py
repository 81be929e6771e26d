"""One process of the web server over real sockets, around small applications."""

import json
import logging
import re
import socket
import threading
import time
from contextlib import ExitStack, contextmanager, suppress

import pytest

from lrs.config import Settings
from lrs.logging import JsonLineFormatter
from lrs.resources.alternate import REFUSAL
from lrs.resources.bodies import ASKED, SMALL_BYTES
from scripts.web_server import connections
from scripts.web_server.processes import listen
from scripts.web_server.worker import Worker

GET = b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
ENDLESS = 100_000_000


class Application:
    """Says what it was sent, /refused without its body; /fail raises, /wait waits, /endless answers too much."""

    def __init__(self):
        self.go_on, self.begun, self.ended = threading.Event(), threading.Event(), threading.Event()

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/fail":
            raise RuntimeError("on purpose")
        if environ["PATH_INFO"] == "/wait":
            self.begun.set()
            assert self.go_on.wait(30)
        if environ["PATH_INFO"] == "/endless":
            start_response("200 OK", [("Content-Length", str(ENDLESS))])
            return self.endless()
        if environ["PATH_INFO"] == "/nothing":
            start_response("204 NO CONTENT", [])
            return []
        refusal = environ.get(REFUSAL)
        told = {
            "method": environ["REQUEST_METHOD"],
            "query": environ["QUERY_STRING"],
            "script": environ["SCRIPT_NAME"],
            "length": environ.get("CONTENT_LENGTH", ""),
            "body": "" if environ["PATH_INFO"] == "/refused" else environ["wsgi.input"].read().decode(),
            "asked": environ.get(ASKED, False),
            "refusal": refusal.status if refusal else 200,
        }
        body = json.dumps(told).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def endless(self):
        try:
            for _ in range(ENDLESS // 100_000):
                yield b"x" * 100_000
        finally:
            self.ended.set()


@pytest.fixture
def application():
    return Application()


@pytest.fixture
def start(application):
    """Start a process's main loop in a thread; return it and the address."""
    started = []

    def make(**settings):
        listener = listen("127.0.0.1", 0)
        address = listener.getsockname()
        worker = Worker(application, listener, Settings(**{"threads": 2, **settings}))
        thread = threading.Thread(target=worker.run)
        thread.start()
        started.append((worker, thread))
        return worker, address

    yield make
    application.go_on.set()
    for worker, thread in started:
        worker.stop()
        thread.join(40)
        assert not thread.is_alive()


@pytest.fixture
def connect(start):
    _, address = start()

    @contextmanager
    def opened():
        with socket.create_connection(address, timeout=30) as client:
            yield client

    return opened


def receive(client, sent=b"", answers=1):
    """Return so many answers, each with its status, its headers and what its body says."""
    client.sendall(sent)
    found, buffer = [], b""
    while len(found) < answers:
        while b"\r\n\r\n" not in buffer:
            buffer += take(client)
        head, _, buffer = buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        length = int(headers.get("Content-Length", 0))
        while len(buffer) < length:
            buffer += take(client)
        body, buffer = buffer[:length], buffer[length:]
        found.append((int(first.split()[1]), headers, json.loads(body or b"{}")))
    return found[0] if answers == 1 else found


def take(client):
    piece = client.recv(65_536)
    assert piece, "closed too early"
    return piece


def post(body=b"", *headers, length=None, path="/echo"):
    lines = [f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([f"POST {path}?a=1 HTTP/1.1", "Host: x", *lines, "", ""]).encode() + body


def test_requests_on_one_connection_are_answered_one_after_the_other(connect):
    with connect() as client:
        for number in range(3):
            status, headers, told = receive(client, post(b"%d" % number))
            assert (status, told["body"], told["query"]) == (200, str(number), "a=1")
            assert not {"Server", "Via", "Connection"} & set(headers)


@pytest.mark.parametrize(("asked", "closed"), [(b"", False), (b"Connection: close\r\n", True)])
def test_an_answer_without_a_body_leaves_the_connection_open_unless_asked_otherwise(connect, asked, closed):
    with connect() as client:
        request = GET.replace(b"/echo", b"/nothing").replace(b"\r\n\r\n", b"\r\n" + asked + b"\r\n")
        for _ in range(1 if closed else 3):
            status, headers, _ = receive(client, request)
            assert (status, headers.get("Connection")) == (204, "close" if closed else None)
            assert not {"Content-Length", "Transfer-Encoding"} & set(headers)


def test_requests_sent_in_one_go_are_all_answered_in_order(connect):
    with connect() as client:
        answers = receive(client, b"".join(post(b"%d" % number) for number in range(20)), 20)
    assert [told["body"] for _, _, told in answers] == [str(number) for number in range(20)]


def test_a_request_that_comes_in_pieces_is_answered_when_it_is_whole(connect):
    with connect() as client:
        for byte in post(b"abc")[:-1]:
            client.sendall(bytes([byte]))
        assert receive(client, b"c")[2]["body"] == "abc"


def test_a_chunked_body_arrives_whole_and_with_its_length(connect):
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connect() as client:
        told = receive(client, head + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")[2]
    assert (told["body"], told["length"]) == ("abcde", "5")


def test_a_head_request_is_answered_without_a_body(connect):
    with connect() as client:
        client.sendall(GET.replace(b"GET", b"HEAD") + GET)
        received = take(client)
        while b'"GET"' not in received:
            received += take(client)
    first, second = received.split(b"HTTP/1.1 200")[1:]
    assert re.search(rb"Content-Length: [1-9][0-9]*\r\n", first)
    assert first.endswith(b"\r\n\r\n")
    assert b'"GET"' in second


def test_a_client_that_expects_to_be_asked_for_the_body_is_asked(connect):
    with connect() as client:
        client.sendall(post(length=2)[:-2] + b"Expect: 100-continue\r\n\r\n")
        assert take(client) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert receive(client, b"[]")[2]["body"] == "[]"


def test_a_client_that_expects_to_be_asked_for_a_body_that_does_not_count_is_refused(connect):
    with connect() as client:
        head = post(b"", "Expect: 100-continue", length=ENDLESS, path="/refused")
        status, headers, told = receive(client, head)
        assert (status, told["body"], told["refusal"]) == (200, "", 200)
        assert headers["Connection"] == "close"
        assert client.recv(1) == b""


def test_no_header_of_a_client_is_taken_for_the_path_of_the_application(connect):
    with connect() as client:
        told = receive(client, post(b"", "SCRIPT_NAME: /public", "Script-Name: /public"))[2]
    assert told["script"] == ""


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "bad_request"),
        (b"get / HTTP/1.1\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, "bad_request"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, "bad_request"),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400, "bad_request"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 431, "head_too_large"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "not_implemented"),
        (b"GET http://[::1 HTTP/1.1\r\n\r\n", 400, "bad_request"),
        (b"GET http://[x]/ HTTP/1.1\r\n\r\n", 400, "bad_request"),
        (b"GET /\xed\xa0\x80 HTTP/1.1\r\n\r\n", 400, "bad_request"),
        (b"GET /fail HTTP/1.1\r\n\r\n", 500, "internal_error"),
        (
            b"POST / HTTP/1.1\r\nAuthorization: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            400,
            "bad_request",
        ),
    ],
)
def test_what_the_application_cannot_answer_is_answered_in_the_one_shape(connect, sent, status, code):
    with connect() as client:
        answered, headers, told = receive(client, sent)
        assert (answered, told["code"]) == (status, code)
        assert sorted(told) == ["code", "message", "path", "rule"]
        assert headers["Content-Type"] == "application/json"
        assert headers["Connection"] == "close"
        assert "no-store" in headers["Cache-Control"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'"


def test_an_exception_in_a_thread_is_one_line_of_json(connect, caplog):
    with connect() as client:
        receive(client, b"GET /fail HTTP/1.1\r\n\r\n")
    [record] = [item for item in caplog.records if item.levelno >= logging.ERROR]
    line = JsonLineFormatter().format(record)
    assert "\n" not in line
    assert "on purpose" in json.loads(line)["exception"]


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_large_body_that_does_not_count_is_not_waited_for(connect, chunked):
    size = 20_000_000
    head = post(b"", length=size, path="/refused")
    if chunked:
        head = head.replace(b"Content-Length: %d" % size, b"Transfer-Encoding: chunked")
    with connect() as client:
        assert receive(client, head)[1]["Connection"] == "close"
        client.sendall(b"x" * size)  # taken and forgotten: else the answer might be lost on its way
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""


def test_a_client_that_sends_on_after_its_answer_is_given_up(connect, monkeypatch):
    monkeypatch.setattr(connections, "LINGERS_S", 0.5)
    monkeypatch.setattr(connections, "LINGERS_SILENT_S", 0.5)
    with connect() as client:
        receive(client, post(b"", length=ENDLESS, path="/refused"))
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            while True:
                client.sendall(b"x")
                time.sleep(0.01)


@pytest.mark.parametrize(
    ("size", "asked"), [(SMALL_BYTES, False), (SMALL_BYTES + 1, True), (5_000_000, True)]
)
def test_the_head_of_a_large_body_is_answered_before_the_body_comes(connect, size, asked):
    with connect() as client:
        for _ in range(2):
            told = receive(client, post(b"x" * size))[2]
            assert (len(told["body"]), told["asked"]) == (size, asked)


def test_a_large_body_after_another_request_in_one_go_reaches_the_application(connect):
    large = b"x" * (SMALL_BYTES + 1)
    with connect() as client:
        answers = receive(client, GET + post(large) + GET, 3)
    assert [len(told["body"]) for _, _, told in answers] == [0, len(large), 0]


def test_an_address_with_too_many_connections_gets_no_more(start, monkeypatch):
    monkeypatch.setattr("scripts.web_server.worker.SHARE_OF_AN_ADDRESS", 3.5 / 10_000)
    monkeypatch.setattr("scripts.web_server.worker.allow_many_files", lambda: 30_000)
    _, address = start()
    with ExitStack() as opened:
        clients = [opened.enter_context(socket.create_connection(address, timeout=30)) for _ in range(3)]
        assert [receive(client, GET)[0] for client in clients] == [200] * 3
        with socket.create_connection(address, timeout=30) as refused, suppress(ConnectionResetError):
            assert refused.recv(1) == b""
        clients[0].close()
        assert any(is_served(address) for _ in range(100))


def is_served(address):
    """Tell whether another connection is served; the server may not have seen yet that one was closed."""
    with suppress(ConnectionError, AssertionError), socket.create_connection(address, timeout=30) as another:
        return receive(another, GET)[0] == 200
    return False


def test_a_client_that_does_not_take_its_answer_does_not_keep_the_thread(connect, application, monkeypatch):
    monkeypatch.setattr(connections, "ANSWER_STALLS_S", 0.5)
    with connect() as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        assert application.ended.wait(30)


def test_a_client_that_takes_its_answer_for_ever_does_not_keep_the_thread(connect, application, monkeypatch):
    monkeypatch.setattr(connections, "ANSWERED_WITHIN_S", 0.5)
    with connect() as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        while not application.ended.wait(0.01):
            client.recv(1)


def test_a_request_beyond_those_that_may_wait_is_refused(start, application):
    _, address = start(threads=1, max_waiting=0)
    with socket.create_connection(address, timeout=30) as first:
        first.sendall(GET.replace(b"/echo", b"/wait"))
        assert application.begun.wait(30)
        with socket.create_connection(address, timeout=30) as second:
            assert receive(second, GET)[2]["refusal"] == 503
            assert receive(second, GET.replace(b"/echo", b"/health/alive"))[2]["refusal"] == 200
        application.go_on.set()
        assert receive(first)[2]["refusal"] == 200


def test_a_request_whose_client_went_away_while_it_waited_is_dropped(start, application):
    _, address = start(threads=1)
    with socket.create_connection(address, timeout=30) as first:
        first.sendall(GET.replace(b"/echo", b"/wait"))
        assert application.begun.wait(30)
        with socket.create_connection(address, timeout=30) as second:
            second.sendall(GET.replace(b"/echo", b"/wait?again"))
        time.sleep(2 * connections.WAITED_LONG_S)
        application.begun.clear()
        application.go_on.set()
        assert receive(first)[0] == 200
        assert receive(first, GET)[0] == 200
    assert not application.begun.is_set()


def test_a_process_that_stops_answers_what_has_begun_and_then_closes(start, application):
    worker, address = start()
    with (
        socket.create_connection(address, timeout=30) as waiting,
        socket.create_connection(address, timeout=30) as idle,
        socket.create_connection(address, timeout=30) as sending,
    ):
        receive(idle, GET)
        waiting.sendall(GET.replace(b"/echo", b"/wait"))
        assert application.begun.wait(30)
        receive(sending, GET)
        sending.sendall(post(length=4))
        worker.stop()
        assert idle.recv(1) == b""
        application.go_on.set()
        assert receive(sending, b"body")[2]["body"] == "body"
        status, headers, _ = receive(waiting)
        assert (status, headers["Connection"]) == (200, "close")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=30)
