"""What every payload of ours has in common: how it is read, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from marshmallow import post_load

from schemas import parameter_fields as asked
from schemas.errors import InvalidInputError
from schemas.payloads import Payload, Query, Values
from schemas.values import Flag, Text


class Thing(Payload):
    rule = "a rule"
    name = Text(required=True)
    open = Flag()


@dataclass(frozen=True)
class Wish:
    size: int = 0
    deep: bool = False


class WishQuery(Query[Wish]):
    rule = "a rule"
    size = asked.Limit(10)
    deep = asked.Boolean(data_key="is_deep")

    @post_load
    def make(self, values: Values, **kwargs: Any) -> Wish:
        return Wish(**values)


def test_a_payload_is_read() -> None:
    assert Thing().read({"name": " x ", "open": True}) == {"name": "x", "open": True}
    assert Thing().read_one("name", " x ") == "x"


@pytest.mark.parametrize(
    ("sent", "path", "said"),
    [
        ({"name": "x", "colour": 1}, "colour", "there is no property 'colour'; known are name, open"),
        ({"open": 7, "name": 8}, "open", "7 is refused: must be true or false"),
        ({}, "name", "is missing; add a text"),
        ([], "", "not a JSON object"),
    ],
)
def test_the_first_that_is_wrong_is_named(sent: Any, path: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Thing().read(sent)
    assert (caught.value.path, caught.value.rule) == (path, "a rule")
    assert said in caught.value.message


def test_one_property_is_refused_as_in_the_whole() -> None:
    with pytest.raises(InvalidInputError, match="7 is refused: must be a text") as caught:
        Thing().read_one("name", 7)
    assert caught.value.path == "name"


def test_a_query_is_made_into_its_object() -> None:
    assert WishQuery().read([("size", "3"), ("is_deep", "true")]) == Wish(3, deep=True)
    assert WishQuery(5).read([]) == Wish(5)


@pytest.mark.parametrize(
    ("pairs", "code", "said"),
    [
        ([("deep", "true")], "unknown_parameter", "known are is_deep, size"),
        ([("Size", "1")], "unknown_parameter", "did you mean size"),
        ([("size", "1"), ("size", "1")], "repeated_parameter", "given twice"),
        ([("size", "6")], "invalid_parameter", "from 1 to 5"),
        ([("is_deep", "yes")], "invalid_parameter", 'is_deep="yes" is not a Boolean'),
    ],
)
def test_a_query_is_refused_for_its_first_wrong_parameter(pairs: Any, code: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        WishQuery(5).read(pairs)
    assert (caught.value.code, caught.value.path) == (code, pairs[0][0])
    assert said in caught.value.message
