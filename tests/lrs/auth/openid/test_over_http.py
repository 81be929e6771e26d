"""Bearer tokens of a provider against the running service: attackers get 401, learners see themselves alone."""

import json
import time
import uuid

import pytest

from lrs.auth.openid.connecting import connect_provider, disconnect_provider
from lrs.auth.providers import Provider

ADA, BOB = ({"mbox": f"mailto:{name}@example.org"} for name in ("ada", "bob"))
STATEMENTS = "/xapi/statements"
LEARNERS = (
    "record/read/mine",
    "recommendations/read/mine",
    "recommendations/write",
    "statements/read",
    "statements/write",
)


@pytest.fixture
def ask(server_url, client, database, store, provider):
    """Send a request with a token, by a session that keeps the connection."""
    scopes = tuple(("*", scope) for scope in LEARNERS)
    roles = (("staff", "Engineer"),)
    trusted = Provider(provider.issuer, "learnerprise", "mail", "email", scopes=scopes, roles=roles)
    connect_provider(database, store, trusted)

    def send(token, method="GET", path="/recommendations/nuggets", agent=ADA, **kwargs):
        params = kwargs.pop("params", {"agent": json.dumps(agent)} if agent else {})
        headers = {"Authorization": f"Bearer {token}"}
        return client.request(method, path, auth=None, headers=headers, params=params, **kwargs)

    return send


def attacks(provider, keys):
    public = keys["RS256"].as_pem(private=False)
    yield "none", provider.sealed({"alg": "none"})
    yield "None", provider.sealed({"alg": "None", "kid": "rsa"}, b"x")
    yield "key confusion", provider.sealed({"alg": "HS256", "kid": "rsa"}, public)
    yield "other issuer", provider.token(iss="https://other.example")
    yield "other key", provider.token(keys["another"], header={"kid": "rsa"})
    yield "unknown kid", provider.token(keys["another"])
    for kid in ("../../keys", "/dev/null", "' OR 1=1 --", "", "x" * 3000, {"$ne": None}):
        yield "kid", provider.sealed({"alg": "RS256", "kid": kid}, b"x")
    yield "jku", provider.token(keys["another"], header={"jku": "http://127.0.0.1:1/keys", "kid": "evil"})
    yield "expired", provider.token(exp=int(time.time()) - 3600)
    yield "not yet", provider.token(nbf=int(time.time()) + 3600)
    yield "audience", provider.token(aud="another")
    yield "oversized", provider.token(padding="x" * 12_000)
    yield "nested", provider.token(header={"cty": "JWT"})
    yield "deep", provider.token(deep=json.loads("[" * 400 + "]" * 400))
    yield "encrypted", ".".join(["eyJhbGciOiJkaXIifQ", "", "a", "b", "c"])
    yield "cut", provider.token()[:-4]


def test_what_attackers_send_is_401_with_a_sentence(ask, provider, signing_keys):
    for name, token in attacks(provider, signing_keys):
        answer = ask(token)
        assert answer.status_code == 401, (name, answer.text)
        assert answer.json()["message"].endswith("."), name
        assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert ask(provider.token()).status_code == 200


def test_a_learner_asks_for_nobody_else(ask, provider):
    assert ask(provider.token()).status_code == 200
    assert ask(provider.token(), agent=BOB).status_code == 403
    bob = provider.token(sub="bob", email="bob@example.org")
    assert ask(bob, agent=BOB).status_code == 200
    assert ask(bob).status_code == 403


def test_statements_of_a_token_have_one_authority_that_does_not_name_the_learner(ask, provider, client):
    ids = [str(uuid.uuid4()) for _ in range(2)]
    for statement_id in ids:
        body = {
            "id": statement_id,
            "actor": ADA,
            "verb": {"id": "https://example.org/read"},
            "object": {"id": "https://example.org/page"},
        }
        token = provider.token(jti=statement_id)
        answer = ask(token, "POST", STATEMENTS, agent=None, json=body)
        assert answer.status_code == 200, answer.text
    stored = [client.get(STATEMENTS, params={"statementId": one}).json() for one in ids]
    assert stored[0]["authority"] == stored[1]["authority"]
    assert "ada" not in json.dumps(stored[0]["authority"])


def test_a_provider_that_is_taken_away_counts_at_once_on_every_worker(ask, provider, database, store):
    assert ask(provider.token()).status_code == 200
    disconnect_provider(database, store)
    assert [ask(provider.token()).status_code for _ in range(8)] == [401] * 8


def test_a_provider_that_is_down_is_503_for_unknown_keys(ask, provider):
    provider.answers.clear()
    answer = ask(provider.token(header={"kid": "never seen"}))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert provider.issuer in answer.json()["message"]


def test_learners_read_the_lines_about_themselves(ask, provider, client):
    client.get("/xapi/agents", params={"agent": json.dumps(ADA)})
    client.get("/xapi/agents", params={"agent": json.dumps(BOB)})
    deadline = time.monotonic() + 20
    while True:
        answer = ask(provider.token(), path="/record/audit", agent=None)
        assert answer.status_code == 200, answer.text
        routes = [line["route"] for line in answer.json()["lines"]]
        if {"/xapi/agents", "/record/audit"} <= set(routes):
            break
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert routes.count("/xapi/agents") == 1
    bob = provider.token(sub="bob", email="bob@example.org")
    assert "/xapi/agents" in str(ask(bob, path="/record/audit", agent=None).json())
    assert ask(provider.token(), path="/privacy/audit", agent=None).status_code == 403


def test_the_role_of_a_group_becomes_the_role_of_the_learner(ask, provider, client):
    assert ask(provider.token()).status_code == 200
    deadline = time.monotonic() + 20
    path, params = "/recommendations/learners", {"agent": json.dumps(ADA)}
    while client.get(path, params=params).json()["known"].get("role") != "Engineer":
        assert time.monotonic() < deadline
        time.sleep(0.1)
