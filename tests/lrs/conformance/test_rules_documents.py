"""Rules 49 to 60 of docs/rules.md: documents, Agents and Activities, credentials and statuses."""

import hashlib
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from lrs.auth.credentials import create_credential

STATE, AGENT_PROFILE, ACTIVITY_PROFILE = "activities/state", "agents/profile", "activities/profile"
JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}
CREATE = {"If-None-Match": "*"}


@pytest.fixture(params=[STATE, AGENT_PROFILE, ACTIVITY_PROFILE])
def path(request):
    return request.param


@pytest.fixture
def doc(document, path, version):
    """One document of each resource under each version."""
    return lambda method, name="x", headers=(), **rest: document(
        method, name, path, version=version, headers=dict(headers), **rest
    )


@pytest.fixture
def created(doc):
    """Create the document; return its ETag."""

    def create(content=b'{"a":1}', headers=JSON):
        assert doc("PUT", headers={**headers, **CREATE}, data=content).status_code == 204
        return doc("GET").headers["ETag"]

    return create


def test_rule_49_the_etag_is_the_quoted_sha1_of_the_content(doc, created):
    etag = created()
    assert etag == '"' + hashlib.sha1(b'{"a":1}').hexdigest() + '"'
    assert doc("HEAD").headers["ETag"] == etag
    assert doc("GET", headers={"Accept-Encoding": "gzip, br"}).headers.get("Content-Encoding") is None


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_rule_50_preconditions_hold_or_nothing_happens(doc, created, assert_refused, method):
    assert_refused(doc(method, "absent", {**JSON, "If-Match": "*"}, data=b"{}"), 412)
    etag = created()
    body = {"data": b'{"b":2}'} if method != "DELETE" else {}
    for headers in ({"If-Match": '"stale"'}, CREATE, {"If-None-Match": f'"stale", {etag}'}):
        assert_refused(doc(method, headers={**JSON, **headers}, **body), 412)
    assert doc("GET").content == b'{"a":1}'
    assert doc(method, headers={**JSON, "If-Match": f'"stale", W/{etag}'}, **body).status_code == 204


def test_rule_51_1_0_3_lets_state_be_put_without_headers_and_profiles_not(document, assert_refused):
    for content in (b"one", b"two"):
        assert document("PUT", headers=TEXT, data=content).status_code == 204
    for path in (AGENT_PROFILE, ACTIVITY_PROFILE):
        assert_refused(document("PUT", path=path, headers=TEXT, data=b"one"), 400)
        document("PUT", path=path, headers={**TEXT, **CREATE}, data=b"one")
        refusal = assert_refused(document("PUT", path=path, headers=TEXT, data=b"two"), 409)
        assert "If-Match" in refusal["message"]
        assert document("GET", path=path).content == b"one"


def test_rule_52_2_0_refuses_to_put_over_a_document_without_headers(document, path, assert_refused):
    put = {"path": path, "version": "2.0.0", "headers": TEXT}
    assert document("PUT", data=b"one", **put).status_code == 204
    assert_refused(document("PUT", data=b"two", **put), 409)
    assert document("GET", path=path).content == b"one"


def test_rule_53_post_merges_the_top_level_of_json_objects_alone(doc, created, assert_refused):
    created(b'{"a":{"x":1},"b":1.0}')
    assert doc("POST", headers=JSON, data=b'{"a":{"y":2},"c":null}').status_code == 204
    assert json.loads(doc("GET").content) == {"a": {"y": 2}, "b": 1.0, "c": None}
    before = doc("GET").content
    for headers, content in ((JSON, b"[1]"), (JSON, b"{"), (TEXT, b'{"a":1}'), ({}, b'{"a":1}')):
        assert_refused(doc("POST", headers=headers, data=content), 400)
    assert doc("GET").content == before


def test_rule_53_post_stores_where_nothing_is_and_no_type_is_bytes(doc, assert_refused):
    assert doc("POST", headers={}, data=b"\x00\xff").status_code == 204
    assert doc("GET").headers["Content-Type"] == "application/octet-stream"
    assert_refused(doc("POST", headers=JSON, data=b'{"a":1}'), 400)


def test_rule_54_no_merge_of_many_clients_is_lost(doc, created):
    created(b"{}")

    def merge(number):
        return doc("POST", headers=JSON, data=json.dumps({str(number): number})).status_code

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(merge, range(20))) == [204] * 20
    assert doc("GET").json() == {str(number): number for number in range(20)}


def test_rule_55_writing_needs_an_id_and_reading_without_lists_them(doc, created, assert_refused):
    for method in ("PUT", "POST"):
        assert_refused(doc(method, None, JSON, data=b"{}"), 400)
    created()
    assert doc("GET", None).json() == ["x"]
    assert doc("GET", None, params={"since": "2020-01-01T00:00:00Z"}).json() == ["x"]
    assert doc("GET", None, params={"since": "2099-01-01T00:00:00Z"}).json() == []


