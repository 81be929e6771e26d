"""Yields the JSON values of a file as exact texts, in any of several layouts; one value is held at a time.

Values stand one a line (NDJSON), one after another over several lines (pretty-printed), in an array, or in the
StatementResult `{"statements": [...], "more": ...}`. Brackets alone are looked at: whether a text is JSON, and a
Statement, is judged where it is stored, so that one bad value does not hide the others. No library gives exact texts
of a stream.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from io import BufferedReader

from lrs.errors import RequestRefusedError

BLOCK_BYTES = 256 * 1024
LOOK_AHEAD_BYTES = 4 * 1024
LARGEST_BYTES = 32 * 1024 * 1024
Value = tuple[int, bytes]
"""The number of a line or of a value, from 1, and its text."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}"]', re.DOTALL)
_OPENING, _CLOSING = (b"{", b"["), (b"}", b"]")
_BETWEEN = b" \t\r\n,\x1e"
_RESULT = re.compile(
    rb'\{\s*(?:"more"\s*:\s*(?:"(?:[^"\\]|\\.)*"|null)\s*,\s*)?"statements"\s*:\s*\[', re.DOTALL
)


def has_one_a_line(start: bytes) -> bool:
    """Return whether a file has one value a line, valid or not, judging by its start."""
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith(b"[") or _RESULT.match(text):
        return False
    first, newline, rest = text.partition(b"\n")
    return not newline or _is_whole(first) or not text.startswith(b"{") or rest.lstrip().startswith(b"{")


def _is_whole(line: bytes) -> bool:
    """Return whether all brackets that open on a line close on it."""
    tokens = [token[0] for token in _TOKEN.finditer(line)]
    return sum(token in _OPENING for token in tokens) == sum(token in _CLOSING for token in tokens)


def iterate_lines(opened: BufferedReader) -> Iterator[Value]:
    """Yield each line, and each Statement of a line that is a StatementResult."""
    number = 0
    while line := opened.readline(LARGEST_BYTES + 1):
        number += 1
        if len(line) > LARGEST_BYTES:
            raise _too_large(f"line {number}")
        text = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if b'"statements"' in text and _RESULT.match(text.lstrip()):
            yield from ((number, value) for value in _values_of(text))
        else:
            yield number, text


def _values_of(text: bytes) -> Iterator[bytes]:
    scanner = _Scanner()
    yield from scanner.values(text, is_last=True)
    yield from scanner.rest()


def iterate_values(opened: BufferedReader) -> Iterator[Value]:
    """Yield each value of a file that is an array or has values over several lines."""
    yield from enumerate(_stream_values(opened), start=1)


def _stream_values(opened: BufferedReader) -> Iterator[bytes]:
    scanner = _Scanner()
    if opened.peek(len(codecs.BOM_UTF8)).startswith(codecs.BOM_UTF8):
        opened.read(len(codecs.BOM_UTF8))
    while block := opened.read(BLOCK_BYTES):
        yield from scanner.values(block)
        if scanner.held > LARGEST_BYTES:
            raise _too_large("one value")
    yield from scanner.values(b"", is_last=True)
    yield from scanner.rest()
    if scanner.is_inside:
        raise RequestRefusedError(
            "The file ends in the middle of its JSON. Fetch it again; the import then goes on where it was."
        )


def _too_large(which: str) -> RequestRefusedError:
    return RequestRefusedError(
        f"The file has more than {LARGEST_BYTES} bytes in {which}; write one Statement a line, or an array of them."
    )


class _Scanner:
    """Finds where values begin and end, block by block."""

    def __init__(self) -> None:
        self._buffer = b""
        self._at = 0  # all before is looked at
        self._start = 0  # of what is not yielded yet
        self._depth = 0
        self._level = 0  # the depth at which values stand
        self._skips = False  # what follows the Statements of a StatementResult

    @property
    def held(self) -> int:
        """How many bytes of a value are here whose end is not."""
        return len(self._buffer) - self._start

    @property
    def is_inside(self) -> bool:
        """Whether brackets are open."""
        return self._depth > 0

    def values(self, block: bytes, *, is_last: bool = False) -> Iterator[bytes]:
        """Yield the values that end in one more block."""
        self._buffer, self._at = self._buffer[self._start :] + block, self._at - self._start
        self._start = 0
        while token := _TOKEN.search(self._buffer, self._at):
            if token[0] == b'"' or (not is_last and self._is_too_near(token)):
                self._at = token.start()
                return
            if token[0][:1] == b'"':
                self._at = token.end()
            elif token[0] in _OPENING:
                yield from self._open(token)
            else:
                yield from self._close(token)
        self._at = len(self._buffer)

    def _is_too_near(self, token: re.Match[bytes]) -> bool:
        """Return whether more of a value must be read before its kind is known."""
        return self._depth == 0 and len(self._buffer) - token.start() < LOOK_AHEAD_BYTES

    def rest(self) -> Iterator[bytes]:
        """Yield what is left at the end: no value, so that it is refused."""
        yield from self._between(len(self._buffer))

    def _open(self, token: re.Match[bytes]) -> Iterator[bytes]:
        self._at = token.end()
        if self._depth == self._level and not self._skips:
            yield from self._between(token.start())
            self._start = token.start()
            result = _RESULT.match(self._buffer, token.start()) if self._depth == 0 else None
            if token[0] == b"[" and self._depth == 0:
                self._level, self._start = 1, token.end()
            elif result:
                self._depth, self._level = 1, 2
                self._at = self._start = result.end()
        self._depth += 1

    def _close(self, token: re.Match[bytes]) -> Iterator[bytes]:
        self._at = token.end()
        if self._skips:
            self._skip_to_end(token.end())
        elif self._depth > self._level:
            self._depth -= 1
            if self._depth == self._level:
                yield self._buffer[self._start : token.end()]
                self._start = token.end()
        elif self._depth:
            yield from self._between(token.start())
            self._depth, self._skips = self._depth - 1, self._depth == 2
            self._level, self._start = 0, token.end()

    def _skip_to_end(self, end: int) -> None:
        self._depth, self._start = self._depth - 1, end
        self._skips = self._depth > 0

    def _between(self, end: int) -> Iterator[bytes]:
        """Yield what stands between values and should not."""
        text = self._buffer[self._start : end].strip(_BETWEEN)
        self._start = end
        if text and not self._skips:
            yield text
