"""Pages of other origins let a browser send requests with the password that it keeps for this service."""

import json
import uuid
from urllib.parse import urlencode, urlsplit

import pytest
import requests

STATEMENTS, STATE = "/xapi/statements", "/xapi/activities/state"
CONTEXT = {
    "activityId": "https://example.org/courses/1",
    "agent": '{"mbox":"mailto:ada@example.org"}',
    "stateId": "x",
}
VERSION = {"X-Experience-API-Version": "1.0.3"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ELSEWHERE = "https://elsewhere.example"
PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
NAVIGATION = {"Accept": PAGE, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site"}
SENDERS = {
    "a form, as Chrome and Firefox send it": {"Origin": ELSEWHERE, **NAVIGATION},
    "a form of a sandboxed frame": {"Origin": "null", **NAVIGATION},
    "a form over plain HTTP": {"Origin": "http://elsewhere.example", "Accept": PAGE},
    "a form of a browser before Origin": {"Referer": f"{ELSEWHERE}/page", "Accept": PAGE},
    "fetch without CORS": {"Origin": ELSEWHERE, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "cross-site"},
    "fetch with credentials": {"Origin": ELSEWHERE, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site"},
    "a page of another port": {"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-site"},
}


@pytest.fixture
def kept(client):
    """A document that is there already."""
    assert client.put(STATE, params=CONTEXT, data=b"kept").status_code == 204
    return CONTEXT


@pytest.fixture(params=SENDERS.values(), ids=SENDERS)
def sender(request):
    return request.param


def send_form(client, path, method, form, headers, auth=None):
    body = urlencode({**form, **VERSION})
    return requests.post(
        f"{client.url}{path}?method={method}",
        data=body,
        headers={**FORM, **headers},
        auth=auth or client.auth,
        timeout=60,
    )


def test_no_page_stores_a_statement_or_deletes_a_document(
    client, ids_of, kept, sender, make_statement, assert_refused
):
    statement = make_statement()
    forms = [
        (STATEMENTS, "PUT", {"statementId": statement["id"], "content": json.dumps(statement)}),
        (STATEMENTS, "POST", {"content": json.dumps(make_statement())}),
        (STATE, "PUT", {**kept, "content": "forged"}),
        (STATE, "POST", {**kept, "content": "forged"}),
        (STATE, "DELETE", kept),
        (STATE, "GET", kept),
    ]
    for path, method, form in forms:
        answer = send_form(client, path, method, form, {**sender, "Accept": "application/json"})
        assert "Authorization" in assert_refused(answer, 403)["message"]
    assert ids_of(client) == []
    assert client.get(STATE, params=kept).content == b"kept"


def test_no_page_changes_anything_by_any_route(client, kept, sender, routes):
    bodies = [
        (FORM, urlencode({"content": "{}", **VERSION})),
        ({"Content-Type": "text/plain"}, '{"a=": 1}'),
        ({"Content-Type": "multipart/form-data; boundary=x"}, "--x--\r\n"),
    ]
    for path in sorted({path for path, _ in routes}):
        for query in ({}, *({"method": method} for method in ("PUT", "POST", "DELETE"))):
            for kind, body in bodies:
                answer = requests.post(
                    client.url + path,
                    params=query,
                    data=body,
                    headers={**sender, **kind},
                    auth=client.auth,
                    timeout=60,
                )
                assert 400 <= answer.status_code < 500, f"{path} {query} {kind}: {answer.status_code}"
    assert client.get(STATE, params=kept).content == b"kept"


def test_a_form_that_holds_the_credential_may_come_from_anywhere(client, sender, basic):
    form = {**CONTEXT, "content": "sent", "Authorization": basic(client.auth)}
    answer = requests.post(
        f"{client.url}{STATE}?method=PUT", data=urlencode({**form, **VERSION}), headers={**FORM, **sender}
    )
    assert answer.status_code == 204, answer.text
    assert client.get(STATE, params=CONTEXT).content == b"sent"


@pytest.fixture
def basic():
    """Return what stands in `Authorization` for a key and a secret."""

    def write(auth):
        return requests.Request("GET", "http://localhost", auth=auth).prepare().headers["Authorization"]

    return write


def test_programs_and_own_pages_may_send_the_credential_in_the_header(client):
    own = f"http://{urlsplit(client.url).netloc}"
    for headers in ({}, {"Origin": own, "Sec-Fetch-Site": "same-origin"}, {"Referer": f"{own}/page"}):
        form = {**CONTEXT, "stateId": uuid.uuid4().hex, "content": "sent"}
        assert send_form(client, STATE, "PUT", form, headers).status_code == 204


def test_an_origin_that_only_begins_like_the_own_one_is_another(client, assert_refused):
    own = f"http://{urlsplit(client.url).netloc}"
    for origin in (f"{own}0", f"{own}.elsewhere.example"):
        assert_refused(send_form(client, STATE, "GET", CONTEXT, {"Origin": origin}), 403)


@pytest.mark.parametrize(
    "headers",
    [NAVIGATION, {"Accept": PAGE}, {"Sec-Fetch-Mode": "no-cors"}, {"Sec-Fetch-Mode": "nested-navigate"}],
)
@pytest.mark.parametrize("auth", [None, ("nobody", "wrong")])
def test_nobody_is_asked_for_a_password_by_a_page_load(client, routes, headers, auth):
    for path in sorted({path for path, methods in routes if "GET" in methods}):
        answer = client.get(path, headers=headers, auth=auth)
        assert "WWW-Authenticate" not in answer.headers, path


def test_programs_and_scripts_are_told_how_to_sign_in(client):
    for headers in ({}, {"Accept": "application/json"}, {"Sec-Fetch-Mode": "cors"}):
        answer = client.get(STATEMENTS, headers=headers, auth=None)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
