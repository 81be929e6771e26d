"""Which xAPI version answers, what every answer tells, and the About resource."""

import uuid

import pytest
import requests

from lrs.auth.stores import create_store
from schemas.timestamps import parse_timestamp

VERSION, THROUGH = "X-Experience-API-Version", "X-Experience-API-Consistent-Through"
STATEMENTS = "/xapi/statements"
SOME_ID = "b6a7e1de-4c1f-4a0f-8d7e-2c2a3c1c7d11"


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        *[(text, "1.0.3") for text in ("1.0", "1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.32", "1.0.3 ")],
        *[(text, "2.0.0") for text in ("2.0", "2.0.0", "2.0.7")],
    ],
)
def test_a_served_version_is_answered_by_its_latest_patch(client, sent, answered):
    answer = client.get(STATEMENTS, headers={VERSION: sent})
    assert (answer.status_code, answer.headers[VERSION]) == (200, answered)


@pytest.mark.parametrize(
    "sent",
    [None, "", "0.9", "0.95", "1", "1.1", "1.1.0", "2.1.0", "3.0.0", "1.0.3.1", "v1.0.3", "1.0.x", "é"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD"])
def test_any_other_version_is_refused_and_the_default_named(client, make_statement, sent, method):
    header = sent if sent is None else sent.encode()
    answer = client.request(method, STATEMENTS, headers={VERSION: header}, json=make_statement())
    assert (answer.status_code, answer.headers[VERSION]) == (400, "1.0.3")
    assert client.get(STATEMENTS).json()["statements"] == []


def test_a_request_without_version_is_answered_with_the_stores_default(database, make_client):
    modern = make_client(of=create_store(database, f"store-{uuid.uuid4().hex}", default_version="2.0.0"))
    answer = modern.get(STATEMENTS, headers={VERSION: None})
    assert (answer.status_code, answer.headers[VERSION]) == (400, "2.0.0")


@pytest.mark.parametrize(("version", "named"), [("1.0", "1.0.3"), ("2.0.0", "2.0.0"), (None, "1.0.3")])
@pytest.mark.parametrize(
    ("method", "path", "auth", "status"),
    [
        ("GET", STATEMENTS, ("no", "body"), 401),
        ("GET", STATEMENTS, None, 401),
        ("DELETE", STATEMENTS, None, 405),
        ("GET", "/xapi/nothing", None, 404),
        ("GET", "/xapi/about", None, 200),
    ],
)
def test_the_version_header_is_on_answers_that_never_got_far(
    client, method, path, auth, status, version, named
):
    answer = client.request(method, path, auth=auth, headers={VERSION: version})
    assert (answer.status_code, answer.headers[VERSION]) == (status, named)


@pytest.mark.parametrize(
    ("method", "kwargs", "status"),
    [
        ("GET", {}, 200),
        ("HEAD", {}, 200),
        ("GET", {"params": {"limit": "x"}}, 400),
        ("GET", {"params": {"statementId": SOME_ID}}, 404),
        ("GET", {"auth": ("no", "body")}, 401),
        ("GET", {"headers": {VERSION: None}}, 400),
        ("POST", {"json": []}, 200),
        ("POST", {"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", {"data": b"{", "headers": {"Content-Type": "text/plain"}}, 400),
        ("PUT", {"json": {}}, 400),
        ("DELETE", {}, 405),
        ("OPTIONS", {}, 200),
    ],
)
def test_consistent_through_is_on_every_answer_about_statements(client, method, kwargs, status):
    answer = client.request(method, STATEMENTS, **kwargs)
    assert answer.status_code == status
    assert parse_timestamp(answer.headers[THROUGH]) > 0


def test_consistent_through_never_goes_back(lrs, make_statement):
    seen = []
    for _ in range(60):
        seen.append(lrs.consistent_through())
        lrs.store(make_statement())
    assert seen == sorted(seen)


def test_consistent_through_keeps_up_with_the_clock(lrs, make_statement):
    [name] = lrs.store(make_statement())
    stored = parse_timestamp(lrs.one(name)["stored"])
    lrs.settle()
    assert lrs.consistent_through() >= stored


def test_about_names_the_versions_without_version_or_credential(client):
    answer = client.get("/xapi/about", auth=None, headers={VERSION: None})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json()["version"] == ["1.0.3", "2.0.0"]


@pytest.mark.parametrize("scope", ["statements/read", "recommendations/read", "define"])
def test_about_answers_any_credential(make_client, scope):
    assert make_client(scope).get("/xapi/about").status_code == 200


@pytest.mark.parametrize(
    "header",
    ["Basic Og==", "Basic", "Basic !", "Basic bm9ib2R5Ondyb25n", "Bearer abc", "Digest x=y", "Negotiate"],
)
def test_about_needs_no_credential_so_none_that_is_sent_is_refused(server_url, header):
    answer = requests.get(f"{server_url}/xapi/about", headers={"Authorization": header}, timeout=30)
    assert (answer.status_code, answer.json()["version"]) == (200, ["1.0.3", "2.0.0"])


def test_about_takes_no_parameter(client, assert_refused):
    assert assert_refused(client.get("/xapi/about?limit=1"), 400)["path"] == "limit"


def test_head_of_about_is_get_without_body(client):
    get, head = client.get("/xapi/about"), client.request("HEAD", "/xapi/about")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
