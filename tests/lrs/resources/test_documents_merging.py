"""POST lays the properties of one JSON object over another (xAPI 1.0.3 Communication 2.2)."""

import json

import pytest


def test_top_level_properties_are_set_and_all_others_kept(shelf, name):
    shelf.create(name, {"x": "foo", "y": "bar"})
    assert shelf.post(name, {"x": "bash", "z": "faz"}).status_code == 204
    assert json.loads(shelf.read(name)) == {"x": "bash", "y": "bar", "z": "faz"}


def test_a_property_is_replaced_whole(shelf, name):
    shelf.create(name, {"car": {"make": "Ford", "model": "Escape"}, "list": [1, 2]})
    shelf.post(name, {"car": {"make": "Dodge"}, "list": []})
    assert json.loads(shelf.read(name)) == {"car": {"make": "Dodge"}, "list": []}


def test_values_keep_their_spelling(shelf, name):
    shelf.create(name, b'{"float": 1.0, "big": 123456789012345678901234567890, "$a.b": "\\u00fc"}')
    shelf.post(name, b'{"new": 1e2, "nul": null}')
    assert shelf.read(name) == (
        b'{"float":1.0,"big":123456789012345678901234567890,"$a.b":"\\u00fc","new":1e2,"nul":null}'
    )


def test_an_empty_object_changes_nothing_but_the_time(shelf, name):
    shelf.create(name, {"a": 1})
    assert shelf.post(name, {}).status_code == 204
    assert json.loads(shelf.read(name)) == {"a": 1}


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON ; charset=UTF-8"])
def test_json_is_known_with_parameters_and_in_capitals(shelf, name, kind):
    shelf.create(name, {"a": 1})
    assert shelf.post(name, b'{"b":2}', kind).status_code == 204
    assert json.loads(shelf.read(name)) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("body", "kind"), [(b'{ "a": 1.0 }', "application/json"), (b"\x00\xff", "image/png"), (b"", None)]
)
def test_what_was_not_there_is_kept_as_it_is(shelf, name, body, kind):
    assert shelf.post(name, body, kind).status_code == 204
    answer = shelf.get(name)
    assert answer.content == body
    assert answer.headers["Content-Type"] == (kind or "application/octet-stream")


REFUSED = {
    "another type": (b'{"b":1}', "text/plain"),
    "no type": (b'{"b":1}', None),
    "another kind of JSON": (b'{"b":1}', "application/vnd.example+json"),
    "a list": (b"[1]", "application/json"),
    "a string": (b'"b"', "application/json"),
    "null": (b"null", "application/json"),
    "half an object": (b'{"b":', "application/json"),
    "two objects": (b"{}{}", "application/json"),
    "nothing": (b"", "application/json"),
    "a property twice": (b'{"b":1,"b":2}', "application/json"),
    "not UTF-8": (b'{"b":"\xe9"}', "application/json"),
    "deep": (b'{"b":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "application/json"),
}


@pytest.mark.parametrize(("body", "kind"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_json_object_is_not_merged(state, name, assert_refused, body, kind):
    state.create(name, {"a": 1})
    before = state.get(name)
    assert assert_refused(state.post(name, body, kind), 400)["rule"]
    after = state.get(name)
    assert (after.content, after.headers["ETag"]) == (before.content, before.headers["ETag"])


UNMERGEABLE = {
    "half a surrogate pair": rb'{"note":"cut \ud83d"}',
    "the other half": rb'{"note":"\ude00 cut"}',
    "half a pair in a key": rb'{"\ud83d":1}',
    "a property twice": b'{"b":1,"b":2}',
    "a property twice, deeper": b'{"a":[{"b":1,"b":2}]}',
    "not a number": b'{"b":NaN}',
    "beyond all numbers": b'{"b":1e999}',
    "not UTF-8": b'{"b":"\xe9"}',
    "a surrogate in UTF-8": b'{"b":"\xed\xa0\xbd"}',
    "deep": b'{"b":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
}


@pytest.mark.parametrize("body", UNMERGEABLE.values(), ids=UNMERGEABLE)
def test_what_could_never_be_merged_is_refused_at_once(state, name, assert_refused, body):
    assert assert_refused(state.put(name, body), 400)["rule"]
    assert_refused(state.post(name, body), 400)
    assert state.ids() == []
    state.create(name, {"a": 1})
    assert_refused(state.put(name, body), 400)
    assert state.read(name) == b'{"a": 1}'
    state.create(f"{name}-text", body, "text/plain")
    assert state.read(f"{name}-text") == body


@pytest.mark.parametrize(
    "body", [rb'{"a":"\ud83d\ude00"}', '{"a":"\U0001f600"}'.encode(), b'{"a":1e308}', b"{}"]
)
def test_what_can_be_read_can_be_merged(state, name, body):
    state.create(name, body)
    assert state.post(name, {"b": 1}).status_code == 204
    assert state.get(name).json() == {**json.loads(body), "b": 1}


@pytest.mark.parametrize("body", [b"[1]", b'{"b":', b"null", b""])
def test_what_says_json_and_is_no_object_is_not_posted_even_where_nothing_was(
    state, name, assert_refused, body
):
    assert_refused(state.post(name, body), 400)
    assert state.ids() == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b'{"a":1}', "text/plain"), (b"[1]", "application/json"), (b'{"a":', "application/json"), (b"x", None)],
)
def test_nothing_is_merged_into_what_is_no_json_object(state, name, assert_refused, body, kind):
    state.create(name, body, kind)
    assert "there" in assert_refused(state.post(name, {"b": 1}), 400)["message"]
    assert state.read(name) == body
