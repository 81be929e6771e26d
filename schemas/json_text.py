"""JSON text in and out: strict when reading, exact when cutting, complete when writing."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import jiter
import msgspec
import orjson

from schemas.errors import InvalidInputError

_RULE = "RFC 8259"
# Only such a number can overflow a double; without one there is no need to look at the values.
_SIGNS_OF_OVERFLOW = (b"e000", b"e+000", b"0" * 200)
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789E", b"000000000e")
_LIST_DECODER = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT_DECODER = msgspec.json.Decoder(dict[str, msgspec.Raw])
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{},]', re.DOTALL)
_DEEPER = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
_PLACE = re.compile(r"line (\d+) column (\d+)")
_REMEDIES = {
    "duplicate key": "use each property once",
    "recursion limit": "nest fewer levels",
    "number out of range": "send a shorter number",
    "invalid unicode": "encode the text as UTF-8",
    "hex escape": "pair every surrogate escape",
}


def parse_json(data: bytes) -> Any:
    """Return the Python value of JSON text; raise InvalidInputError naming the position.

    Stricter than `json.loads`: no duplicate keys (xAPI 2.0 4.2.1), no bad UTF-8, no lone
    surrogates, no NaN, no number beyond a double; integers of any size stay integers.
    """
    try:
        value = jiter.from_json(data, catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError as error:
        raise _malformed(str(error)) from error
    if _may_overflow(data) and _holds_infinity(value):
        raise InvalidInputError(
            "the JSON text holds a number beyond a 64-bit float (IEEE 754); send a smaller number",
            rule=_RULE,
            code="malformed_json",
        )
    return value


def split_array(data: bytes) -> list[bytes]:
    """Return the exact text of each element of a JSON array; `parse_json` has yet to accept each of them."""
    try:
        return [bytes(element) for element in _LIST_DECODER.decode(data)]
    except (msgspec.DecodeError, RecursionError) as error:
        _require_readable(data)
        raise _malformed(str(error)) from error


def split_object(data: bytes) -> dict[str, bytes]:
    """Return the exact text of each value of a JSON object that `parse_json` has accepted."""
    try:
        return {key: bytes(value) for key, value in _OBJECT_DECODER.decode(data).items()}
    except (msgspec.DecodeError, RecursionError) as error:
        raise _malformed(str(error)) from error


def dump_json(value: Any) -> bytes:
    """Return compact UTF-8 JSON text, also of integers beyond 64 bits."""
    try:
        return orjson.dumps(value)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode()


def dump_sorted(value: Any) -> bytes:
    """Return the JSON text of a value with the keys of every object in order: one text for equal values."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)
        return text.encode()


def _require_readable(data: bytes) -> None:
    """Raise InvalidInputError that names the element of an array that cannot be read; `msgspec` does not say which."""
    try:
        jiter.from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise _malformed(str(error), _element_at(data, str(error))) from error


def _element_at(data: bytes, reason: str) -> str:
    """Return the path of the element of an array that `line ... column ...` of an error lies in."""
    place = _PLACE.search(reason)
    if place is None:
        return ""
    lines = data.split(b"\n", int(place[1]) - 1)
    start = len(data) - len(lines[-1])
    depth = number = 0
    for token in _STRUCTURE.finditer(data, 0, start + int(place[2]) - 1):
        depth += _DEEPER.get(token[0], 0)
        number += depth == 1 and token[0] == b","
    return f"[{number}]" if depth else ""


def _malformed(reason: str, path: str = "") -> InvalidInputError:
    remedy = next(
        (cure for sign, cure in _REMEDIES.items() if sign in reason.lower()), "send well-formed JSON"
    )
    return InvalidInputError(
        f"the JSON text is refused: {reason}; {remedy}", path=path, rule=_RULE, code="malformed_json"
    )


def _may_overflow(data: bytes) -> bool:
    """Far faster than a regular expression: every digit becomes 0, then plain substring search."""
    shape = data.translate(_DIGITS_TO_ZERO)
    return any(_in_number(shape, at) for sign in _SIGNS_OF_OVERFLOW for at in _positions(shape, sign))


def _positions(shape: bytes, sign: bytes) -> Iterator[int]:
    at = shape.find(sign)
    while at >= 0:
        yield at
        at = shape.find(sign, at + len(sign))


def _in_number(shape: bytes, at: int) -> bool:
    """Return whether digits before a sign begin where a number can begin, not inside a UUID in a string."""
    return shape[max(0, at - 400) : at].rstrip(b"0.-")[-1:] in b":,[ \t\r\n"


def _holds_infinity(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_infinity(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_infinity(item) for item in value)
    return isinstance(value, float) and math.isinf(value)
