"""Reading somebody's data leaves a line; learners read those about themselves, and reading them leaves one too."""

import json
import time

import pytest
import requests

from lrs.privacy.auditing import IDENTIFIER, Access, AuditTrail, verify_trail

OWN, ALL = "/record/audit", "/privacy/audit"
ADA, BOB = ({"mbox": f"mailto:{name}@example.org"} for name in ("ada", "bob"))
ADA_ID = "mbox|mailto:ada@example.org"


def about(agent):
    return {"agent": json.dumps(agent)}


def lines_of(client, path=ALL, **params):
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["lines"]


def waited(client, number, **params):
    """The lines of other requests than these, once there are so many: they are written within a second."""
    deadline = time.monotonic() + 20
    while len(found := [one for one in lines_of(client, **params) if one["route"] != ALL]) < number:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def seen(lines):
    return [(line["method"], line["route"]) for line in lines]


@pytest.fixture
def officer(make_client):
    return make_client("privacy/manage")


def test_what_is_read_and_changed_of_a_person_leaves_a_line(client, officer, make_statement):
    client.post("/xapi/statements", json=make_statement())
    state = {"activityId": "https://example.org/x", "stateId": "page", **about(ADA)}
    client.put("/xapi/activities/state", params=state, data=b"7")
    client.get("/xapi/activities/state", params=state)
    client.get("/xapi/agents", params=about(ADA))
    client.get("/xapi/statements", params=about(ADA))
    client.get("/recommendations/nuggets", params=about(ADA))
    client.get("/xapi/agents", params=about(BOB))
    found = waited(officer, 5, **about(ADA))
    assert sorted(seen(found)) == [
        ("GET", "/recommendations/nuggets"),
        ("GET", "/xapi/activities/state"),
        ("GET", "/xapi/agents"),
        ("GET", "/xapi/statements"),
        ("PUT", "/xapi/activities/state"),
    ]
    line = next(one for one in found if one["route"] == "/xapi/agents")
    assert (line["who"], line["key"], line["by_learner"], line["everybody"]) == (
        "test",
        client.auth[0],
        False,
        False,
    )
    assert "ada" not in json.dumps(found)


def test_reading_without_a_person_is_about_everybody_and_says_how_many(client, officer, make_statement):
    client.post("/xapi/statements", json=[make_statement(), make_statement()])
    client.get("/xapi/statements")
    [line] = waited(officer, 1, **about(BOB))
    assert (line["everybody"], line["count"], line["about"]) == (True, 2, [])


def test_what_is_refused_or_not_about_people_leaves_no_line(client, make_client, officer, make_statement):
    client.post("/xapi/statements", json=make_statement())
    client.get("/xapi/activities", params={"activityId": "https://example.org/x"})
    client.get("/xapi/about")
    client.get("/xapi/agents", params={"agent": "nobody"})
    make_client("define").get("/xapi/agents", params=about(ADA))
    client.get("/recommendations/nuggets", params=about(BOB))
    assert seen(waited(officer, 1)) == [("GET", "/recommendations/nuggets")]


def test_reading_the_audit_is_audited(officer):
    deadline = time.monotonic() + 20
    while not (found := lines_of(officer, **about(ADA))):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (found[0]["method"], found[0]["route"], found[0]["key"]) == ("GET", ALL, officer.auth[0])


def test_only_those_who_look_after_privacy_read_all_lines(make_client, officer):
    for path in (OWN, ALL):
        assert make_client("all/read", "record/read/mine").get(path).status_code == 403
    assert officer.get(OWN).status_code == 403


def test_another_store_has_another_trail(client, officer, make_client, other_store):
    client.get("/xapi/agents", params=about(ADA))
    waited(officer, 1, **about(ADA))
    elsewhere = make_client("privacy/manage", of=other_store)
    assert [one for one in lines_of(elsewhere, **about(ADA)) if one["route"] != ALL] == []


def test_a_learner_reads_nothing_of_others_in_the_own_lines(client, make_client, database, store):
    trail = AuditTrail(database, 30, pause_s=0)
    both = ((IDENTIFIER, ADA_ID), (IDENTIFIER, "mbox|mailto:bob@example.org"))
    for number, learner in enumerate((None, ADA_ID, "mbox|mailto:bob@example.org")):
        trail.note(Access(store.id, number, f"key{number}", learner, "GET", "/x", both, 1))
    asked = {"agent": ADA, "origin": client.url, "scopes": ["record/read/mine"]}
    token = client.post("/tokens", json=asked).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Origin": client.url}
    answer = requests.get(client.url + OWN, headers=headers, timeout=10).json()
    assert [line["key"] for line in answer["lines"]] == ["", "key1", "key0"]
    assert {len(line["about"]) for line in answer["lines"]} == {1}


def test_a_page_follows_another(database, store, officer):
    trail = AuditTrail(database, 30, pause_s=0)
    for number in range(5):
        named = ((IDENTIFIER, ADA_ID),)
        trail.note(Access(store.id, number, "lms", None, "GET", "/x", named, number))
    answer = officer.get(ALL, params={"limit": 2, **about(ADA)}).json()
    counts = [line["count"] for line in answer["lines"] if line["route"] == "/x"]
    while answer["more"]:
        answer = officer.get(answer["more"]).json()
        counts += [line["count"] for line in answer["lines"] if line["route"] == "/x"]
    assert counts == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    "params",
    [{"more": "x"}, {"more": "1"}, {"more": "1.2.3"}, {"limit": "0"}, {"limit": "501"}, {"agent": "{}"}],
)
def test_bad_parameters_are_400(officer, params, assert_refused):
    assert_refused(officer.get(ALL, params=params), 400)


def test_the_trail_of_real_requests_is_true(client, officer, database, store):
    for _ in range(5):
        client.get("/xapi/agents", params=about(ADA))
    waited(officer, 5, **about(ADA))
    assert [day.fault for day in verify_trail(database, store.id)] == [""]
