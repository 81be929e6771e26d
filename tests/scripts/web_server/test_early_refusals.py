"""What is answered before the body has come, and how long and how large a request may be."""

import pytest
from waitress.adjustments import Adjustments

from lrs.config import Settings
from lrs.resources.bodies import SMALL_BYTES, BodyWanted
from scripts.web_server import early_refusals
from scripts.web_server.early_refusals import (
    ARRIVES_WITHIN_S,
    LONGEST_CHUNK_LINE,
    SLOWEST_BYTES_PER_S,
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
    return Room(4 * IN_PARTS)


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
        ([of_length(1), "Expect: 100-continue"], "PUT /xapi/statements HTTP/1.1"),
        ([of_length(SMALL_BYTES + 1)], "GET /xapi/about HTTP/1.0"),
        ([CHUNKED], "POST /recommendations/nuggets HTTP/1.1"),
        ([MULTIPART, CHUNKED], "POST /xapi/statements HTTP/1.1"),
        ([CREDENTIAL, of_length(LIMIT + 1)], "POST /xapi/statements HTTP/1.1"),
    ],
)
def test_the_head_alone_is_answered_unless_the_body_is_wanted(begin, headers, line):
    parser = begin(*headers, line=line)
    assert (parser.asks_now(), parser.expect_continue) == (True, False)
    alone = parser.head_alone()
    assert (alone.completed, alone.ends_early, alone.error) == (True, True, None)
    assert alone.headers["CONNECTION"] == "close"
    with pytest.raises(BodyWanted):
        alone.get_body_stream().read()
    parser.go_on(BodyWanted(10, "key"))
    assert (parser.completed, parser.asks_now()) == (False, False)
    assert parser.expect_continue is ("Expect: 100-continue" in headers)
    assert "CONNECTION" not in parser.headers


@pytest.mark.parametrize(
    ("headers", "line"),
    [
        ([of_length(SMALL_BYTES)], "POST /xapi/statements HTTP/1.1"),
        ([of_length(SMALL_BYTES + 1)], "POST /xapi/statements?method=PUT HTTP/1.1"),
        ([CHUNKED], "POST /xapi/activities/state?method=PUT HTTP/1.1"),
    ],
)
def test_nothing_is_asked_of_a_small_body_nor_before_the_first_bytes_of_a_form(begin, headers, line):
    parser = begin(*headers, line=line)
    assert (parser.completed, parser.asks_now()) == (False, False)


def test_the_application_is_asked_with_the_first_bytes_of_a_form(begin):
    parser = begin(of_length(2 * SMALL_BYTES), line="POST /xapi/statements?method=PUT HTTP/1.1")
    parser.received(b"a" * SMALL_BYTES)
    assert parser.asks_now()
    assert len(parser.head_alone().get_body_stream().read()) == SMALL_BYTES


def test_a_request_without_a_body_is_complete_though_it_expects_to_be_asked(begin):
    parser = begin("Expect: 100-continue", line="GET /x HTTP/1.1")
    assert (parser.completed, parser.asks_now(), parser.expect_continue) == (True, False, False)


def test_a_chunked_body_is_refused_when_it_has_become_too_large(begin, room):
    parser = begin(CREDENTIAL, CHUNKED)
    for _ in range(11):
        parser.received(b"%x\r\n" % 100_000 + b" " * 100_000 + b"\r\n")
    assert (parser.completed, parser.ends_early) == (True, True)
    assert parser.refusal.status == 413
    assert room.take("another", 2 * IN_PARTS)


def test_a_line_between_chunks_is_not_read_without_end(begin):
    parser = begin(CREDENTIAL, CHUNKED)
    parser.received(b"1" * (LONGEST_CHUNK_LINE + 1))
    assert (parser.completed, parser.error.code) == (True, 400)


def test_bodies_beyond_the_room_are_refused_and_the_room_is_given_back(begin, room):
    assert room.take("another", 2 * IN_PARTS)
    assert room.take("one more", 2 * IN_PARTS - 1000)
    parser = begin(CREDENTIAL, of_length(5000))
    parser.received(b" " * 1000)
    assert parser.completed is False
    parser.received(b" ")
    assert (parser.ends_early, parser.refusal.status) == (True, 503)
    assert room.take("one more", 1000)


def test_no_holder_has_more_than_half_of_the_room(room):
    assert room.take("greedy", 2 * IN_PARTS)
    assert not room.take("greedy", 1)
    room.give_back("greedy", 2 * IN_PARTS + 1)
    assert room.take("greedy", 2 * IN_PARTS)


def test_a_body_that_is_wanted_is_held_by_its_credential(begin, room):
    parser = begin(CREDENTIAL, CHUNKED)
    parser.received(b"5\r\nabcde\r\n")
    parser.head_alone()
    parser.go_on(BodyWanted(10, "key"))
    assert not room.take("key", 2 * IN_PARTS)
    room.give_back("key", 2 * IN_PARTS)
    parser.received(b"6\r\n123456\r\n")
    assert (parser.ends_early, parser.refusal.status) == (True, 413)


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
    assert room.take("another", 2 * IN_PARTS)
    assert not room.take("another", 1)


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


def test_what_came_earlier_does_not_excuse_a_pause(begin, clock):
    parser = begin(CREDENTIAL, of_length(LIMIT))
    parser.received(b" " * 900_000)
    for _ in range(WINDOW_S + 1):
        assert parser.completed is False
        clock.now += 1
        parser.received(b" ")
    assert parser.refusal.status == 408


def test_a_body_that_comes_for_too_long_is_refused(begin, clock):
    parser = begin(CREDENTIAL, of_length(LIMIT))
    parser.received(b" ")
    clock.now += ARRIVES_WITHIN_S + 1
    parser.received(b" " * (LIMIT - 2))
    assert parser.refusal.status == 408


def test_a_head_that_comes_too_slowly_is_refused(clock):
    parser = RequestParser(BodyLimits(LIMIT, IN_PARTS, Room(1)), Adjustments())
    parser.received(b"GET /x HTTP/1.1\r\n")
    clock.now += WINDOW_S
    parser.received(b"A: b\r\n")
    assert (parser.completed, parser.refusal.status) == (True, 408)
    assert parser.error.to_response()[0] == "408 Request Timeout"


def test_the_limits_are_those_of_the_settings():
    settings = Settings(max_body_bytes=10_000, max_attachment_bytes=5_000)
    limits = BodyLimits.from_settings(settings)
    assert (limits.whole, limits.in_parts) == (10_000, 15_000)
    assert limits.room.take("another", 30_000)
    assert not limits.room.take("another", 1)
