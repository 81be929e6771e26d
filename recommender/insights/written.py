"""Answers as bytes, as they are stored, and back."""

from __future__ import annotations

import zlib
from typing import Any, TypeVar

from msgspec import msgpack

Value = TypeVar("Value")
QUICKLY = 1
"""The level of compression: names of columns repeat, so that more effort brings little."""


def written(value: object) -> bytes:
    """Write an answer, or a list of people."""
    return zlib.compress(msgpack.encode(value, enc_hook=_plain), QUICKLY)


def read(body: bytes, kind: type[Value]) -> Value:
    """Read what was written as a value of a kind."""
    return msgpack.decode(unpacked(body), type=kind)


def unpacked(body: bytes) -> bytes:
    """Return what was written without compression: texts in it are found as they are."""
    return zlib.decompress(body)


def _plain(value: Any) -> Any:
    """Return a number of numpy as one of Python."""
    return value.item()
