"""The values of a file as exact texts, whatever surrounds them."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.errors import RequestRefusedError
from lrs.ingestion import json_values
from lrs.ingestion.json_values import has_one_a_line, iterate_lines, iterate_values

VALUES = [b'{"a":1}', rb'{"b":"]}\"[{,\\"}', '{"c":[{"d":"ü"},[]]}'.encode(), b'{ "e" : 1.0 }', b"{}"]


def read(text, block=256 * 1024):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_values, "BLOCK_BYTES", block)
        return [value for _, value in iterate_values(io.BufferedReader(io.BytesIO(text)))]


def lines(text):
    return list(iterate_lines(io.BufferedReader(io.BytesIO(text))))


JOINED = b",\n ".join(VALUES)
FORMS = {
    "array": b"[" + JOINED + b"]",
    "array with a byte order mark": b"\xef\xbb\xbf \n[" + JOINED + b"]\n",
    "several arrays": b"[" + JOINED[:7] + b"]\n[" + JOINED[8:] + b"]",
    "one after another": b"\n".join(VALUES),
    "without anything between": b"".join(VALUES),
    "records": b"".join(b"\x1e" + value + b"\n" for value in VALUES),
    "result": b'{"statements":[' + JOINED + b'],"more":"/x?a=[{"}',
    "result, more first": b'{ "more" : "/x", "statements" : [ ' + JOINED + b"]}",
    "pages": b'{"statements":['
    + JOINED[:7]
    + b'],"more":"/x"}\n{"more":null,"statements":['
    + JOINED[8:]
    + b"]}",
}


@pytest.mark.parametrize("block", [1, 7, 64, 10_000])
@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_values_come_out_exactly_wherever_blocks_end(text, block):
    assert read(text, block) == VALUES


TEXT = st.text(st.sampled_from('a"\\[]{}, \n:é'), max_size=6)
JSON_OBJECTS = st.dictionaries(
    TEXT,
    st.recursive(TEXT, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2)),
)


@given(st.lists(JSON_OBJECTS, max_size=4), st.integers(1, 50), st.sampled_from([None, 2]))
def test_any_objects_come_out_of_an_array_as_they_went_in(objects, block, indent):
    assert [
        json.loads(value) for value in read(json.dumps(objects, indent=indent).encode(), block)
    ] == objects


def test_what_is_no_object_comes_out_too_and_hides_nothing():
    assert read(b'[1, "x", {"a":1}, [2], null, {"b":}, {"c":1}] trailing') == [
        b'1, "x"',
        b'{"a":1}',
        b"[2]",
        b"null",
        b'{"b":}',
        b'{"c":1}',
        b"trailing",
    ]


@pytest.mark.parametrize(
    "text", [b'[{"a":1},', b'[{"a":1},{"b":', b'{"statements":[{"a":1}]', b'[{"a":1},{"b":"x']
)
def test_a_file_that_ends_in_the_middle_is_told_after_what_is_whole(text):
    values = iterate_values(io.BufferedReader(io.BytesIO(text)))
    assert next(values) == (1, b'{"a":1}')
    with pytest.raises(RequestRefusedError, match="ends in the middle"):
        list(values)


def test_nothing_is_held_beyond_one_value(monkeypatch):
    monkeypatch.setattr(json_values, "LARGEST_BYTES", 1000)
    monkeypatch.setattr(json_values, "BLOCK_BYTES", 100)
    long = b'{"a":"' + b"x" * 5000 + b'"}'
    with pytest.raises(RequestRefusedError, match="an array of them"):
        read(b"[" + long + b"]", 100)
    with pytest.raises(RequestRefusedError, match="line 2"):
        lines(b"{}\n" + long)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b'{"a":1}\n{"b":2}\n', True),
        (b'{"a":1}', True),
        (b'\xef\xbb\xbf{"a":1}\n', True),
        (b'{"a":\n{"b":2}\n', True),
        (b"bad\n{}\n", True),
        (b"", True),
        (b'{"a": "' + b"x" * 70_000, True),
        (b"[{}]", False),
        (b" \n [\n{}", False),
        (b'{\n  "a": 1\n}\n{\n  "b": 2\n}\n', False),
        (b'{ "a": {\n "b": 1 }}', False),
        (b'{"statements":[', False),
        (b'{"more":"","statements":[', False),
    ],
)
def test_the_form_is_told_by_the_start(start, expected):
    assert has_one_a_line(start) is expected


def test_a_line_may_be_a_statement_result():
    text = b'\xef\xbb\xbf{"a":1}\r\n\n{"more":"","statements":[{"b":1},{"c":1}]}\n[{"d":1}]\nbad'
    assert lines(text) == [
        (1, b'{"a":1}\r\n'),
        (2, b"\n"),
        (3, b'{"b":1}'),
        (3, b'{"c":1}'),
        (4, b'[{"d":1}]\n'),
        (5, b"bad"),
    ]
