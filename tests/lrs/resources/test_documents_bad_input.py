"""What cannot be right is a 4xx in the one shape, names what to mend, and changes nothing."""

import json

import pytest

DROPPED = None
GROUP = json.dumps({"objectType": "Group", "mbox": "mailto:team@example.org"})
ANONYMOUS = json.dumps({"objectType": "Group", "member": [{"mbox": "mailto:ada@example.org"}]})
BAD_AGENTS = {
    "no agent": DROPPED,
    "agent no JSON": "not JSON",
    "agent a Boolean": "true",
    "agent empty": "",
    "agent without identifier": '{"name":"Ada"}',
    "agent with two identifiers": '{"mbox":"mailto:a@example.org","openid":"https://example.org/a"}',
    "agent with an unknown property": '{"mbox":"mailto:a@example.org","age":7}',
    "agent in capitals": '{"MBOX":"mailto:a@example.org"}',
    "agent's mbox no mailto": '{"mbox":"a@example.org"}',
    "agent twice the same key": '{"mbox":"mailto:a@example.org","mbox":"mailto:b@example.org"}',
    "agent a Group": GROUP,
    "agent an anonymous Group": ANONYMOUS,
}
BAD_ACTIVITIES = {"no activityId": DROPPED, "activityId no IRI": "course", "activityId empty": ""}
AGENTS = [("agent", value) for value in BAD_AGENTS.values()]
ACTIVITIES = [("activityId", value) for value in BAD_ACTIVITIES.values()]
UNKNOWN = [("page", "2"), ("STATEID", "x"), ("AgenT", "{}"), ("statementId", "x")]
TABLE = {
    "activities/state": [
        *AGENTS,
        *ACTIVITIES,
        *UNKNOWN,
        ("registration", "7"),
        ("registration", ""),
        ("profileId", "x"),
    ],
    "agents/profile": [*AGENTS, *UNKNOWN, ("activityId", "https://example.org/a"), ("stateId", "x")],
    "activities/profile": [*ACTIVITIES, *UNKNOWN, ("agent", '{"mbox":"mailto:a@example.org"}')],
}
ROWS = [(path, name, value) for path, rows in TABLE.items() for name, value in rows]


def _spoilt(shelf, name, value):
    kept = {key: text for key, text in shelf.context.items() if key != name}
    return type(shelf)(
        shelf.client, shelf.path, kept if value is DROPPED else {**kept, name: value}, shelf.version
    )


@pytest.mark.parametrize(("path", "parameter", "value"), ROWS)
def test_a_parameter_that_cannot_be_right_is_refused_by_every_method(
    make_shelf, version, name, assert_refused, path, parameter, value
):
    shelf = make_shelf(path, version)
    shelf.create(name, {"a": 1})
    spoilt = _spoilt(shelf, parameter, value)
    answers = [
        spoilt.get(name),
        spoilt.get(),
        spoilt.put(name, {"b": 2}, If_Match="*"),
        spoilt.post(name, {"b": 2}),
        spoilt.delete(name),
        spoilt.delete(),
    ]
    for answer in answers:
        assert assert_refused(answer, 400)["path"].startswith((parameter, shelf.id_name))
    assert shelf.ids() == [name]
    assert json.loads(shelf.read(name)) == {"a": 1}


def test_a_write_needs_the_id(shelf, assert_refused):
    for method in ("PUT", "POST"):
        answer = shelf.send(method, None, b"{}", {"Content-Type": "application/json"})
        assert assert_refused(answer, 400)["path"] == shelf.id_name
    assert shelf.ids() == []


@pytest.mark.parametrize("path", ["agents/profile", "activities/profile"])
def test_profiles_are_deleted_one_by_one(make_shelf, version, name, assert_refused, path):
    shelf = make_shelf(path, version)
    shelf.create(name, {"a": 1})
    assert assert_refused(shelf.delete(), 400)["path"] == "profileId"
    assert shelf.ids() == [name]


