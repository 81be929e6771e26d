"""What is answered before the body has come, and how long and how large a request may be."""

import pytest
from waitress.adjustments import Adjustments

from lrs.config import Settings
from scripts.web_server import early_refusals
from scripts.web_server.early_refusals import (
    LONGEST_CHUNK_LINE,
    SLOWEST_BYTES_PER_S,
    SMALL_BYTES,
    WINDOW_S,
    BodyLimits,
    RequestParser,
    Room,
)

LIMIT, IN_PARTS = 1_000_000, 3_000_000
MULTIPART = "Content-Type: multipart/mixed; boundary=b"
CREDENTIAL = "Authorization: Basic eDp5"
CHUNKED = "Transfer-Encoding: chunked"


class Clock:
    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(early_refusals, "time", made)
    return made


@pytest.fixture
def room():
    return Room(2 * IN_PARTS)


@pytest.fixture
def begin(room):
    """Begin a request by its head."""

    def make(*headers, line="POST /xapi/statements HTTP/1.1"):
        parser = RequestParser(BodyLimits(LIMIT, IN_PARTS, room), Adjustments(max_request_body_size=2**40))
        head = "\r\n".join([line, "Host: x", *headers, "", ""]).encode()
        assert parser.received(head) == len(head)
        return parser

    return make


def of_length(size):
    return f"Content-Length: {size}"


@pytest.mark.parametrize(
    ("headers", "line"),
    [
        ([of_length(SMALL_BYTES + 1)], "POST /xapi/statements HTTP/1.1"),
        ([of_length(SMALL_BYTES + 1), "Expect: 100-continue"], "PUT /xapi/statements HTTP/1.1"),
        ([of_length(SMALL_BYTES + 1)], "GET /xapi/about HTTP/1.0"),
        ([CHUNKED], "POST /recommendations/nuggets HTTP/1.1"),
        ([MULTIPART, CHUNKED], "POST /xapi/statements HTTP/1.1"),
        ([CREDENTIAL, of_length(LIMIT + 1)], "POST /xapi/statements HTTP/1.1"),
        ([CREDENTIAL, MULTIPART, of_length(IN_PARTS + 1)], "POST /xapi/statements HTTP/1.1"),
        ([of_length(LIMIT + 1)], "POST /xapi/statements?method=PUT HTTP/1.1"),
    ],
)
def test_the_head_alone_is_answered_and_the_connection_ends(begin, headers, line):
    parser = begin(*headers, line=line)
    assert (parser.completed, parser.ends_early, parser.error) == (True, True, None)
    assert parser.headers["CONNECTION"] == "close"
    assert parser.expect_continue is False
    assert parser.get_body_stream().read() == b""


@pytest.mark.parametrize(
    ("headers", "line"),
    [
        ([of_length(SMALL_BYTES)], "POST /xapi/statements HTTP/1.1"),
        ([CREDENTIAL, of_length(LIMIT)], "POST /xapi/statements HTTP/1.1"),
        ([CREDENTIAL, CHUNKED], "POST /xapi/statements HTTP/1.1"),
        ([CREDENTIAL, MULTIPART, of_length(IN_PARTS)], "POST /xapi/statements HTTP/1.1"),
        ([of_length(SMALL_BYTES + 1)], "POST /xapi/statements?method=PUT HTTP/1.1"),
        ([CHUNKED], "POST /xapi/activities/state?method=PUT HTTP/1.1"),
    ],
)
def test_the_body_is_waited_for_where_it_may_count(begin, headers, line):
    parser = begin(*headers, line=line)
    assert (parser.completed, parser.ends_early) == (False, False)


def test_what_follows_an_early_refusal_is_no_other_request(begin):
    parser = RequestParser(BodyLimits(LIMIT, IN_PARTS, Room(1)), Adjustments())
    data = f"POST /x HTTP/1.1\r\n{of_length(SMALL_BYTES + 1)}\r\n\r\nGET /y HTTP/1.1\r\n\r\n".encode()
    assert parser.received(data) == len(data)


def test_a_request_without_a_body_is_complete_though_it_expects_to_be_asked(begin):
    parser = begin("Expect: 100-continue", line="GET /x HTTP/1.1")
    assert (parser.completed, parser.ends_early, parser.expect_continue) == (True, False, False)


def test_a_chunked_body_is_refused_when_it_has_become_too_large(begin, room):
    parser = begin(CREDENTIAL, CHUNKED)
    for _ in range(10):
        parser.received(b"%x\r\n" % 100_000 + b" " * 100_000 + b"\r\n")
    assert (parser.completed, parser.ends_early) == (True, True)
    assert int(parser.headers["CONTENT_LENGTH"]) > LIMIT
    assert room.take(2 * IN_PARTS)


def test_a_line_between_chunks_is_not_read_without_end(begin):
    parser = begin(CREDENTIAL, CHUNKED)
    parser.received(b"1" * (LONGEST_CHUNK_LINE + 1))
    assert (parser.completed, parser.error.code) == (True, 400)


def test_bodies_beyond_the_room_are_refused_and_the_room_is_given_back(begin, room):
    assert room.take(2 * IN_PARTS - 1000)
    parser = begin(CREDENTIAL, of_length(5000))
    parser.received(b" " * 1000)
    assert parser.completed is False
    parser.received(b" ")
    assert (parser.ends_early, parser.refusal.status) == (True, 503)
    assert room.take(1000)


def test_a_body_gives_its_room_back_once(begin, room):
    parser = begin(CREDENTIAL, of_length(10))
    parser.received(b"0123456789")
    assert (parser.completed, parser.ends_early, parser.get_body_stream().read()) == (
        True,
        False,
        b"0123456789",
    )
    parser.close()
    parser.close()
    assert room.take(2 * IN_PARTS)
    assert not room.take(1)


def test_a_body_that_comes_too_slowly_is_refused(begin, clock):
    parser = begin(CREDENTIAL, of_length(LIMIT))
    clock.now += WINDOW_S
    parser.received(b" " * SLOWEST_BYTES_PER_S * WINDOW_S)
    assert parser.completed is False
    clock.now += WINDOW_S - 1
    parser.received(b" ")
    assert parser.completed is False
    clock.now += 1
    parser.received(b" ")
    assert (parser.ends_early, parser.refusal.status, parser.error) == (True, 408, None)


def test_a_head_that_comes_too_slowly_is_refused(clock):
    parser = RequestParser(BodyLimits(LIMIT, IN_PARTS, Room(1)), Adjustments())
    parser.received(b"GET /x HTTP/1.1\r\n")
    clock.now += WINDOW_S
    parser.received(b"A: b\r\n")
    assert (parser.completed, parser.refusal.status) == (True, 408)
    assert parser.error is not None


def test_the_limits_are_those_of_the_settings():
    settings = Settings(max_body_bytes=10_000, max_attachment_bytes=5_000)
    limits = BodyLimits.from_settings(settings)
    assert (limits.whole, limits.in_parts) == (10_000, 15_000)
    assert limits.room.take(60_000)
    assert not limits.room.take(1)
