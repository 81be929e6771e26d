"""multipart/mixed (RFC 2046) as a stream: parts are cut as the body arrives, and written as they are read.

No library reads this one well: those for web forms demand `Content-Disposition` or CRLF, refuse a preamble, or hold
parts in memory. Bytes between two delimiters are never decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Protocol

from schemas.errors import InvalidInputError

RULE = "xAPI 1.0.3 Communication 1.5.2"
BLOCK_BYTES = 64 * 1024
HEADER_BYTES = 16 * 1024
PREAMBLE_BYTES = 64 * 1024
PADDING = 64  # blanks that may follow a delimiter on its line (RFC 2046 5.1.1)
FIELD_NAME = 100
_END_OF_HEADERS = re.compile(rb"(?:\A|\r?\n)(?P<blank_line>\r?\n)")


class Readable(Protocol):
    """A body that is read piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its header fields, and its bytes as they arrive; read them before the next part."""

    headers: Message
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """One part to answer with: header fields, bytes, and how many bytes there are."""

    headers: Sequence[tuple[str, str]]
    chunks: Iterable[bytes]
    length: int

    @property
    def head(self) -> bytes:
        """The header fields and the blank line after them."""
        return "".join(f"{name}: {value}\r\n" for name, value in self.headers).encode() + b"\r\n"


class PartReader:
    """Cuts a body into its parts; holds little more than one block of it at any time.

    Lines end as the first delimiter's does: CRLF, or the bare LF of some clients. JavaScript clients leave out the line
    end between one attachment and the next delimiter: so a delimiter is also found within a line, where a header field
    follows it.
    """

    def __init__(self, stream: Readable, boundary: str) -> None:
        self._stream = stream
        self._dashed = re.escape(b"--" + boundary.encode())
        self._longest = len(boundary.encode()) + PADDING + FIELD_NAME + 8
        self._buffer = bytearray(b"\n")  # as if a line had ended before the first
        self._delimiter = self._compile(rb"\n", rb"\r?\n")
        self._closed = False

    def _compile(self, before: bytes, line_end: bytes) -> re.Pattern[bytes]:
        after = rb"(?:(?P<last>--)|[ \t]{0,%d}(?P<line_end>%b))" % (PADDING, line_end)
        return re.compile(before + self._dashed + after)

    def _compile_lenient(self, line_end: bytes) -> re.Pattern[bytes]:
        strict = self._compile(line_end, line_end).pattern
        followed = rb"[ \t]{0,%d}%b(?=[!#-9;-~]{1,%d}:)" % (PADDING, line_end, FIELD_NAME)
        return re.compile(strict + b"|" + self._dashed + followed)

    def parts(self) -> Iterator[Part]:
        """Yield each part; raise InvalidInputError if the body is not multipart."""
        self._skip_preamble()
        while not self._closed:
            part = Part(self._headers(), self._data())
            yield part
            for _ in part.chunks:
                pass

    def _skip_preamble(self) -> None:
        skipped = 0
        while not (found := self._delimiter.search(self._buffer)):
            spare = max(0, len(self._buffer) - self._longest)
            skipped += spare
            if skipped > PREAMBLE_BYTES:
                raise _malformed("no line with the boundary stands in its first 64 KiB")
            del self._buffer[:spare]
            self._fill()
        line_end = re.escape(found["line_end"] or b"\r\n")
        self._pass(found)
        self._delimiter = self._compile_lenient(line_end)

    def _headers(self) -> Message:
        while not (found := _END_OF_HEADERS.search(self._buffer)):
            if len(self._buffer) > HEADER_BYTES + BLOCK_BYTES:
                raise _malformed("the header of a part is longer than 16 KiB")
            self._fill()
        head = bytes(self._buffer[: found.start()])
        del self._buffer[: found.start("blank_line")]
        return BytesHeaderParser().parsebytes(head)

    def _data(self) -> Iterator[bytes]:
        # The blank line is still there: where a part is empty it may belong to the delimiter (RFC 2046 5.1.1).
        start = 2 if self._buffer.startswith(b"\r\n") else 1
        while not (found := self._delimiter.search(self._buffer)):
            ready = len(self._buffer) - self._longest  # a delimiter may begin in the rest
            if ready > start:
                yield bytes(self._buffer[start:ready])
                del self._buffer[:ready]
                start = 0
            self._fill()
        rest = bytes(self._buffer[start : found.start()])
        self._pass(found)
        if rest:
            yield rest

    def _pass(self, delimiter: re.Match[bytes]) -> None:
        self._closed = delimiter["last"] is not None
        del self._buffer[: delimiter.end()]

    def _fill(self) -> None:
        block = self._stream.read(BLOCK_BYTES)
        if not block:
            raise _malformed("it ends before its closing boundary")
        self._buffer += block


def write_parts(boundary: str, parts: Iterable[WrittenPart]) -> Iterator[bytes]:
    """Yield the body, part after part."""
    line = f"--{boundary}\r\n".encode()
    for part in parts:
        yield line + part.head
        yield from part.chunks
        line = f"\r\n--{boundary}\r\n".encode()
    yield f"\r\n--{boundary}--\r\n".encode()


def written_length(boundary: str, parts: Sequence[WrittenPart]) -> int:
    """Return how many bytes `write_parts` yields."""
    frame = len(f"\r\n--{boundary}\r\n".encode())
    return sum(frame + len(part.head) + part.length for part in parts) + frame


def _malformed(reason: str) -> InvalidInputError:
    return InvalidInputError(
        f"the multipart body is malformed: {reason}; send each part after a line of -- and the boundary",
        rule=RULE,
        code="malformed_multipart",
    )
