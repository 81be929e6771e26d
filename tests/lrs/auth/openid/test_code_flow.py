"""People sign in to the pages at the provider of their store: authorization code with PKCE, state and nonce."""

from __future__ import annotations

import secrets
from dataclasses import replace
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from lrs.auth.openid.code_flow import challenge_of
from lrs.auth.openid.connecting import connect_provider, disconnect_provider
from lrs.auth.providers import Provider
from lrs.storage.rate_limits import RateLimitCounters

DISCOVERY = "/.well-known/openid-configuration"
CLIENT = "pages"
SCOPES = (("*", "recommendations/read/mine"), ("*", "record/read/mine"), ("staff", "insights/community"))
HTML = {"Accept": "text/html"}


@pytest.fixture
def kept(provider, database, store):
    """The store with a provider that people sign in at; the claims of the next ID token."""
    trusted = Provider(provider.issuer, "api", learner="mail", learner_claim="email", scopes=SCOPES)
    return connect_provider(database, store, replace(trusted, client_id=CLIENT, client_secret="s€cret"))


@pytest.fixture
def browser(server_url):
    with requests.Session() as session:
        session.headers.update(HTML)
        yield session


@pytest.fixture
def begin(browser, server_url, kept):
    def call(**more):
        answer = browser.get(
            f"{server_url}/sign-in/openid",
            params={"store": kept.name, **more},
            allow_redirects=False,
            timeout=60,
        )
        assert answer.status_code == 303, answer.text
        parts = urlsplit(answer.headers["Location"])
        return {name: values[0] for name, values in parse_qs(parts.query).items()}

    return call


@pytest.fixture
def come_back(browser, server_url, provider):
    def call(asked, *, claims=None, parameters=None, tokens=None):
        token = provider.token(**{"aud": CLIENT, "nonce": asked["nonce"], **(claims or {})})
        provider.answers["/token"] = {"id_token": token} if tokens is None else tokens
        sent = {"code": "code-1", "state": asked["state"], **(parameters or {})}
        return browser.get(
            f"{server_url}/sign-in/openid/back",
            params={name: value for name, value in sent.items() if value is not None},
            timeout=60,
        )

    return call


def test_a_person_signs_in_at_the_provider(begin, come_back, browser, server_url, provider):
    asked = begin(next="/my-data")
    assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
    assert asked["redirect_uri"] == f"{server_url}/sign-in/openid/back"
    assert asked["code_challenge_method"] == "S256"
    assert "openid" in asked["scope"].split()
    answer = come_back(asked, parameters={"iss": provider.issuer})
    assert answer.url == f"{server_url}/my-data"
    [(form, authorization)] = provider.forms
    assert (form["grant_type"], form["code"]) == ("authorization_code", "code-1")
    assert challenge_of(form["code_verifier"]) == asked["code_challenge"]
    assert authorization.startswith("Basic ")
    assert browser.get(f"{server_url}/community", timeout=60).status_code == 200


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"parameters": {"state": "another"}}, "another sign-in"),
        ({"parameters": {"state": None}}, "another sign-in"),
        ({"parameters": {"code": None, "error": "access_denied"}}, "access_denied"),
        ({"parameters": {"iss": "https://evil.example"}}, "another provider"),
        ({"claims": {"nonce": "another"}}, "nonce"),
        ({"claims": {"nonce": None}}, "nonce"),
        ({"claims": {"azp": "another"}}, "azp"),
        ({"claims": {"aud": "api"}}, "aud"),
        ({"claims": {"exp": 1}}, "expired"),
        ({"tokens": {"error": "invalid_grant"}}, "without an ID token"),
        ({"tokens": {"id_token": "ey.no.token"}}, "token"),
    ],
    ids=str,
)
def test_what_does_not_fit_signs_nobody_in(begin, come_back, browser, server_url, changes, said):
    answer = come_back(begin(), **changes)
    assert answer.status_code == 401
    assert said in answer.text
    assert "/sign-in" in browser.get(f"{server_url}/home", timeout=60).url