def test_rule_55_state_goes_at_once_and_registration_decides_as_said(document, version, assert_refused):
    registration = {"params": {"registration": str(uuid.uuid4())}, "version": version}
    document("PUT", "with", headers=TEXT, data=b"1", **registration)
    document("PUT", "without", headers=TEXT, data=b"2", version=version)
    assert document("GET", "with").status_code == 404
    assert document("GET", None).json() == ["with", "without"]
    assert document("GET", None, **registration).json() == ["with"]
    both = {"params": {"since": "2020-01-01T00:00:00Z"}, "version": "2.0.0"}
    assert_refused(document("GET", "without", **both), 400)
    assert document("DELETE", None, version=version).status_code == 204
    assert document("GET", None).json() == []


@pytest.mark.parametrize(
    "agent",
    [
        "ada",
        "{}",
        '{"name":"Ada"}',
        '{"mbox":"ada@example.org"}',
        '["mbox"]',
        '{"mbox":"mailto:a@e.org","openid":"https://e.org/a"}',
        '{"mbox":"mailto:a@e.org","x":1}',
    ],
)
def test_rule_56_the_agent_must_be_one_with_one_identifier(ask, version, assert_refused, agent):
    for path, params in (("agents", {}), (AGENT_PROFILE, {}), (STATE, {"activityId": "https://e.org/a"})):
        assert_refused(ask("GET", path, version, params={"agent": agent, **params}), 400)


@pytest.mark.parametrize("name", ["x", "", "example.org/x", "/x"])
def test_rule_56_the_activity_must_be_an_iri(ask, version, assert_refused, name):
    for path in ("activities", ACTIVITY_PROFILE):
        assert_refused(ask("GET", path, version, params={"activityId": name}), 400)


def test_rule_57_an_unknown_document_is_not_found_and_deleting_it_is_fine(doc, assert_refused):
    assert_refused(doc("GET"), 404)
    assert doc("DELETE").status_code == 204


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("image/png", bytes(range(256))),
        ("application/json; charset=utf-8", b'{ "a" : 1.0 }\r\n'),
        ("text/x", b""),
    ],
)
def test_rule_58_a_document_comes_back_byte_for_byte_with_its_type(doc, created, kind, content):
    created(content, {"Content-Type": kind})
    answer = doc("GET")
    assert (answer.headers["Content-Type"], answer.content) == (kind, content)


def test_rule_59_a_person_is_all_arrays_and_an_unknown_activity_its_id(ask, version):
    agent = {"mbox": "mailto:nobody@example.org", "name": "Nobody"}
    person = ask("GET", "agents", version, params={"agent": json.dumps(agent)}).json()
    assert person == {"objectType": "Person", "mbox": [agent["mbox"]], "name": ["Nobody"]}
    activity = ask("GET", "activities", version, params={"activityId": "https://example.org/unknown"})
    assert (activity.status_code, activity.json()["id"]) == (200, "https://example.org/unknown")


def test_rule_59_definitions_are_merged_by_language_the_newest_wins(ask, either, make_statement):
    name = "https://example.org/nuggets/merged"
    for languages in ({"en": "old", "ca": "vell"}, {"en": "new"}):
        either.store(make_statement(object={"id": name, "definition": {"name": languages}}))
    merged = ask("GET", "activities", params={"activityId": name}).json()["definition"]
    assert merged["name"] == {"en": "new", "ca": "vell"}


def test_rule_60_without_define_a_definition_is_kept_in_the_statement_alone(
    ask, make_lrs, make_statement, version
):
    name = "https://example.org/nuggets/undefined"
    writer = make_lrs("statements/write", "statements/read")
    statement = make_statement(object={"id": name, "definition": {"name": {"en": "X"}}})
    writer.store(statement)
    assert writer.one(statement["id"])["object"] == statement["object"]
    assert "definition" not in ask("GET", "activities", version, params={"activityId": name}).json()


def test_rule_60_statuses_tell_credential_scope_and_absence_apart(
    database, ask, contexts, make_lrs, make_statement, store, assert_refused
):
    key, _ = create_credential(database, store, "rule 60")
    assert_refused(ask("GET", "statements", auth=(key, "wrong")), 401)
    assert_refused(ask("GET", "statements", auth=None), 401)
    assert_refused(make_lrs("statements/read").post(make_statement()), 403)
    assert_refused(ask("GET", "statements", params={"statementId": str(uuid.uuid4())}), 404)
    named = {**contexts[STATE], "stateId": "large"}
    assert_refused(ask("PUT", STATE, params=named, headers=JSON, data=b"x" * (3 * 1024 * 1024)), 413)
    large = make_statement(context={"platform": "x" * 600_000})
    assert_refused(ask("POST", "statements", json=large), 413)
