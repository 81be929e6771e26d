"""POST /oauth2/token as RFC 6749 has it: how clients sign in, what they may ask for, how they are refused."""

import base64
import uuid

import pytest

from lrs.auth.credentials import revoke_credential

PATH = "/oauth2/token"
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def tool(make_client):
    return make_client("statements/write", "statements/read/mine", "define")


def ask(client, auth="default", **form):
    auth = client.auth if auth == "default" else auth
    return client.post(PATH, auth=auth, data={**GRANT, **form})


def as_bearer(client, token, method="GET", **kwargs):
    headers = {"Authorization": f"Bearer {token}"}
    return client.request(method, "/xapi/statements", auth=None, headers=headers, **kwargs)


def assert_refused(answer, status, error):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert "no-store" in answer.headers["Cache-Control"]
    body = answer.json()
    assert sorted(body) == ["error", "error_description"]
    assert body["error"] == error
    assert body["error_description"].endswith(".")
    return body


def test_key_and_secret_bring_a_token_for_all_scopes_of_the_credential(tool):
    answer = ask(tool)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3600
    assert body["scope"] == "define statements/read/mine statements/write"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Pragma"] == "no-cache"
    assert as_bearer(tool, body["access_token"]).status_code == 200


def test_key_and_secret_may_come_in_the_form(tool):
    key, secret = tool.auth
    answer = ask(tool, auth=None, client_id=key, client_secret=secret)
    assert as_bearer(tool, answer.json()["access_token"]).status_code == 200


def test_statements_have_the_authority_of_the_credential_itself(tool, make_statement):
    token = ask(tool).json()["access_token"]
    first, second = make_statement(), make_statement()
    assert as_bearer(tool, token, "POST", json=first).status_code == 200
    assert tool.post("/xapi/statements", json=second).status_code == 200
    found = {one["id"]: one for one in as_bearer(tool, token).json()["statements"]}
    assert found[first["id"]]["authority"] == found[second["id"]]["authority"]
    assert found[first["id"]]["authority"]["account"]["name"] == tool.auth[0]


def test_a_token_may_have_fewer_scopes_and_never_more(tool, make_statement):
    answer = ask(tool, scope="statements/read/mine")
    assert answer.json()["scope"] == "statements/read/mine"
    token = answer.json()["access_token"]
    assert as_bearer(tool, token).status_code == 200
    assert as_bearer(tool, token, "POST", json=make_statement()).status_code == 403
    for scope in ("statements/read", "all", "made/up", "statements/write all"):
        assert_refused(ask(tool, scope=scope), 400, "invalid_scope")


def test_a_revoked_credential_takes_its_tokens_along(tool, database):
    token = ask(tool).json()["access_token"]
    revoke_credential(database, tool.auth[0])
    assert [as_bearer(tool, token).status_code for _ in range(6)] == [401] * 6
    assert_refused(ask(tool), 401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"scope": ["a", "b"]}, 400, "invalid_request"),
        ({"client_id": "someone"}, 400, "invalid_request"),
        ({"client_secret": "x"}, 400, "invalid_request"),
        ({"padding": "x" * 17_000}, 413, "invalid_request"),
    ],
    ids=str,
)
def test_requests_that_are_refused(tool, form, status, error):
    assert_refused(ask(tool, **form), status, error)


@pytest.mark.parametrize("auth", [None, ("someone", "wrong"), ("", ""), ("key", "")], ids=str)
def test_who_does_not_sign_in_is_401(tool, auth):
    answer = ask(tool, auth=auth)
    assert_refused(answer, 401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_a_wrong_secret_is_401_however_it_is_sent(tool):
    key = tool.auth[0]
    assert_refused(ask(tool, auth=(key, "wrong")), 401, "invalid_client")
    assert_refused(ask(tool, auth=None, client_id=key, client_secret="wrong"), 401, "invalid_client")
    token = ask(tool).json()["access_token"]
    answer = tool.post(PATH, auth=None, data=GRANT, headers={"Authorization": f"Bearer {token}"})
    assert_refused(answer, 401, "invalid_client")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"grant_type": "client_credentials"}', "application/json"),
        (b"grant_type=client_credentials", "text/plain"),
        (b"\xff\xfe=1", "application/x-www-form-urlencoded"),
        (b"&&&&", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % number for number in range(50)), "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form_is_400(tool, body, kind):
    answer = tool.post(PATH, data=body, headers={"Content-Type": kind})
    assert_refused(answer, 400, "invalid_request")


def test_parameters_that_are_not_known_are_ignored(tool):
    assert ask(tool, audience="x", resource="https://example.org").status_code == 200


def test_a_token_that_is_made_up_is_401(tool):
    for token in (
        "client_x",
        "client_" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode(),
        "client_a.b",
    ):
        assert as_bearer(tool, token).status_code == 401
