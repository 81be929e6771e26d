"""Tokens of learners over HTTP: who mints them, what a page may do with one, and how it ends."""

import hashlib
import json
import time
from dataclasses import replace

import pytest
import requests

from lrs.auth.credentials import (
    create_credential,
    list_credentials,
    revoke_credential,
    rotate_credential,
    set_scopes,
)
from lrs.auth.last_uses import today
from lrs.auth.limits import RequestLimit

ADA, BOB = {"mbox": "mailto:ada@example.org"}, {"mbox": "mailto:bob@example.org"}
PAGE = "https://lms.example.org"
STATEMENTS, NUGGETS, CHOICE = "/xapi/statements", "/recommendations/nuggets", "/recommendations/consents"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
ASKED = {"agent": ADA, "origin": PAGE, "scopes": ["recommendations/read/mine"]}


@pytest.fixture
def lms(make_caller):
    """A credential that mints, and grants learners to store Statements and to choose."""
    return make_caller("tokens/mint", "recommendations/read", "recommendations/write", "statements/write")


def of(agent):
    return {"agent": json.dumps(agent)}


def test_a_token_says_what_it_is_for(lms):
    answer = lms.post("/tokens", json={**ASKED, "minutes": 5})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    body = answer.json
    assert body.pop("token").startswith("learner_")
    assert body.pop("expires").startswith("20")
    assert body == {
        "token_type": "Bearer",
        "agent": {"objectType": "Agent", **ADA},
        "origin": PAGE,
        "scopes": ["recommendations/read/mine"],
        "expires_in": 300,
    }


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        ({"agent": None}, 400, "agent"),
        ({"agent": {"mbox": "ada"}}, 400, "agent"),
        ({"agent": {"objectType": "Group", "mbox": "mailto:team@example.org"}}, 400, "agent"),
        ({"origin": "null"}, 400, "origin"),
        ({"origin": "lms.example.org"}, 400, "origin"),
        ({"origin": "https://lms.example.org/page"}, 400, "origin"),
        ({"origin": "https://*.example.org"}, 400, "origin"),
        ({"origin": 7}, 400, "origin"),
        ({"scopes": []}, 400, "scopes"),
        ({"scopes": "all"}, 400, "scopes"),
        ({"scopes": [1]}, 400, "scopes"),
        ({"scopes": ["all"]}, 400, "scopes"),
        ({"scopes": ["state/write"]}, 400, "scopes"),
        ({"scopes": ["profile/read"]}, 403, "scopes"),
        ({"scopes": ["recommendations/read"]}, 400, "scopes"),
        ({"minutes": 0}, 400, "minutes"),
        ({"minutes": 61}, 400, "minutes"),
        ({"minutes": 1.5}, 400, "minutes"),
        ({"minutes": "5"}, 400, "minutes"),
        ({"store": "another"}, 400, "store"),
    ],
    ids=str,
)
def test_a_wrong_wish_is_refused_and_named(lms, change, status, named):
    answer = lms.post("/tokens", json={**ASKED, **change})
    assert (answer.status_code, answer.json["path"]) == (status, named), answer.json
    assert answer.json["message"]


def test_what_is_missing_or_in_the_address_is_refused(lms):
    for name in ASKED:
        answer = lms.post("/tokens", json={key: value for key, value in ASKED.items() if key != name})
        assert (answer.status_code, answer.json["path"]) == (400, name)
    assert lms.post("/tokens", json=ASKED, params={"agent": json.dumps(ADA)}).status_code == 400


def test_a_token_of_another_store_finds_nothing_of_this_one(lms, mint, make_caller, other_store):
    assert lms.put(CHOICE, params=of(ADA), json={"peer": True}).status_code == 200
    scope = "recommendations/read/mine"
    for foreign, choice in ((lms, True), (make_caller("tokens/mint", scope, of=other_store), None)):
        answer = mint(scope, minting=foreign).get(CHOICE, params=of(ADA))
        assert {one["kind"]: one["choice"] for one in answer.json["consents"]}["peer"] is choice


def test_a_token_in_an_address_opens_nothing(lms, mint, caller_with):
    token = mint(*ASKED["scopes"], minting=lms).authorization.removeprefix("Bearer ")
    for name in ("access_token", "token", "Authorization"):
        answer = caller_with("", Origin=PAGE).get(NUGGETS, params={**of(ADA), name: token})
        assert answer.status_code == 401


