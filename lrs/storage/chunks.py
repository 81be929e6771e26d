"""Cuts what may be many or large into chunks, which end at bytes as well as at a number of items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

Item = TypeVar("Item")

AT_ONCE = 1_000
BYTES_AT_ONCE = 8 * 1024 * 1024
"""What a page, a question to the database or a batch of Statements holds at most, beside one item that is larger."""


def length_of(item: Any) -> int:
    """Return the length of a text; nothing for anything else, such as an id of the database."""
    return len(item) if isinstance(item, (str, bytes)) else 0


def text_bytes(row: Mapping[str, Any]) -> int:
    """Return the length of the text that a row holds."""
    return len(row["text"])


def in_chunks(
    items: Iterable[Item], size: int = AT_ONCE, weigh: Callable[[Item], int] = length_of
) -> Iterator[list[Item]]:
    """Yield the items in order, at most `size` at once, together no more than `BYTES_AT_ONCE` unless it is one."""
    chunk: list[Item] = []
    weight = 0
    for item in items:
        bytes_of_item = weigh(item)
        if chunk and (len(chunk) == size or weight + bytes_of_item > BYTES_AT_ONCE):
            yield chunk
            chunk, weight = [], 0
        chunk.append(item)
        weight += bytes_of_item
    if chunk:
        yield chunk


def first_chunk(
    items: Iterable[Item], size: int, weigh: Callable[[Item], int], times: int = 1
) -> tuple[list[Item], bool]:
    """Return the first chunk, and whether items come after it: one at most is read beyond the chunk.

    It may have so many times the bytes of a usual one.
    """
    chunk: list[Item] = []
    weight = 0
    for item in items:
        weight += weigh(item)
        if chunk and (len(chunk) == size or weight > times * BYTES_AT_ONCE):
            return chunk, True
        chunk.append(item)
    return chunk, False
