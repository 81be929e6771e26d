"""Failed sign-ins and costly requests are limited over all processes; the log says who, and nothing else."""

import itertools
import json
import os
import subprocess
import sys
import time
import uuid

import pytest
import requests
from requests.adapters import HTTPAdapter

from lrs.auth.client_tokens import ClientTokens
from lrs.auth.credentials import Credential, create_credential, revoke_credential
from lrs.auth.held import HeldCredentials
from lrs.auth.refusals import find_refusals
from lrs.auth.tokens import token_secret

STATEMENTS, STATE = "/xapi/statements", "/xapi/activities/state"
VERSION = {"X-Experience-API-Version": "1.0.3"}
MOST, PER_SECOND = 5, 200
SETTINGS = {
    "LEARNERPRISE_MAX_FAILED_SIGN_INS": str(MOST),
    "LEARNERPRISE_MAX_REQUESTS_PER_S": str(PER_SECOND),
    "LEARNERPRISE_REQUEST_COSTS": "list=40,search=1000",
    "LEARNERPRISE_WORKERS": "2",
    "LEARNERPRISE_PORT": "0",
}
NUMBERS = itertools.count(1)
SECRET_NAME, SECRET_MAIL = "Grace Hopper", "grace.hopper@navy.example"


@pytest.fixture(scope="module")
def limited(database_uri, tmp_path_factory):
    """A service of two processes with low limits: its address, and its log."""
    log = tmp_path_factory.mktemp("limited") / "log"
    environment = {**os.environ, **SETTINGS, "MONGODB_URI": database_uri}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.serve"], env=environment, stdout=out, stderr=out
        )
    try:
        yield until(lambda: announced(process, log)), log
    finally:
        process.terminate()
        process.wait(30)


def announced(process, log):
    assert process.poll() is None, log.read_text()
    return next(
        (line.split()[-1] for line in log.read_text().splitlines() if line.startswith("Serving at")), None
    )