def test_an_origin_whose_pages_may_not_call_is_refused(lms, application, monkeypatch):
    service = application.extensions["learnerprise"]
    monkeypatch.setattr(service, "settings", replace(service.settings, cors_origins="https://other.example"))
    answer = lms.post("/tokens", json=ASKED)
    assert (answer.status_code, answer.json["path"]) == (400, "origin")
    assert "LEARNERPRISE_CORS_ORIGINS" in answer.json["message"]
    for origin in ("https://OTHER.example:443", "http://localhost"):
        assert lms.post("/tokens", json={**ASKED, "origin": origin}).status_code == 200


def test_a_learner_mints_nothing(mint, lms):
    page = mint("recommendations/read/mine", minting=lms)
    assert page.post("/tokens", json=ASKED).status_code == 403
    assert page.post("/tokens/revoked", json={"token": "learner_x"}).status_code == 403


# What a page may do


def test_a_page_asks_for_its_learner_alone(lms, mint):
    page = mint("recommendations/read/mine", minting=lms)
    assert page.get(NUGGETS, params=of(ADA)).status_code == 200
    assert page.get(NUGGETS, params=of(BOB)).status_code == 403
    assert page.get(CHOICE, params=of(ADA)).status_code == 200
    assert page.put(CHOICE, params=of(ADA), json={"peer": True}).status_code == 403


def test_other_identifiers_of_the_learner_are_the_learners_own(lms, mint, database, store):
    keys = ["mbox|mailto:ada@example.org", "account|19|https://example.org|7"]
    database.db["personas"].insert_one({"store": store.id, "identifiers": keys, "keys": keys})
    page = mint("recommendations/read/mine", minting=lms)
    digest = hashlib.sha1(b"mailto:ada@example.org").hexdigest()
    for own in ({"account": {"homePage": "https://example.org", "name": "7"}}, {"mbox_sha1sum": digest}):
        assert page.get(NUGGETS, params=of(own)).status_code == 200, own


def test_a_page_of_another_origin_or_none_is_refused(lms, mint, caller_with):
    token = mint("recommendations/read/mine", minting=lms).authorization
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-origin"}):
        answer = caller_with(token, **headers).get(NUGGETS, params=of(ADA))
        assert answer.status_code == 403
        assert PAGE in answer.json["message"]


def test_a_page_of_this_service_needs_no_origin_header(make_caller, caller_with, lms):
    asked = {**ASKED, "origin": "http://localhost"}
    token = lms.post("/tokens", json=asked).json["token"]
    page = caller_with(f"Bearer {token}", **{"Sec-Fetch-Site": "same-origin"})
    assert page.get(NUGGETS, params=of(ADA)).status_code == 200


def test_a_page_keeps_the_learners_own_choice_alone(lms, mint):
    page = mint("recommendations/write", minting=lms)
    assert page.put(CHOICE, params=of(ADA), json={"peer": True}).status_code == 200
    assert page.put(CHOICE, params=of(BOB), json={"peer": True}).status_code == 403


def test_a_page_stores_statements_of_its_learner_alone(lms, mint, make_caller, make_statement):
    page, reader = mint("statements/write", minting=lms), make_caller("statements/read")
    own = make_statement(actor=ADA)
    assert page.post(STATEMENTS, json=own).status_code == 200
    group = {"objectType": "Group", **ADA}
    anonymous = {"objectType": "Group", "member": [ADA]}
    for batch in (
        [make_statement(actor=BOB)],
        [make_statement(actor=ADA), make_statement(actor=BOB)],
        [make_statement(actor=group)],
        [make_statement(actor=anonymous)],
    ):
        answer = page.post(STATEMENTS, json=batch)
        assert (answer.status_code, answer.json["path"]) == (403, "actor")
        put = page.put(STATEMENTS, json=batch[-1], params={"statementId": batch[-1]["id"]})
        assert put.status_code == 403
    stored = reader.get(STATEMENTS).json["statements"]
    assert [one["id"] for one in stored] == [own["id"]]
    assert page.get(STATEMENTS, params=of(ADA)).status_code == 403


def test_a_page_voids_nothing(lms, mint, make_statement):
    own = make_statement(actor=ADA)
    assert lms.post(STATEMENTS, json=own).status_code == 200
    target = {"objectType": "StatementRef", "id": own["id"]}
    answer = mint("statements/write", minting=lms).post(
        STATEMENTS, json=make_statement(actor=ADA, verb={"id": VOIDED}, object=target)
    )
    assert (answer.status_code, answer.json["path"]) == (403, "verb")


