"""The alternate request syntax: a POST with a form stands for any request (xAPI 1.0.3 Communication 1.3)."""

import base64
import json
import socket
import uuid
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from lrs.auth.stores import set_takes_forms

STATE, STATEMENTS, ABOUT = "/xapi/activities/state", "/xapi/statements", "/xapi/about"
FORM = "application/x-www-form-urlencoded"
CONTEXT = {
    "activityId": "https://example.org/courses/1",
    "agent": '{"mbox":"mailto:ada@example.org"}',
    "stateId": "ünï & = + %",
}


@pytest.fixture
def send(client):
    """Send a form in place of a request; nothing but its own Content-Type stands in the HTTP headers."""
    basic = base64.b64encode(":".join(client.auth).encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "X-Experience-API-Version": "1.0.3"}

    def post(method, path, form, query=(), **http_headers):
        kept = {name: value for name, value in {**headers, **form}.items() if value is not None}
        return requests.post(
            client.url + path,
            params=[("method", method), *query],
            data=urlencode(kept).encode(),
            headers={"Content-Type": FORM, **http_headers},
            timeout=60,
        )

    return post


def test_a_document_is_kept_read_and_deleted_by_forms_alone(send):
    stored = {**CONTEXT, "content": "ünï & = +", "Content-Type": "text/plain; charset=utf-8"}
    assert send("PUT", STATE, stored).status_code == 204
    got = send("GET", STATE, CONTEXT)
    assert got.content == "ünï & = +".encode()
    assert got.headers["Content-Type"] == "text/plain; charset=utf-8"
    head = send("HEAD", STATE, CONTEXT)
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", got.headers["ETag"])
    assert send("DELETE", STATE, CONTEXT).status_code == 204
    assert send("GET", STATE, CONTEXT).status_code == 404


def test_a_merge_and_its_precondition_go_by_form(send):
    send("POST", STATE, {**CONTEXT, "content": '{"a":1}', "If-None-Match": "*"})
    assert send("POST", STATE, {**CONTEXT, "content": '{"b":2}', "If-None-Match": "*"}).status_code == 412
    assert send("POST", STATE, {**CONTEXT, "content": '{"b":2}', "If-Match": '"x"'}).status_code == 412
    assert send("POST", STATE, {**CONTEXT, "content": '{"b":2}', "If-Match": "*"}).status_code == 204
    assert send("GET", STATE, CONTEXT).json() == {"a": 1, "b": 2}


def test_a_statement_is_stored_and_found_by_form(send, make_statement):
    statement = make_statement()
    form = {"statementId": statement["id"], "content": json.dumps(statement), "Content-Length": "9999"}
    assert send("PUT", STATEMENTS, form).status_code == 204
    found = send("GET", STATEMENTS, {"limit": "5", "agent": json.dumps(statement["actor"])})
    assert [item["id"] for item in found.json()["statements"]] == [statement["id"]]
    assert send("POST", STATEMENTS, {"content": json.dumps([make_statement()])}).status_code == 200


def test_headers_of_the_form_go_before_those_of_the_request(send):
    good = send("GET", STATE, CONTEXT, **{"X-Experience-API-Version": "1.0.1"})
    assert good.status_code == 404
    assert send("GET", STATE, {**CONTEXT, "X-Experience-API-Version": "0.8"}).status_code == 400
    assert send("GET", STATE, {**CONTEXT, "Authorization": "Basic bm9ib2R5Og=="}).status_code == 401


def test_headers_of_the_request_count_where_the_form_has_none(client, make_statement):
    form = urlencode({"statementId": str(uuid.uuid4()), "content": json.dumps(make_statement(id=None))})
    answer = client.post(f"{STATEMENTS}?method=PUT", data=form, headers={"Content-Type": FORM})
    assert answer.status_code == 204


@pytest.mark.parametrize("kind", [None, "text/plain", FORM + "; charset=UTF-8"])
def test_old_browsers_name_no_content_type_or_another(client, send, kind):
    assert send("GET", STATE, CONTEXT, **{"Content-Type": kind}).status_code == 404


