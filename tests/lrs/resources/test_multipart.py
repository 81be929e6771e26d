"""multipart/mixed as a stream: cut into parts wherever the blocks end, written as it is read."""

import io
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.resources.multipart import PartReader, WrittenPart, write_parts, written_length
from schemas.errors import InvalidInputError

BOUNDARY = "-a.b+X"
PIECES = (
    b"\r",
    b"\n",
    b"\r\n",
    b"--",
    b" ",
    b"\r\n--",
    b"---a.b+X",
    b"\r\n---a.b+Xq",
    b"\r\n---a.b+",
    bytes(range(256)),
)


class Dribble:
    """A stream that gives as many bytes at a time as it likes."""

    def __init__(self, body: bytes, sizes: random.Random) -> None:
        self._body = io.BytesIO(body)
        self._sizes = sizes

    def read(self, size: int, /) -> bytes:
        return self._body.read(min(size, self._sizes.randint(1, 40)))


def cut(body: bytes, boundary: str = BOUNDARY) -> list[bytes]:
    return [b"".join(part.chunks) for part in PartReader(io.BytesIO(body), boundary).parts()]


DELIMITER_LINE = re.compile(rb"(\A|\r\n)---a\.b\+X(--|[ \t]*\r\n)")
contents = (
    st.lists(st.sampled_from(PIECES), max_size=8)
    .map(b"".join)
    .filter(lambda content: not DELIMITER_LINE.search(content + b"\r\n"))
)


@given(
    st.lists(contents, min_size=1, max_size=4),
    st.sampled_from(["", "X: y\r\n"]),
    st.randoms(use_true_random=False),
)
def test_contents_come_out_as_they_went_in_wherever_blocks_end(written, head, sizes):
    body = b"".join(f"--{BOUNDARY}\r\n{head}\r\n".encode() + content + b"\r\n" for content in written)
    body += f"--{BOUNDARY}--".encode()
    found = [b"".join(part.chunks) for part in PartReader(Dribble(body, sizes), BOUNDARY).parts()]
    assert found == written


@given(st.lists(contents, min_size=1, max_size=4))
def test_what_is_written_is_as_long_as_announced_and_reads_back(written):
    parts = [WrittenPart([("X", "y")], [content[:3], content[3:]], len(content)) for content in written]
    body = b"".join(write_parts(BOUNDARY, parts))
    assert len(body) == written_length(BOUNDARY, parts)
    assert cut(body) == written


@pytest.mark.parametrize(
    "body",
    [
        b"---a.b+X\r\n\r\nabc\r\n---a.b+X--",
        b"\r\n---a.b+X\r\n\r\nabc\r\n---a.b+X--\r\n",
        b"for those without MIME\r\n---a.b+X\r\n\r\nabc\r\n---a.b+X--\r\nan epilogue\r\n---a.b+X\r\n\r\n",
        b"---a.b+X  \t\r\n\r\nabc\r\n---a.b+X--  \r\n",
        b"---a.b+X\n\nabc\n---a.b+X--\n",
        b"x---a.b+X\r\n\r\nno\r\n---a.b+X\r\nA: b\r\n\r\nabc\r\n---a.b+X--",
    ],
    ids=["bare", "line before", "preamble and epilogue", "blanks after", "bare LF", "boundary within a line"],
)
def test_one_part_is_found_in_each_way_to_write_it(body):
    assert cut(body) == [b"abc"]


def test_the_line_end_before_a_delimiter_may_be_missing_where_a_header_follows():
    """As ADL's xAPIWrapper, @xapi/xapi and TinCanJS write two attachments."""
    parts = [b"statements\r\n", b"\x00first\xff", b"--second", b"third\r\n"]
    body = b"".join(b"---a.b+X\r\nX-Hash: 1\r\n\r\n" + part for part in parts) + b"---a.b+X--\r\n"
    assert cut(body) == [b"statements", b"\x00first\xff", b"--second", b"third"]
    assert cut(body.replace(b"\r\n", b"\n")) == [b"statements", b"\x00first\xff", b"--second", b"third"]


@given(st.lists(contents, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_contents_without_a_line_end_after_them_come_out_wherever_blocks_end(written, sizes):
    body = b"".join(f"--{BOUNDARY}\r\nX-Long-Name-Of-A-Field: y\r\n\r\n".encode() + one for one in written)
    body += f"\r\n--{BOUNDARY}--".encode()
    found = [b"".join(part.chunks) for part in PartReader(Dribble(body, sizes), BOUNDARY).parts()]
    assert found == [one.removesuffix(b"\r\n") for one in written[:-1]] + written[-1:]


def test_an_empty_part_may_share_the_line_end_of_its_header():
    assert cut(b"---a.b+X\r\nA: b\r\n\r\n---a.b+X\r\n\r\n\r\n---a.b+X--") == [b"", b""]


def test_a_bare_line_feed_does_not_end_a_part_among_crlf():
    assert cut(b"---a.b+X\r\n\r\nabc\n---a.b+X\nd\r\n---a.b+X--") == [b"abc\n---a.b+X\nd"]


def test_headers_are_read_in_any_case_and_folded():
    body = b"---a.b+X\r\ncontent-TYPE: application/json;\r\n charset=UTF-8\r\n\r\n\r\n---a.b+X--"
    [part] = PartReader(io.BytesIO(body), BOUNDARY).parts()
    assert (part.headers.get_content_type(), part.headers.get_content_charset()) == (
        "application/json",
        "utf-8",
    )


def test_a_part_that_nobody_read_is_passed():
    body = b"---a.b+X\r\n\r\n" + bytes(300_000) + b"\r\n---a.b+X\r\nA: b\r\n\r\n\r\n---a.b+X--"
    assert [part.headers.get("A") for part in PartReader(io.BytesIO(body), BOUNDARY).parts()] == [None, "b"]


def test_a_part_comes_in_pieces_no_larger_than_a_block():
    body = b"---a.b+X\r\n\r\n" + bytes(1_000_000) + b"\r\n---a.b+X--"
    [sizes] = [
        [len(chunk) for chunk in part.chunks] for part in PartReader(io.BytesIO(body), BOUNDARY).parts()
    ]
    assert (sum(sizes), max(sizes) <= 64 * 1024 + 200) == (1_000_000, True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "closing boundary"),
        (b'{"actor":{}}', "closing boundary"),
        (b"---a.b+X\r\n\r\nabc", "closing boundary"),
        (b"---a.b+X\r\nA: b", "closing boundary"),
        (b"---a.b+X\r\n\r\nabc\r\n---a.b+Y--\r\n", "closing boundary"),
        (bytes(200_000), "64 KiB"),
        (b"---a.b+X\r\n" + b"A: b\r\n" * 40_000, "16 KiB"),
    ],
)
def test_what_is_no_multipart_is_refused(body, reason):
    with pytest.raises(InvalidInputError, match=reason) as refusal:
        cut(body)
    assert refusal.value.code == "malformed_multipart"
