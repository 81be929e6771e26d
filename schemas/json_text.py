"""JSON text in and out: strict when reading, exact when cutting, complete when writing."""

import json
import math
import re
from functools import cache
from typing import Any

import jiter
import msgspec
import orjson

from schemas.errors import InvalidInputError, TooManyValuesError

MOST_SIGNS = 50_000
"""Commas, colons and opening brackets in one JSON text of a client: each value has one, and takes some 100 bytes."""
LOCATED_BYTES = 1024 * 1024
COUNTED = 100_000
"""Up to so many elements of an array are counted though they are too many."""
_RULE = "RFC 8259"
# Only such a number can overflow a double; without one there is no need to look at the values.
_SIGNS_OF_OVERFLOW = (b"e000", b"e+000", b"0" * 200)
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789E", b"000000000e")
_OVERFLOW = re.compile(rb"(?:\A|[:,\[\s])-?(?:[0-9]{200}|[0-9]{1,199}(?:\.[0-9]+)?[eE]\+?[0-9]{3})")
_SIGN = re.compile(rb'"[^"]*"?|[,:\[{]')
_LIST_DECODER = msgspec.json.Decoder(list[msgspec.Raw])
_ABSENT = msgspec.Raw(b"")
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


def require_few_values(data: bytes) -> None:
    """Raise TooManyValuesError for JSON text whose values would take many times the memory of the text.

    It is found in the bytes, before there is any value: what stands in strings is only looked at if it matters.
    """
    if len(data) <= MOST_SIGNS or sum(map(data.count, (b",", b":", b"[", b"{"))) <= MOST_SIGNS:
        return
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    signs = 0
    # Without a sign between two strings the text is no JSON, and needs no exact number.
    for number, found in enumerate(_SIGN.finditer(plain)):
        signs += found[0][:1] != b'"'
        if max(signs, number // 3) > MOST_SIGNS:
            raise TooManyValuesError(
                f"the JSON text has more than {MOST_SIGNS} commas, colons and opening brackets; send fewer values",
                code="too_many_values",
            )


def split_array(data: bytes, most: int) -> list[bytes] | None:
    """Return the exact text of each element of a JSON array, None if there are far more than `most`.

    `parse_json` has yet to accept each of them.
    """
    try:
        if data.count(b",") < max(most, COUNTED):
            return [bytes(element) for element in _LIST_DECODER.decode(data)]
        elements = msgspec.structs.astuple(_array_decoder(most + 1).decode(data))
    except (msgspec.DecodeError, RecursionError) as error:
        _require_readable(data)
        raise _malformed(str(error)) from error
    if elements[most] is not _ABSENT:
        return None
    return [bytes(element) for element in elements if element is not _ABSENT]


@cache
def _array_decoder(most: int) -> msgspec.json.Decoder[Any]:
    """Return a decoder of arrays as a struct of so many elements: no object is made of any beyond them."""
    fields = [(f"element_{number}", msgspec.Raw, _ABSENT) for number in range(most)]
    return msgspec.json.Decoder(msgspec.defstruct("Elements", fields, array_like=True))


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
    """Raise InvalidInputError that names the element of an array that cannot be read; `msgspec` does not say which.

    In a large text that would take too much memory.
    """
    if len(data) > LOCATED_BYTES:
        return
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
    """Tell whether there may be a number beyond a double: substrings first, far faster than the regular expression."""
    shape = data.translate(_DIGITS_TO_ZERO)
    return any(sign in shape for sign in _SIGNS_OF_OVERFLOW) and bool(_OVERFLOW.search(data))


def _holds_infinity(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_infinity(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_infinity(item) for item in value)
    return isinstance(value, float) and math.isinf(value)