REFUSED = {
    "a method unknown": ("PATCH", {}, (), "method"),
    "a method in lower case": ("put", {}, (), "method"),
    "no method named": ("", {}, (), "method"),
    "two methods": ("GET", {}, [("method", "PUT")], "method"),
    "a parameter in the query": ("GET", {}, [("stateId", "x")], "stateId"),
    "no content to put": ("PUT", {}, (), "content"),
    "no content to post": ("POST", {}, (), "content"),
    "a parameter unknown": ("GET", {"Accept-Language": "en"}, (), "Accept-Language"),
    "a header with a line end": (
        "PUT",
        {"content": "x", "Content-Type": "text/plain\r\nX-Evil: 1"},
        (),
        "content-type",
    ),
    "a header beyond ASCII": ("GET", {"If-Match": "ü"}, (), "if-match"),
}


@pytest.mark.parametrize(("method", "form", "query", "path"), REFUSED.values(), ids=REFUSED)
def test_a_form_that_stands_for_no_request_is_refused(send, assert_refused, method, form, query, path):
    assert assert_refused(send(method, STATE, {**CONTEXT, **form}, query), 400)["path"] == path
    listed = {name: value for name, value in CONTEXT.items() if name != "stateId"}
    assert send("GET", STATE, listed).json() == []


@pytest.mark.parametrize(
    "body", [b'{"content":"x"}', b"content", b"content=%ff", b"content=a&content=b", b"a=1;;&"]
)
def test_a_body_that_is_no_form_is_refused(client, assert_refused, body):
    answer = client.post(f"{STATE}?method=PUT", data=body, headers={"Content-Type": FORM})
    assert_refused(answer, 400)


def test_a_form_too_large_is_refused(client, assert_refused):
    answer = client.post(
        f"{STATE}?method=PUT", data=b"content=" + b"x" * 3_000_000, headers={"Content-Type": FORM}
    )
    assert_refused(answer, 413)


def test_a_large_form_names_its_credential_in_its_first_bytes(client, assert_refused):
    basic = base64.b64encode(":".join(client.auth).encode()).decode()
    known = {"Authorization": f"Basic {basic}"}
    large = {**CONTEXT, "content": "x" * 200_000}
    answer = client.post(f"{STATE}?method=PUT", data={**known, **large}, auth=None)
    assert answer.status_code == 204, answer.text
    assert len(client.get(STATE, params=CONTEXT).content) == 200_000
    assert_refused(client.post(f"{STATE}?method=PUT", data={**large, **known}, auth=None), 401)


def test_a_store_may_refuse_forms(client, database, store, send, assert_refused):
    set_takes_forms(database, store, takes=False)
    assert_refused(send("GET", STATE, CONTEXT), 403)
    assert client.get(STATE, params=CONTEXT).status_code == 404
    set_takes_forms(database, store, takes=True)
    assert send("GET", STATE, CONTEXT).status_code == 404


def test_a_form_cut_short_on_its_way_is_not_taken_for_whole(client):
    body = urlencode({**CONTEXT, "content": "half of it"}).encode()
    address = urlsplit(client.url)
    basic = base64.b64encode(":".join(client.auth).encode()).decode()
    head = (
        f"POST {STATE}?method=PUT HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {basic}\r\n"
        f"X-Experience-API-Version: 1.0.3\r\nContent-Length: {len(body) + 10}\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4096) == b""
    assert client.get(STATE, params={**CONTEXT, "stateId": None}).json() == []


def test_only_a_post_can_stand_for_another_request(client, assert_refused):
    for method in ("GET", "PUT", "DELETE"):
        answer = client.request(method, f"{STATE}?method=POST", data=urlencode(CONTEXT))
        assert assert_refused(answer, 400)["path"] in {"method", "stateId"}


@pytest.mark.parametrize("path", [STATE, STATEMENTS, "/xapi/agents/profile", "/xapi/activities/profile"])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_version_2_has_no_such_syntax(client, send, path, method, lrs2):
    form = {**CONTEXT, "content": "{}", "X-Experience-API-Version": "2.0.0"}
    named = client.post(
        f"{path}?method={method}",
        data=urlencode(form),
        headers={"Content-Type": FORM, "X-Experience-API-Version": "2.0.0"},
    )
    assert 400 <= named.status_code < 500
    assert 400 <= send(method, path, form).status_code < 500
    assert client.get(STATE, params={**CONTEXT, "stateId": None}).json() == []
    assert lrs2.ids() == []


def test_a_form_is_a_document_like_any_other_without_a_method(client):
    answer = client.post(STATE, params=CONTEXT, data=b"content=x", headers={"Content-Type": FORM})
    assert answer.status_code == 204
    assert client.get(STATE, params=CONTEXT).content == b"content=x"
