"""If-Match and If-None-Match, and what a PUT without them may do (xAPI 1.0.3 Communication 3.1)."""

import json

import pytest

SHA1_OF_NOTHING = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
WRITES = {
    "PUT": lambda shelf, name, **headers: shelf.put(name, {"b": 2}, **headers),
    "POST": lambda shelf, name, **headers: shelf.post(name, {"b": 2}, **headers),
    "DELETE": lambda shelf, name, **headers: shelf.delete(name, **headers),
}
GOOD_MATCHES = ["{}", "W/{}", '"other", {}', '{},"other"', "*", '"other" , W/{} , "more"', "{bare}"]


@pytest.fixture(params=WRITES)
def write(request):
    """Each writing method in turn."""
    return WRITES[request.param]


def test_if_match_lets_in_who_knows_the_document(shelf, write):
    for number, match in enumerate(GOOD_MATCHES):
        etag = shelf.create(f"document-{number}", {"a": number})
        sent = match.format(etag, bare=etag.strip('"'))
        assert write(shelf, f"document-{number}", If_Match=sent).status_code == 204, sent


def test_if_match_keeps_out_who_knows_another_document(shelf, name, assert_refused, write):
    etag = shelf.create(name, {"a": 1})
    for match in (f'"{SHA1_OF_NOTHING}"', '"a", "b"', 'W/"a"', '""'):
        assert etag in assert_refused(write(shelf, name, If_Match=match), 412)["message"]
    assert json.loads(shelf.read(name)) == {"a": 1}


def test_a_stale_etag_is_kept_out(shelf, name, assert_refused, write):
    stale = shelf.create(name, {"a": 1})
    shelf.post(name, {"c": 3})
    assert_refused(write(shelf, name, If_Match=stale), 412)
    assert json.loads(shelf.read(name)) == {"a": 1, "c": 3}


def test_if_match_needs_a_document(shelf, name, assert_refused, write):
    for match in ("*", f'"{SHA1_OF_NOTHING}"'):
        assert_refused(write(shelf, name, If_Match=match), 412)
    assert shelf.ids() == []


def test_if_none_match_star_needs_that_there_is_none(shelf, name, assert_refused, write):
    assert write(shelf, name, If_None_Match="*").status_code == 204
    shelf.delete(name)
    shelf.create(name, {"a": 1})
    assert_refused(write(shelf, name, If_None_Match="*"), 412)
    assert json.loads(shelf.read(name)) == {"a": 1}


def test_if_none_match_keeps_out_the_document_named_and_no_other(shelf, name, assert_refused, write):
    etag = shelf.create(name, {"a": 1})
    assert_refused(write(shelf, name, If_None_Match=f'"x", W/{etag}'), 412)
    assert write(shelf, name, If_None_Match='"x", "y"').status_code == 204


def test_both_headers_must_hold(shelf, name, assert_refused, write):
    etag = shelf.create(name, {"a": 1})
    assert_refused(write(shelf, name, If_Match=etag, If_None_Match=etag), 412)
    assert_refused(write(shelf, name, If_Match='"x"', If_None_Match='"y"'), 412)
    assert write(shelf, name, If_Match=etag, If_None_Match='"y"').status_code == 204


@pytest.mark.parametrize("header", ["If_Match", "If_None_Match"])
def test_a_header_that_names_no_etag_lets_nobody_in(state, name, assert_refused, write, header):
    state.create(name, {"a": 1})
    for value in ('"unterminated', ","):
        assert_refused(write(state, name, **{header: value}), 400)
    assert json.loads(state.read(name)) == {"a": 1}


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_all_state_is_deleted_under_preconditions_on_the_list_of_its_ids(state, assert_refused, version):
    state = state.by_version(version)
    empty = state.get().headers["ETag"]
    state.create("a", {"a": 1})
    before = state.get().headers["ETag"]
    state.create("b", {"a": 1})
    etag = state.get().headers["ETag"]
    for headers in (
        {"If_Match": before},
        {"If_Match": empty},
        {"If_None_Match": "*"},
        {"If_None_Match": etag},
    ):
        assert_refused(state.delete(**headers), 412)
        assert state.ids() == ["a", "b"]
    assert state.delete(If_Match=etag).status_code == 204
    assert state.ids() == []
    assert state.delete(If_Match=f'"x", {empty}').status_code == 204
    state.create("c", {"a": 1})
    assert state.delete(If_Match="*", If_None_Match=etag).status_code == 204
    assert state.ids() == []


UNCONDITIONAL = [
    ("activities/state", "1.0.3", 204, 204),
    ("activities/state", "2.0.0", 204, 409),
    ("agents/profile", "1.0.3", 400, 409),
    ("agents/profile", "2.0.0", 204, 409),
    ("activities/profile", "1.0.3", 400, 409),
    ("activities/profile", "2.0.0", 204, 409),
]


@pytest.mark.parametrize(("path", "version", "absent", "there"), UNCONDITIONAL)
def test_a_put_that_says_nothing_of_what_it_knows(make_shelf, name, path, version, absent, there):
    shelf = make_shelf(path, version)
    assert shelf.put(name, b"new", "text/plain").status_code == absent
    assert shelf.get(name).status_code == {204: 200, 400: 404}[absent]
    shelf.post(name, b"old", "text/plain", If_None_Match="*")
    before = shelf.read(name)
    assert shelf.put(name, b"newer", "text/plain").status_code == there
    assert shelf.read(name) == {204: b"newer", 409: before}[there]


@pytest.mark.parametrize("path", ["agents/profile", "activities/profile"])
def test_a_conflict_says_what_to_do(make_shelf, name, assert_refused, path):
    shelf = make_shelf(path)
    shelf.create(name, {"a": 1})
    message = assert_refused(shelf.put(name, {"b": 1}), 409)["message"]
    assert "current state" in message
    assert "If-Match" in message


def test_posting_and_deleting_need_no_header(shelf, name):
    assert [shelf.post(name, {"a": 1}).status_code for _ in range(2)] == [204, 204]
    assert shelf.delete(name).status_code == 204