def test_a_refused_token_is_challenged_as_one(caller_with):
    long = ("learner_" + "A" * 5000, "A" * 20_000, "eyJ" + "A" * 20_000)
    for token in ("learner_x", "abc", "eyJhbGciOiJub25lIn0.e30.", "learner_..", "é", *long):
        answer = caller_with(f"Bearer {token}", Origin=PAGE).get(NUGGETS, params=of(ADA))
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_a_page_that_asks_too_much_waits_and_others_do_not(lms, mint, application, database, monkeypatch):
    monkeypatch.setattr(application.extensions["learnerprise"], "learner_limit", RequestLimit(database, 5))
    page, other = (mint("recommendations/read/mine", minting=lms, agent=agent) for agent in (ADA, BOB))
    statuses = {page.get(CHOICE, params=of(ADA)).status_code for _ in range(40)}
    assert statuses == {200, 429}
    assert other.get(CHOICE, params=of(BOB)).status_code == 200
    assert lms.get(CHOICE, params=of(ADA)).status_code == 200


def test_the_day_on_which_a_credential_was_used_is_listed(lms, application, database, store):
    create_credential(database, store, "nobody's")
    lms.post("/tokens", json=ASKED)
    application.extensions["learnerprise"].last_uses.stop()
    assert [row.last_used for row in list_credentials(database, store)] == [today(), None]


# The end of a token, on every worker


def everywhere(url, token, times=12):
    """Ask over new connections, which reach all workers; return the statuses."""
    headers = {"Authorization": f"Bearer {token}", "Origin": PAGE, "Connection": "close"}
    return {
        requests.get(url + NUGGETS, params=of(ADA), headers=headers, timeout=60).status_code
        for _ in range(times)
    }


@pytest.fixture
def minted(make_client, database, store):
    """A minting client of a real server, and a token of it that every worker has seen."""
    client = make_client("tokens/mint", "recommendations/read")
    token = client.post("/tokens", json=ASKED).json()["token"]
    assert everywhere(client.url, token) == {200}
    return client, token


def test_a_token_that_its_page_revoked_is_gone_on_every_worker(minted):
    client, token = minted
    headers = {"Authorization": f"Bearer {token}", "Origin": PAGE}
    assert requests.delete(f"{client.url}/tokens", headers=headers, timeout=60).status_code == 204
    assert everywhere(client.url, token) == {401}
    assert requests.delete(f"{client.url}/tokens", headers=headers, timeout=60).status_code == 401


def test_a_token_that_its_server_revoked_is_gone_on_every_worker(minted, make_client, other_store):
    client, token = minted
    for foreign in (make_client("tokens/mint"), make_client("tokens/mint", of=other_store)):
        assert foreign.post("/tokens/revoked", json={"token": token}).status_code == 404
    assert everywhere(client.url, token) == {200}
    assert client.post("/tokens/revoked", json={"token": token}).status_code == 204
    assert everywhere(client.url, token) == {401}


def test_tokens_are_gone_with_the_credential_on_every_worker(minted, database):
    client, token = minted
    revoke_credential(database, client.auth[0])
    assert everywhere(client.url, token) == {401}
    assert client.post("/tokens", json=ASKED).status_code == 401


def test_tokens_outlive_the_secret_of_their_credential_but_not_the_credential(minted, database, store):
    client, token = minted
    rotate_credential(database, client.auth[0], store, overlap_s=0)
    assert everywhere(client.url, token, 4) == {200}
    expires = time.time_ns() // 1000 + 1_000_000
    rotate_credential(database, client.auth[0], store, overlap_s=0, expires=expires)
    while (now := time.time_ns() // 1000) < expires:
        time.sleep((expires - now) / 1_000_000)
    assert everywhere(client.url, token, 4) == {401}


def test_a_scope_that_is_taken_away_is_gone_on_every_worker(minted, database, store):
    client, token = minted
    set_scopes(database, client.auth[0], store, ["tokens/mint", "recommendations/write"])
    assert everywhere(client.url, token) == {403}


# Pages of another origin


def test_a_browser_may_send_a_token_from_the_page_it_is_for(minted):
    client, token = minted
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    for path, method in ((NUGGETS, "GET"), (STATEMENTS, "POST"), (CHOICE, "PUT"), ("/tokens", "DELETE")):
        answer = requests.options(
            client.url + path, headers={**asked, "Access-Control-Request-Method": method}, timeout=60
        )
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] in ("*", PAGE)
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()
        assert method in answer.headers["Access-Control-Allow-Methods"]
    headers = {"Authorization": f"Bearer {token}", "Origin": PAGE}
    answer = requests.get(client.url + NUGGETS, params=of(ADA), headers=headers, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", PAGE)
