"""What a second credential of the same store may see and do: what its scopes name, and no more."""

import hashlib
import json
import uuid

import pytest

STATEMENTS, ACTIVITY = "/xapi/statements", "https://example.org/nuggets/secret"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
ADA, BOB = {"mbox": "mailto:ada@example.org"}, {"mbox": "mailto:bob@example.org"}
MARK = "Confidential"
CONTENT = f"{MARK} bytes".encode()
SHA2 = hashlib.sha256(CONTENT).hexdigest()
REGISTRATION = "e9c1c1d8-4a5a-4b53-a7a4-11bb0e0a52bb"
TEAM = {"objectType": "Group", "mbox": "mailto:team@example.org"}


# Reading one's own Statements


@pytest.fixture
def secret(client, make_statement, database, store):
    """What another credential of the store brought: a mark in each text, in an attachment, and of a persona."""
    attachment = {
        "usageType": "https://example.org/usages/evidence",
        "display": {"en": MARK},
        "contentType": "text/plain",
        "length": len(CONTENT),
        "sha2": SHA2,
    }
    statement = make_statement(
        actor={**ADA, "name": f"{MARK} Ada"},
        verb={"id": "https://example.org/verbs/secret", "display": {"en": MARK}},
        object={"id": ACTIVITY, "definition": {"name": {"en": MARK}, "type": f"https://example.org/{MARK}"}},
        context={"registration": REGISTRATION, "team": {**TEAM, "name": f"{MARK} team"}},
        attachments=[attachment],
    )
    body = (
        b"--x\r\nContent-Type: application/json\r\n\r\n"
        + json.dumps(statement).encode()
        + f"\r\n--x\r\nContent-Type: text/plain\r\nX-Experience-API-Hash: {SHA2}\r\n\r\n".encode()
        + CONTENT
        + b"\r\n--x--\r\n"
    )
    sent = client.post(STATEMENTS, data=body, headers={"Content-Type": "multipart/mixed; boundary=x"})
    assert sent.status_code == 200, sent.text
    row = {"identifiers": ["mbox|mailto:ada@example.org"], "name": f"{MARK} Ada of HR", "store": store.id}
    database.db["personas"].insert_one(row)
    return statement


@pytest.fixture
def mine(make_client, secret, make_statement, store_statement):
    """A credential that reads its own Statements; some of them name what others brought."""
    client = make_client("statements/write", "statements/read/mine")
    declared = {**secret["attachments"][0], "display": {"en": "x"}, "fileUrl": "https://example.org/file"}
    store_statement(client, make_statement(attachments=[declared], object={"id": ACTIVITY}))
    reference = {"objectType": "StatementRef", "id": secret["id"]}
    near = store_statement(client, make_statement(actor=BOB, object=reference))
    store_statement(client, make_statement(actor=BOB, object={**reference, "id": near}))
    return client


def filters(secret):
    return {
        "verb": {"verb": secret["verb"]["id"]},
        "agent": {"agent": json.dumps(ADA), "verb": secret["verb"]["id"]},
        "related agent": {"agent": json.dumps(TEAM), "related_agents": "true"},
        "registration": {"registration": REGISTRATION},
        "registration and verb": {"registration": REGISTRATION, "verb": secret["verb"]["id"]},
        "activity and verb": {"activity": ACTIVITY, "verb": secret["verb"]["id"]},
    }


def test_no_filter_matches_by_a_statement_of_another_credential(mine, client, ids_of, secret):
    for name, query in filters(secret).items():
        for more in ({}, {"ascending": "true"}, {"limit": "1"}, {"related_activities": "true"}):
            assert ids_of(mine, **query, **more) == [], name
        assert len(ids_of(client, **query)) == 3, name  # who reads all finds what points at it too


def test_references_among_own_statements_match_by_each_other(
    make_client, ids_of, make_statement, store_statement
):
    client = make_client("statements/write", "statements/read/mine")
    target = make_statement(verb={"id": "https://example.org/verbs/first"})
    near = make_statement(object={"objectType": "StatementRef", "id": target["id"]})
    far = make_statement(object={"objectType": "StatementRef", "id": near["id"]})
    for statement in (far, near, target):
        store_statement(client, statement)
    found = ids_of(client, verb="https://example.org/verbs/first")
    assert set(found) == {target["id"], near["id"], far["id"]}


def test_no_attachment_comes_by_its_hash_alone(mine, client, secret):
    answer = mine.get(STATEMENTS, params={"attachments": "true"})
    assert answer.status_code == 200
    assert SHA2 in answer.text
    assert CONTENT not in answer.content
    assert CONTENT in client.get(STATEMENTS, params={"attachments": "true"}).content
    one = client.get(STATEMENTS, params={"attachments": "true", "statementId": secret["id"]})
    assert CONTENT in one.content


