import json
from functools import partial

import pytest

from schemas.errors import InvalidInputError, TooManyValuesError
from schemas.json_text import (
    MOST_SIGNS,
    dump_json,
    parse_json,
    require_few_values,
    split_array,
    split_object,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, 1.5, true, null]}', {"a": [1, 1.5, True, None]}),
        (b"12345678901234567890123", 12345678901234567890123),
        (b'"\\u0000 \\ud83d\\ude00"', "\0 \U0001f600"),
        (b"[1e300, -1E+308]", [1e300, -1e308]),
        (b'{"a": {"b": 1}, "b": 1}', {"a": {"b": 1}, "b": 1}),
    ],
)
def test_json_is_read(text, value):
    assert parse_json(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"{", b"[1,]", b"1 2", b"01", b"NaN", b"Infinity", b"'a'", b"\xef\xbb\xbf{}"),
        *(b'{"a":1,"a":2}', b'{"a":1,"\\u0061":2}', b'[{"x":{"a":1,"a":1}}]'),
        *(b'"\xff"', b'"\xed\xa0\x80"', b'"\\ud800"', b'{"\\ud83d":1}'),
        *(b"1e400", b"[-1e400]", b'{"a":[1E+999]}', b"1" + b"0" * 400 + b".0", b"1" * 300 + b"e99"),
        *(b"[" * 1000 + b"]" * 1000, b"9" * 5000),
    ],
)
def test_bad_json_is_refused_with_code_and_remedy(text):
    with pytest.raises(InvalidInputError, match="; ") as caught:
        parse_json(text)
    assert caught.value.code == "malformed_json"


def test_the_position_of_a_mistake_is_named():
    with pytest.raises(InvalidInputError, match="line 2 column"):
        parse_json(b'{"a": 1,\n"a": 2}')


def test_arrays_and_objects_are_cut_without_touching_their_text():
    assert split_array(b'[1.0 , {"b" : 1, "a":2.50}]', 2) == [b"1.0", b'{"b" : 1, "a":2.50}']
    assert split_object(b'{"\\u0061": [1,  2], "b":1.0}') == {"a": b"[1,  2]", "b": b"1.0"}


@pytest.mark.parametrize("split", [partial(split_array, most=9), split_object])
def test_only_the_right_kind_is_cut(split):
    with pytest.raises(InvalidInputError):
        split(b"5")


@pytest.mark.parametrize("value", [{"a": 1.0, "ü": None}, [2**64, -(2**100)], {"deep": [{"n": 10**40}]}])
def test_what_is_written_reads_back(value):
    assert parse_json(dump_json(value)) == value


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (rb'[{"a":1},{"b":"\ud83d"}]', "[1]"),
        (b'[\n{"a":"x,]"},\n\n{"b":}]', "[1]"),
        (b"[1,2,,3]", "[2]"),
        (b'[{"a":[1,2,{"b":"\\","}]},{', "[1]"),
        (b"[1] x", ""),
        (b"{}", ""),
    ],
)
def test_the_element_that_cannot_be_read_is_named(text, path):
    with pytest.raises(InvalidInputError) as caught:
        split_array(text, 100)
    assert caught.value.path == path


@pytest.mark.parametrize("number", [0, 1, 2, 3])
@pytest.mark.parametrize("counted", [0, 100])
def test_an_array_is_split_up_to_a_number_of_elements(number, counted, monkeypatch):
    monkeypatch.setattr("schemas.json_text.COUNTED", counted)
    text = b"[" + b",".join([b'{"a":[1,2,3]}'] * number) + b"]"
    too_many = number > 2 and not counted
    assert split_array(text, 2) == (None if too_many else [b'{"a":[1,2,3]}'] * number)


FEW, MANY = MOST_SIGNS // 4, MOST_SIGNS


@pytest.mark.parametrize("value", [b"[]", b"{}", b"1", b'""', b'{"a":1}', b"[[]]"])
def test_many_values_are_too_many_and_as_much_text_is_not(value):
    with pytest.raises(TooManyValuesError, match="50000") as error:
        require_few_values(b"[" + b",".join([value] * (MANY + 1)) + b"]")
    assert (error.value.status, error.value.code) == (413, "too_many_values")
    require_few_values(b"[" + b",".join([value] * (FEW - 1)) + b"]")


@pytest.mark.parametrize("text", [b",", b"[{:", rb"\",", rb"\\", b'\\"[', b"x"])
def test_what_stands_in_strings_is_no_value(text):
    require_few_values(b'["' + text * MANY + b'","' + text * MANY + b'"]')


def test_text_that_is_no_json_is_not_counted_without_end():
    with pytest.raises(TooManyValuesError):
        require_few_values(b'""' * 4 * MANY + b"," * (MANY // 2) + b":" * (MANY // 2) + b"[")


@pytest.mark.parametrize("text", ["e111" * 100, "1e400", ":1e400", "0" * 400, ": " + "9" * 400])
def test_what_looks_like_a_large_number_may_stand_in_a_string(text):
    assert parse_json(json.dumps([text]).encode()) == [text]