def test_an_empty_id_is_no_id_and_never_all_ids(shelf, name, assert_refused):
    shelf.create(name, {"a": 1})
    for answer in (shelf.get(""), shelf.put("", {}), shelf.post("", {}), shelf.delete("")):
        assert assert_refused(answer, 400)["path"] == shelf.id_name
    assert shelf.ids() == [name]


@pytest.mark.parametrize("since", ["yesterday", "", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00-00:00", "7"])
def test_since_must_be_a_timestamp(shelf, assert_refused, since):
    assert assert_refused(shelf.get(since=since), 400)["path"] == "since"


def test_since_is_for_reading_only(shelf, name, assert_refused):
    shelf.create(name, {"a": 1})
    for method in ("PUT", "POST", "DELETE"):
        answer = shelf.send(method, name, b"{}", since="2024-01-01T00:00:00Z")
        assert assert_refused(answer, 400)["path"] == "since"
    assert json.loads(shelf.read(name)) == {"a": 1}


def test_a_parameter_given_twice_is_refused(shelf, name, assert_refused):
    shelf.create(name, {"a": 1})
    twice = {**shelf.context, shelf.id_name: [name, "other"]}
    answer = shelf.client.get(f"/xapi/{shelf.path}", params=twice)
    assert "twice" in assert_refused(answer, 400)["message"]


@pytest.mark.parametrize("header", [None, "", "0.95", "1.1.0", "3.0.0", "two"])
def test_a_version_not_served_is_refused(shelf, name, assert_refused, header):
    shelf.create(name, {"a": 1})
    for method in ("GET", "PUT", "POST", "DELETE"):
        answer = shelf.send(method, name, b"{}", {"X-Experience-API-Version": header})
        assert_refused(answer, 400)
    assert json.loads(shelf.read(name)) == {"a": 1}


@pytest.mark.parametrize("auth", [None, ("nobody", "secret"), ("", "")])
def test_nobody_gets_in_without_a_credential(shelf, name, assert_refused, auth):
    shelf.create(name, {"a": 1})
    for method in ("GET", "PUT", "POST", "DELETE"):
        params = {**shelf.context, shelf.id_name: name}
        answer = shelf.client.request(method, f"/xapi/{shelf.path}", params=params, data=b"{}", auth=auth)
        assert_refused(answer, 401)
    assert json.loads(shelf.read(name)) == {"a": 1}


def test_a_method_that_is_not_there_is_refused(shelf, assert_refused):
    assert "DELETE" in shelf.send("PATCH", "a").headers["Allow"]
    assert_refused(shelf.send("PATCH", "a"), 405)


@pytest.mark.parametrize("size", [300 * 1024, 3 * 1024 * 1024])
def test_a_document_too_large_is_refused_and_the_old_one_stays(shelf, crowd, name, assert_refused, size):
    shelf.create(name, {"a": 1})
    writes = [
        lambda own: own.put(name, b"x" * size, "text/plain", If_Match="*"),
        lambda own: own.post(name, json.dumps({"b": "x" * size}).encode()),
    ]
    for answer in crowd(shelf, len(writes), lambda own, number: writes[number](own)):
        assert_refused(answer, 413)
    assert json.loads(shelf.read(name)) == {"a": 1}


def test_a_merge_that_grows_too_large_is_refused(shelf, name, assert_refused):
    shelf.create(name, {"a": "x" * 200_000})
    assert_refused(shelf.post(name, {"b": "x" * 200_000}), 413)
    assert list(json.loads(shelf.read(name))) == ["a"]


def test_the_largest_document_is_kept(shelf, name):
    shelf.create(name, b"x" * 256 * 1024, "text/plain")
    assert len(shelf.read(name)) == 256 * 1024


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_precondition_that_is_blank_is_refused(client, assert_refused, header, method):
    agent = json.dumps({"mbox": "mailto:ada@example.org"})
    params = {"activityId": "https://example.org/1", "agent": agent, "stateId": "s"}
    assert client.put("/xapi/activities/state", params=params, json={"kept": 1}).status_code == 204
    answer = client.request(method, "/xapi/activities/state", params=params, json={}, headers={header: ""})
    assert_refused(answer, 400)
    assert client.get("/xapi/activities/state", params=params).json() == {"kept": 1}