def test_nothing_that_others_brought_is_shown_by_any_route(mine, secret, routes):
    queries = [
        {},
        *filters(secret).values(),
        {"statementId": secret["id"]},
        {"voidedStatementId": secret["id"]},
        {"agent": json.dumps(ADA)},
        {"activityId": ACTIVITY},
        {"activityId": ACTIVITY, "agent": json.dumps(ADA)},
        *({"format": name} for name in ("exact", "ids", "canonical")),
        {"attachments": "true", "format": "canonical"},
    ]
    for path in sorted({path for path, methods in routes if "GET" in methods}):
        for query in queries:
            answer = mine.get(path, params=query)
            assert MARK not in answer.text, f"{path} {query}"


def test_what_own_statements_say_of_an_activity_is_answered(
    make_client, store_statement, make_statement, secret
):
    client = make_client("statements/write", "statements/read/mine")
    for name in ({"en": "One", "de": "Eins"}, {"en": "Two"}):
        store_statement(client, make_statement(object={"id": ACTIVITY, "definition": {"name": name}}))
    activity = client.get("/xapi/activities", params={"activityId": ACTIVITY}).json()
    assert activity["definition"] == {"name": {"en": "Two", "de": "Eins"}}


def test_a_page_of_another_credential_is_not_gone_on_with(mine, client, secret):
    more = client.get(STATEMENTS, params={"limit": 1}).json()["more"]
    for _ in range(3):
        page = mine.get(more)
        assert MARK not in page.text
        more = page.json()["more"] or more


# Voiding


@pytest.fixture
def make_void(make_statement):
    def make(target, **properties):
        return make_statement(
            verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": target}, **properties
        )

    return make


@pytest.fixture(params=["1.0.3", "2.0.0"])
def headers(request):
    return {"X-Experience-API-Version": request.param}


def is_voided(client, statement_id):
    return client.get(STATEMENTS, params={"statementId": statement_id}).status_code == 404


def test_what_another_credential_stored_is_not_voided(
    client, make_client, make_statement, store_statement, make_void, ids_of, assert_refused, headers
):
    writer, target = make_client("statements/write"), make_statement()
    store_statement(client, target)
    void = make_void(target["id"])
    beside = make_statement()
    ways = [
        (writer.post(STATEMENTS, json=void, headers=headers), "object.id"),
        (writer.post(STATEMENTS, json=[beside, void], headers=headers), "[1].object.id"),
        (writer.put(STATEMENTS, json=void, params={"statementId": void["id"]}, headers=headers), "object.id"),
    ]
    for answer, path in ways:
        told = assert_refused(answer, 403)
        assert (told["path"], "statements/void/others" in told["message"]) == (path, True)
    assert ids_of(client) == [target["id"]]
    assert store_statement(make_client("statements/write", "statements/void/others"), void) == void["id"]
    assert is_voided(client, target["id"])


def test_own_statements_are_voided_without_the_scope(
    client, make_client, make_statement, store_statement, make_void
):
    writer, target = make_client("statements/write"), make_statement()
    store_statement(writer, target)
    store_statement(writer, make_void(target["id"]))
    assert is_voided(client, target["id"])


def test_a_void_sent_before_its_target_voids_own_statements_only(
    client, make_client, make_statement, store_statement, make_void
):
    writer = make_client("statements/write")
    foreign, own, trusted = (make_statement() for _ in range(3))
    for target in (foreign, own):
        store_statement(writer, make_void(target["id"]))
    store_statement(client, make_void(trusted["id"]))
    store_statement(client, foreign)
    store_statement(writer, own)
    store_statement(writer, trusted)
    assert [is_voided(client, item["id"]) for item in (foreign, own, trusted)] == [False, True, True]


def test_a_chain_of_voids_reaches_no_other_credential(
    client, make_client, make_statement, store_statement, make_void
):
    writer, target = make_client("statements/write"), make_statement()
    unknown = make_void(target["id"])
    store_statement(writer, unknown)
    store_statement(writer, make_void(unknown["id"]))
    store_statement(client, [target, make_statement()])
    store_statement(writer, make_statement(object={"objectType": "StatementRef", "id": target["id"]}))
    assert not is_voided(client, target["id"])
    store_statement(client, make_void(target["id"]))
    assert is_voided(client, target["id"])


def test_new_credentials_void_others_only_by_the_scope_or_by_all(
    make_client, make_statement, store_statement
):
    target = make_statement()
    store_statement(make_client("statements/write"), target)
    everything = ("statements/write", "statements/read", "define", "names", "state/write", "profile/write")
    void = {
        "actor": ADA,
        "verb": {"id": VOIDED},
        "object": {"objectType": "StatementRef", "id": target["id"]},
    }
    assert make_client(*everything).post(STATEMENTS, json=void).status_code == 403
    assert make_client("all").post(STATEMENTS, json={**void, "id": str(uuid.uuid4())}).status_code == 200
