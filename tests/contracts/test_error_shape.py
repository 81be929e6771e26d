"""One error shape over every route of the application, whatever goes wrong."""

import pytest

OPEN = {"/xapi/about", "/health/alive", "/health/ready", "/openapi.json", "/lti/jwks", "/lti/configuration"}
OF_OAUTH = {"/oauth2/token"}
"""Answers errors as RFC 6749 demands (see tests/lrs/resources/test_oauth2.py)."""
OF_LEARNERS = {"/record/audit"}
"""Refuses the credential of a tool, whatever its scopes."""
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE"}


@pytest.fixture
def assert_shape():
    def check(answer, *statuses):
        assert answer.status_code in statuses, (
            f"{answer.request.url}: {answer.status_code} {answer.text[:200]}"
        )
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
        body = answer.json()
        assert sorted(body) == ["code", "message", "path", "rule"]
        assert all(isinstance(value, str) for value in body.values())
        assert body["code"] and body["message"].strip()
        return body

    return check


@pytest.fixture
def guarded(routes):
    """Every route that asks for a credential, with each of its methods that answers with a body."""
    return [
        (path, method)
        for path, methods in routes
        for method in METHODS.intersection(methods) - {"HEAD"}
        if path not in OPEN | OF_OAUTH and not path.startswith("/static")
    ]


def test_there_are_routes(routes):
    assert {"/xapi/statements", "/recommendations/nuggets", "/health/ready"} <= {path for path, _ in routes}


def test_no_credential_is_401_everywhere(client, guarded, assert_shape):
    for path, method in guarded:
        answer = client.request(method, path, auth=None)
        assert_shape(answer, 401)
        assert answer.headers["WWW-Authenticate"]


def test_a_wrong_secret_is_401_everywhere(client, guarded, assert_shape):
    for path, method in guarded:
        assert_shape(client.request(method, path, auth=(client.auth[0], "wrong")), 401)


def test_a_credential_for_something_else_is_403_everywhere(make_client, guarded, assert_shape):
    poor = make_client("define")
    for path, method in guarded:
        assert_shape(poor.request(method, path), 403)


def test_an_unknown_parameter_is_400_everywhere(client, guarded, assert_shape):
    for path, method in [one for one in guarded if one[0] not in OF_LEARNERS]:
        told = assert_shape(client.request(method, path, params={"nonsense": "1"}, json={}), 400)
        assert path.startswith("/xapi") or not told["rule"].startswith("xAPI"), path


def test_a_method_that_is_not_there_is_405_everywhere(client, routes, assert_shape):
    known = {}
    for path, methods in routes:
        known.setdefault(path, set()).update(methods)
    for path, methods in known.items():
        for method in METHODS - methods - {"HEAD"}:
            answer = client.request(method, path)
            assert_shape(answer, 405)
            assert answer.headers["Allow"]


def test_an_address_that_is_not_there_is_404(client, routes, assert_shape):
    for path, _ in routes:
        assert_shape(client.get(f"{path}/nothing/here"), 404)


def test_rubbish_in_the_body_is_a_4xx_everywhere(client, guarded, assert_shape):
    for path, method in guarded:
        for body in (b"\xff\xfe", b"{", b"[" * 5000, b'{"a":1,"a":2}'):
            for kind in ("application/json", "text/plain", "multipart/mixed", "multipart/mixed; boundary=x"):
                answer = client.request(method, path, data=body, headers={"Content-Type": kind})
                assert answer.status_code < 500, f"{method} {path} {kind} {body[:20]!r}: {answer.text[:200]}"
