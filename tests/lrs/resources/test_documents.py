"""State, Agent Profile and Activity Profile: any bytes in, the same bytes out (xAPI 1.0.3 Communication 2.2)."""

import gzip
import json
import uuid
from email.utils import parsedate_to_datetime
from hashlib import sha1

import pytest

from schemas.timestamps import format_timestamp

BODIES = {
    "JSON with its spelling": (b'{ "b":1.0,\n"a" : 123456789012345678901234567890 }', "application/json"),
    "JSON with a charset": (b'{"a":1}', "application/json; charset=utf-8"),
    "no valid JSON": (b'{"a":', "application/json"),
    "text that is not UTF-8": (b"caf\xe9", "text/plain; charset=iso-8859-1"),
    "every byte": (bytes(range(256)) * 40, "application/octet-stream"),
    "compressed": (gzip.compress(b"hello"), "application/gzip"),
    "a page": (b"<script>alert(1)</script>", "text/html"),
    "a form": (b"method=PUT&content=x", "application/x-www-form-urlencoded"),
    "parts": (b"--x\r\n\r\n\r\n--x--", "multipart/mixed; boundary=x"),
    "nothing": (b"", "text/plain"),
    "line ends": (b"a\r\nb\nc\r", "text/plain"),
    "a type of its own": (b"1", 'application/vnd.example+json; a="b c"; d'),
}


@pytest.mark.parametrize(("body", "kind"), BODIES.values(), ids=BODIES)
def test_what_is_put_comes_back_byte_for_byte_with_its_type(make_shelf, path, name, body, kind):
    shelf = make_shelf(path)
    shelf.create(name, body, kind)
    answer = shelf.get(name)
    assert (answer.status_code, answer.content) == (200, body)
    assert answer.headers["Content-Type"] == kind


def test_a_document_without_a_type_is_bytes(shelf, name):
    shelf.create(name, b"x", None)
    assert shelf.get(name).headers["Content-Type"] == "application/octet-stream"


def test_a_document_has_the_sha1_of_its_content_as_etag_and_a_time(shelf, name):
    etag = shelf.create(name, b"hello", "text/plain")
    assert etag == f'"{sha1(b"hello").hexdigest()}"'
    headers = shelf.get(name).headers
    assert headers["Last-Modified"].endswith(" GMT")
    age = parsedate_to_datetime(headers["Date"]) - parsedate_to_datetime(headers["Last-Modified"])
    assert abs(age.total_seconds()) < 60


def test_head_is_get_without_the_body(shelf, name):
    shelf.create(name, b"hello", "text/plain")
    for wanted in (name, None, "absent"):
        got, head = shelf.get(wanted), shelf.send("HEAD", wanted)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert {**head.headers, "Date": ""} == {**got.headers, "Date": ""}


def test_the_answer_names_the_version_served(shelf, name):
    shelf.create(name, {"a": 1})
    for answer in (shelf.get(name), shelf.get("absent"), shelf.get(), shelf.delete(name)):
        assert answer.headers["X-Experience-API-Version"] == shelf.version