def until(condition):
    """Wait for a condition; return what it gave."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("waited in vain")


class From(HTTPAdapter):
    """Sends from one address, each request over a connection of its own, so that any process may get it."""

    def __init__(self, address):
        self.address = address
        super().__init__(pool_maxsize=1)

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)


@pytest.fixture
def ask(limited):
    """Send a request to the limited service from an address (127.0.0.x) that only this test uses."""
    url, _ = limited
    own = f"127.0.{next(NUMBERS)}.{{}}"

    def send(auth, path=STATEMENTS, method="GET", last=1, **kwargs):
        with requests.Session() as session:
            session.mount("http://", From(own.format(last)))
            headers = {**VERSION, **kwargs.pop("headers", {})}
            return session.request(method, url + path, auth=auth, headers=headers, timeout=60, **kwargs)

    return send


def lines_of(limited, **wanted):
    """Return the lines of the log with these fields."""
    found = [json.loads(line) for line in limited[1].read_text().splitlines() if line.startswith("{")]
    return [line for line in found if wanted.items() <= line.items()]


@pytest.fixture
def auth(database, store):
    return create_credential(database, store, "test")


def test_an_address_that_fails_too_often_is_told_to_wait(ask, limited, auth, assert_refused):
    key = uuid.uuid4().hex
    answers = [ask((key, "wrong")) for _ in range(3 * MOST)]
    assert [answer.status_code for answer in answers] == [401] * MOST + [429] * 2 * MOST
    told = assert_refused(answers[-1], 429)
    assert told["code"] == "too_many_requests"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert ask((key, "wrong"), last=2).status_code == 401  # another address
    assert ask(auth, STATE, params={"activityId": "a:b"}).status_code == 400  # who knows the secret
    lines = lines_of(limited, event="sign_in_failed", key=key)
    assert [line["failures"] for line in lines[: 3 * MOST]] == list(range(1, 3 * MOST + 1))
    assert lines[0]["address"].startswith("127.0.")


def test_every_route_and_method_counts_failures(ask, routes, auth):
    guarded = [
        (path, method)
        for path, methods in routes
        for method in {"GET", "POST", "PUT", "DELETE"} & set(methods)
        if path.startswith(("/xapi", "/recommendations")) and path != "/xapi/about"
    ]
    statuses = {(path, method): ask((auth[0], "wrong"), path, method).status_code for path, method in guarded}
    assert sorted(statuses.values())[:MOST] == [401] * MOST
    assert set(list(statuses.values())[MOST:]) == {429}


@pytest.mark.parametrize("token", ["x", "learner_x.y", "client_x", "eyJ.x.y", "x" * 20_000])
def test_a_token_that_nobody_made_is_a_failure_and_an_expired_one_is_none(ask, limited, database, token):
    answers = [ask(None, headers={"Authorization": f"Bearer {token}"}).status_code for _ in range(MOST + 2)]
    assert answers == [401] * MOST + [429] * 2
    assert lines_of(limited, event="sign_in_failed", key="(token)")
    client = ClientTokens(token_secret(database, ""), HeldCredentials(database), -1)
    ended = client.issue(Credential("key", "test", None, frozenset()), ["all"])
    answers = {ask(None, headers={"Authorization": f"Bearer {ended}"}).status_code for _ in range(MOST + 2)}
    assert answers == {401}


def test_no_credential_is_no_failure(ask):
    assert {ask(None).status_code for _ in range(3 * MOST)} == {401}


@pytest.mark.parametrize("key", ["", "x" * 10_000, "\x1b[31m\x00", "ünï", '{"key"'])
def test_a_key_is_logged_as_it_was_sent_and_cut(ask, limited, key):
    sent = (key.encode(), b"wrong")
    assert ask(sent).status_code == 401
    shown = lines_of(limited, event="sign_in_failed", key=key[:64])
    assert len(shown) == 1
    assert "wrong" not in json.dumps(shown)


def test_requests_are_limited_by_their_cost_over_both_processes(ask, database, store):
    def count_allowed(path, tries, **params):
        auth = create_credential(database, store, "test")
        started = time.monotonic()
        answers = [ask(auth, path, params=params) for _ in range(tries)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert all(answer.headers["Retry-After"] == "1" for answer in refused)
        return tries - len(refused), 1 + int(time.monotonic() - started)

    allowed, windows = count_allowed(STATEMENTS, 30)
    assert allowed <= windows * PER_SECOND // 40
    related = {"agent": '{"mbox":"mailto:a@b.org"}', "related_agents": "true"}
    allowed, windows = count_allowed(STATEMENTS, 6, **related)
    assert 1 <= allowed <= windows


def test_a_refusal_is_logged_by_code_rule_and_path_without_values(ask, limited, auth):
    statement = {
        "actor": {"mbox": f"mailto:{SECRET_MAIL}", "name": SECRET_NAME},
        "verb": {"id": "https://example.org/verbs/read"},
        "object": {"id": "https://example.org/1"},
    }
    bad = [
        ({**statement, "verb": {"id": "read"}}, "verb.id"),
        ({**statement, "actor": {"mbox": SECRET_MAIL}}, "actor.mbox"),
        ({**statement, SECRET_MAIL: 1}, "..."),
        ({**statement, "actor": {**statement["actor"], SECRET_NAME: 1}}, "actor...."),
        ([statement, {**statement, "context": {"registration": SECRET_NAME}}], "[1].context.registration"),
        ({**statement, "context": {"extensions": {SECRET_MAIL: 1}}}, "context.extensions...."),
    ]
    for body, path in bad:
        answer = ask(auth, STATEMENTS, "POST", json=body)
        assert answer.status_code == 400, answer.text
        line = lines_of(limited, event="request", key=auth[0])[-1]
        assert (line["status"], line["code"], line["error_path"]) == (400, answer.json()["code"], path)
        assert line["rule"] == answer.json()["rule"]
    assert ask(auth, f"{STATEMENTS}?{SECRET_MAIL}=1").status_code == 400
    text = limited[1].read_text()
    assert "grace" not in text.lower()
    assert "hopper" not in text.lower()


def test_refusals_are_counted_by_credential_and_rule(ask, database, store, auth):
    for body in ({}, {}, {"actor": 1}):
        assert ask(auth, STATEMENTS, "POST", json=body).status_code == 400
    assert ask(auth, STATE, params={"activityId": "a:b", "agent": "{", "stateId": "x"}).status_code == 400
    found = {"activityId": "a:b", "agent": '{"mbox":"mailto:a@b.org"}', "stateId": "x"}
    assert ask(auth, STATE, params=found).status_code == 404
    reader = create_credential(database, store, "reader", ["statements/read"])
    assert ask(reader, STATEMENTS, "POST", json={}).status_code == 403
    revoke_credential(database, auth[0])
    assert ask(auth).status_code == 401

    def counted():
        rows = find_refusals(database, store, 1)
        return {(row.kind.key, row.kind.code): row.count for row in rows} if rows else {}

    wanted = {
        (auth[0], "invalid_statement"): 3,
        (auth[0], "unauthorized"): 1,
        (reader[0], "forbidden"): 1,
    }
    until(lambda: wanted.items() <= counted().items())
    assert sum(counted().values()) == 6


def test_a_key_that_was_never_given_out_is_not_counted(ask, database, store, auth):
    unknown = uuid.uuid4().hex
    ask((unknown, "wrong"))
    ask(auth, STATEMENTS, "POST", json={})
    until(lambda: find_refusals(database, store, 1))
    assert database.db["refusals"].count_documents({"key": unknown}) == 0
