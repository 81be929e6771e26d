"""When a request has arrived, and how long what is still on its way may take."""

import pytest

from recommender.worker import BODY_WITHIN_S, WHOLE_UP_TO, has_arrived, is_whole, said_bytes, seconds_for

POST = b"POST /x HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n",
        POST + b"Content-Length: 2\r\n\r\n[]",
        POST + b"content-length:2\r\nA: b\r\n\r\n[]and the next",
        POST + b"Content-Length: 2000000\r\n\r\n",
        POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n",
        b"x" * WHOLE_UP_TO,
    ],
    ids=["no body", "whole", "pipelined", "large", "expecting", "chunked", "an endless head"],
)
def test_a_thread_takes_what_has_arrived(data):
    assert has_arrived(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"GE", POST, POST + b"Content-Length: 2\r\n\r\n", POST + b"Content-Length: 2\r\n\r\n["],
)
def test_a_thread_does_not_wait_for_what_has_not(data):
    assert not has_arrived(data)


@pytest.mark.parametrize(
    ("lines", "length"),
    [
        (b"", 0),
        (b"Content-Length: 12\r\n", 12),
        (b"X-Content-Length: 12\r\n", 0),
        (b"Content-Length: many\r\n", 0),
        (b"Transfer-Encoding: chunked\r\n", None),
    ],
)
def test_the_length_is_what_the_head_says(lines, length):
    assert said_bytes(POST + lines + b"\r\nContent-Length: 99\r\n\r\n") == length


def test_a_larger_body_has_longer_to_come():
    assert seconds_for(0) == BODY_WITHIN_S
    assert seconds_for(8 * 1024 * 60) == BODY_WITHIN_S + 60
    assert seconds_for(None) > BODY_WITHIN_S


def test_only_small_bodies_are_waited_for():
    assert is_whole(0)
    assert is_whole(WHOLE_UP_TO)
    assert not is_whole(WHOLE_UP_TO + 1)
    assert not is_whole(None)