def test_a_cache_asks_again_and_is_told_what_it_has(shelf, name):
    etag = shelf.create(name, b"hello", "text/plain")
    again = shelf.send("GET", name, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert shelf.get(name).headers["Cache-Control"] == "private, no-cache"
    assert shelf.send("GET", name, headers={"If-None-Match": '"other"'}).content == b"hello"


def test_a_document_never_runs_as_a_page_of_the_service(shelf, name):
    shelf.create(name, b"<script>alert(1)</script>", "text/html")
    headers = shelf.get(name).headers
    assert headers["Content-Security-Policy"].startswith("sandbox")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_putting_again_replaces_all_of_it(shelf, name):
    etag = shelf.create(name, {"a": 1, "b": 2})
    assert shelf.put(name, b"whole", "text/plain", If_Match=etag).status_code == 204
    assert shelf.read(name) == b"whole"
    assert shelf.get(name).headers["Content-Type"] == "text/plain"


def test_ids_of_any_spelling_name_different_documents(shelf):
    names = ["a", "A", " a", "a/b?c&d=e#f", "ünï", "日本", "$where", "a.b", "null", "0", "\u0000", "a" * 1000]
    for name in names:
        shelf.create(name, name.encode(), "text/plain")
    assert shelf.ids() == sorted(names)
    assert [shelf.read(name) for name in names] == [name.encode() for name in names]


def test_ids_are_listed_with_the_time_of_the_newest(shelf):
    assert shelf.ids() == []
    assert "Last-Modified" not in shelf.get().headers
    shelf.create("b", {"a": 1})
    shelf.create("a", {"a": 1})
    answer = shelf.get()
    assert (answer.json(), answer.headers["Content-Type"]) == (["a", "b"], "application/json")
    assert answer.headers["Last-Modified"] == shelf.get("a").headers["Last-Modified"]
    assert answer.headers["ETag"] == f'"{sha1(answer.content).hexdigest()}"'


@pytest.fixture
def updated(database, store):
    """The time (us) a document of the test's store was written."""
    rows = database.collection("documents", store.id)
    return lambda name: rows.find_one({"document_id": name})["updated"]


def test_since_is_exclusive_to_the_microsecond(shelf, updated):
    for name in ("a", "b"):
        shelf.create(name, {"a": 1})
    at = updated("a")
    assert shelf.ids(since=format_timestamp(at)) == ["b"]
    assert shelf.ids(since=format_timestamp(at - 1)) == ["a", "b"]
    assert shelf.ids(since=format_timestamp(updated("b"))) == []


def test_since_finds_what_was_changed_later(shelf, updated):
    for name in ("a", "b"):
        shelf.create(name, {"a": 1})
    after = updated("b")
    shelf.post("a", {"b": 1})
    assert shelf.ids(since=format_timestamp(after)) == ["a"]


def test_since_beside_an_id_is_let_be_or_refused_by_version(make_shelf, path, name, assert_refused):
    old = make_shelf(path)
    old.create(name, b"x", "text/plain")
    assert old.get(name, since="2020-01-01T00:00:00Z").content == b"x"
    body = assert_refused(old.by_version("2.0.0").get(name, since="2020-01-01T00:00:00Z"), 400)
    assert body["path"] == "since"


def test_a_deleted_document_is_gone_and_deleting_again_is_fine(shelf, name):
    shelf.create(name, {"a": 1})
    shelf.create("other", {"a": 1})
    assert [shelf.delete(name).status_code for _ in range(2)] == [204, 204]
    assert shelf.get(name).status_code == 404
    assert shelf.ids() == ["other"]


def test_a_document_unknown_is_not_found(shelf, assert_refused):
    assert "'absent'" in assert_refused(shelf.get("absent"), 404)["message"]


class TestContexts:
    """What keeps documents of one name apart."""

    def test_agents_are_apart_by_identifier_alone(self, make_shelf, version, name):
        ada = make_shelf("agents/profile", version)
        ada.create(name, b"ada", "text/plain")
        bob = ada.within(agent=json.dumps({"mbox": "mailto:bob@example.org"}))
        assert bob.get(name).status_code == 404
        named = {"name": "Ada", "objectType": "Agent", "mbox": "mailto:ada@EXAMPLE.org"}
        assert ada.within(agent=json.dumps(named)).read(name) == b"ada"

    def test_activities_are_apart_by_their_exact_iri(self, make_shelf, version, name):
        shelf = make_shelf("activities/profile", version)
        shelf.create(name, b"x", "text/plain")
        assert shelf.within(activityId="https://example.org/courses/1/").get(name).status_code == 404
        assert shelf.within(activityId="https://EXAMPLE.org/courses/1").get(name).status_code == 404

    def test_the_resources_are_apart(self, make_shelf, version, name):
        make_shelf("activities/profile", version).create(name, b"x", "text/plain")
        for path in ("agents/profile", "activities/state"):
            assert make_shelf(path, version).get(name).status_code == 404

    def test_both_versions_read_the_same_documents(self, make_shelf, path, name):
        old = make_shelf(path, "1.0.3")
        old.create(name, b"x", "text/plain")
        assert old.by_version("2.0.0").read(name) == b"x"

    def test_no_registration_is_one_of_its_own_for_a_single_document(self, state, name):
        registered = state.within(registration=str(uuid.uuid4()))
        registered.create(name, b"with", "text/plain")
        assert state.get(name).status_code == 404
        state.create(name, b"without", "text/plain")
        assert (registered.read(name), state.read(name)) == (b"with", b"without")
        state.delete(name)
        assert registered.read(name) == b"with"

    def test_a_registration_is_the_same_in_any_case(self, state, name):
        registration = str(uuid.uuid4())
        state.within(registration=registration.upper()).create(name, b"x", "text/plain")
        assert state.within(registration=registration).read(name) == b"x"

    def test_no_registration_means_any_when_ids_are_listed(self, state):
        first, second = (state.within(registration=str(uuid.uuid4())) for _ in range(2))
        first.create("a", {"a": 1})
        second.create("b", {"a": 1})
        second.create("a", {"a": 1})
        state.create("c", {"a": 1})
        assert (first.ids(), second.ids(), state.ids()) == (["a"], ["a", "b"], ["a", "b", "c"])

    def test_all_state_of_a_registration_goes_at_once(self, state):
        first, second = (state.within(registration=str(uuid.uuid4())) for _ in range(2))
        for shelf in (first, second, state):
            shelf.create("a", {"a": 1})
            shelf.create("b", {"a": 1})
        assert first.delete().status_code == 204
        assert (first.ids(), second.ids(), state.ids()) == ([], ["a", "b"], ["a", "b"])

    def test_all_state_of_all_registrations_goes_at_once_and_nothing_else(self, state):
        registered = state.within(registration=str(uuid.uuid4()))
        elsewhere = state.within(activityId="https://example.org/courses/2")
        somebody = state.within(agent=json.dumps({"mbox": "mailto:bob@example.org"}))
        for shelf in (state, registered, elsewhere, somebody):
            shelf.create("a", {"a": 1})
        assert state.delete().status_code == 204
        assert [shelf.ids() for shelf in (state, registered, elsewhere, somebody)] == [[], [], ["a"], ["a"]]


class TestStores:
    """Nothing of one store is seen or changed from another."""

    def test_another_store_has_documents_of_its_own(self, shelf, make_client, other_store, name):
        shelf.create(name, b"ours", "text/plain")
        theirs = type(shelf)(make_client(of=other_store), shelf.path, shelf.context, shelf.version)
        assert theirs.get(name).status_code == 404
        assert theirs.ids() == []
        assert theirs.delete(name).status_code == 204
        theirs.create(name, b"theirs", "text/plain")
        assert (shelf.read(name), theirs.read(name)) == (b"ours", b"theirs")

    def test_deleting_all_state_leaves_other_stores_alone(self, state, make_client, other_store):
        state.create("a", {"a": 1})
        theirs = type(state)(make_client(of=other_store), state.path, state.context, state.version)
        assert theirs.delete().status_code == 204
        assert state.ids() == ["a"]


SCOPES = [
    ("activities/state", "state"),
    ("agents/profile", "profile"),
    ("activities/profile", "profile"),
]


@pytest.mark.parametrize(("path", "scope"), SCOPES)
def test_a_scope_reaches_as_far_as_it_says(make_shelf, make_client, assert_refused, path, scope, name):
    owner = make_shelf(path)
    owner.create(name, {"a": 1})
    others = {
        "statements/read",
        "statements/write",
        "state/read",
        "state/write",
        "profile/read",
        "profile/write",
    }
    reader = make_shelf(path, of=make_client(f"{scope}/read"))
    writer = make_shelf(path, of=make_client(f"{scope}/write"))
    stranger = make_shelf(path, of=make_client(*sorted(others - {f"{scope}/read", f"{scope}/write"})))
    assert reader.ids() == [name]
    assert writer.post(name, {"b": 1}).status_code == 204
    writes = [lambda by: by.put(name, {}), lambda by: by.post(name, {}), lambda by: by.delete(name)]
    for refused in [write(by) for write in writes for by in (reader, stranger)]:
        assert scope in assert_refused(refused, 403)["message"]
    for refused in (writer.get(name), writer.get(), stranger.get(name), stranger.get()):
        assert_refused(refused, 403)
    assert json.loads(owner.read(name)) == {"a": 1, "b": 1}