def test_a_browser_that_did_not_begin_is_not_signed_in(begin, come_back, browser):
    asked = begin()
    browser.cookies.clear()
    answer = come_back(asked)
    assert answer.status_code == 401
    assert "did not begin" in answer.text


def test_an_answer_is_taken_once(begin, come_back, browser, server_url):
    asked = begin()
    assert come_back(asked).url == f"{server_url}/community"
    assert come_back(asked).status_code == 401


def test_a_mail_address_that_the_provider_did_not_verify_signs_nobody_in(begin, come_back):
    answer = come_back(begin(), claims={"email_verified": False})
    assert answer.status_code == 403
    assert "email_verified" in answer.text


def test_a_provider_that_is_not_trusted_any_more_signs_out(
    begin, come_back, browser, server_url, database, kept
):
    come_back(begin())
    disconnect_provider(database, kept)
    assert "/sign-in" in browser.get(f"{server_url}/home", timeout=60).url


def test_a_session_loses_what_the_provider_may_bring_no_more(
    begin, come_back, browser, server_url, database, kept
):
    assert come_back(begin()).url == f"{server_url}/community"
    fewer = replace(kept.openid, scopes=SCOPES[:2])
    changed = connect_provider(database, kept, fewer)
    assert browser.get(f"{server_url}/community", timeout=60).status_code == 403
    connect_provider(database, changed, replace(fewer, client_id="", client_secret=""))
    assert "/sign-in" in browser.get(f"{server_url}/home", timeout=60).url


def test_the_provider_is_asked_what_it_says_of_itself_once_by_each_process(begin, come_back, provider):
    for _ in range(6):
        assert come_back(begin()).ok
    assert provider.asked.count(DISCOVERY) <= 4  # of each of two processes: by whom it is begun, and its keys


def test_one_address_cannot_begin_without_end(browser, server_url, kept, database):
    address = ".".join(["127", *(str(secrets.randbelow(250) + 2) for _ in range(3))])
    adapter = HTTPAdapter()
    adapter.init_poolmanager(1, 1, source_address=(address, 0))
    browser.mount("http://", adapter)
    asked = {"params": {"store": kept.name}, "allow_redirects": False, "timeout": 60}
    assert browser.get(f"{server_url}/sign-in/openid", **asked).status_code == 303
    name = f"asked/{sha256(f'openid/{address}'.encode()).hexdigest()}"
    RateLimitCounters(database).incr(name, 900, amount=6000)
    for path in ("/sign-in/openid", "/sign-in/openid/back"):
        refused = browser.get(f"{server_url}{path}", **asked)
        assert (refused.status_code, "quarter of an hour" in refused.text) == (429, True)
        assert int(refused.headers["Retry-After"]) == 900


def test_a_provider_that_does_not_answer_is_said(begin, provider, browser, server_url, kept):
    provider.answers.clear()
    answer = browser.get(f"{server_url}/sign-in/openid", params={"store": kept.name}, timeout=60)
    assert answer.status_code == 503
    assert "Not available just now" in answer.text


def test_a_provider_leads_to_no_other_machine_of_this_network(provider, browser, server_url, kept):
    provider.describe(authorization_endpoint="javascript:alert(1)")
    answer = browser.get(f"{server_url}/sign-in/openid", params={"store": kept.name}, timeout=60)
    assert answer.status_code == 503


def test_the_page_names_the_provider_of_a_store_where_people_sign_in(browser, server_url, kept, other_store):
    said = browser.get(f"{server_url}/sign-in", timeout=60).text
    assert kept.name in said
    assert other_store.name not in said
    assert (
        browser.get(
            f"{server_url}/sign-in/openid", params={"store": other_store.name}, timeout=60
        ).status_code
        == 404
    )
