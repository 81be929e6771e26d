"""Signing in with key and secret, and out; what other sites may not do with it."""

import pytest
import requests

from lrs.auth.credentials import create_credential, revoke_credential
from pages.visitors import COOKIE

HTML = {"Accept": "text/html"}


@pytest.fixture
def browser(server_url):
    with requests.Session() as session:
        session.headers.update(HTML)
        yield session


@pytest.fixture
def credential(database, store):
    return create_credential(database, store, "admin", ("all",))


def enter(browser, server_url, credential, **more):
    key, secret = credential
    return browser.post(
        f"{server_url}/sign-in/credential", data={"key": key, "secret": secret, **more}, timeout=60
    )


def test_key_and_secret_lead_to_the_first_page(browser, server_url, credential):
    answer = enter(browser, server_url, credential)
    assert answer.url == f"{server_url}/admin"
    cookie = answer.history[0].headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_on_another_machine_the_cookie_goes_by_tls_alone(server_url, credential):
    key, secret = credential
    answer = requests.post(
        f"{server_url}/sign-in/credential",
        data={"key": key, "secret": secret},
        headers={**HTML, "Host": "lrs.example.org"},
        allow_redirects=False,
        timeout=60,
    )
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_wrong_secret_is_said_and_the_key_stays(browser, server_url, credential):
    answer = enter(browser, server_url, (credential[0], "wrong"))
    assert answer.status_code == 401
    assert "is wrong" in answer.text
    assert credential[0] in answer.text
    assert COOKIE not in browser.cookies


def test_a_session_that_a_browser_brings_along_is_not_the_one_it_signs_in_with(
    browser, server_url, credential
):
    browser.cookies.set(COOKIE, "0" * 88)
    enter(browser, server_url, credential)
    first = [cookie.value for cookie in browser.cookies if cookie.name == COOKIE][-1]
    assert first != "0" * 88
    fresh = requests.get(f"{server_url}/admin", cookies={COOKIE: "0" * 88}, headers=HTML, timeout=60)
    assert "/sign-in" in fresh.url


def test_signing_in_again_ends_the_session_before(browser, server_url, credential):
    enter(browser, server_url, credential)
    former = browser.cookies[COOKIE]
    enter(browser, server_url, credential)
    assert (
        "/sign-in"
        in requests.get(f"{server_url}/admin", cookies={COOKIE: former}, headers=HTML, timeout=60).url
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "http:/evil.example",
        "/%0d%0aX: y\r\n",
        "home",
    ],
)
def test_a_sign_in_leads_to_no_other_site(browser, server_url, credential, address):
    answer = enter(browser, server_url, credential, next=address)
    assert answer.url.startswith(f"{server_url}/")
    assert answer.history[0].headers["Location"] in ("/", address)


def test_a_sign_in_leads_back_to_where_it_was_asked_for(browser, server_url, credential):
    assert enter(browser, server_url, credential, next="/my-data?x=1").url.endswith("/my-data?x=1")


def test_signing_out_everywhere_ends_the_sessions_of_all_browsers(sign_in):
    learner = "mbox|mailto:grace@example.org"
    desk, telephone, other = (sign_in("learner", learner), sign_in("learner", learner), sign_in("learner"))
    desk.post("/sign-out", {"everywhere": "yes"})
    assert [one.get("/home").url.endswith("/home") for one in (desk, telephone, other)] == [
        False,
        False,
        True,
    ]


def test_signing_out_ends_this_session_alone(sign_in):
    learner = "mbox|mailto:mary@example.org"
    desk, telephone = sign_in("learner", learner), sign_in("learner", learner)
    assert "/sign-in" in desk.post("/sign-out").url
    desk.http.cookies.set(COOKIE, desk.token)
    assert [one.get("/home").url.endswith("/home") for one in (desk, telephone)] == [False, True]


def test_a_credential_that_is_revoked_signs_out(browser, server_url, database, credential):
    enter(browser, server_url, credential)
    revoke_credential(database, credential[0])
    assert "/sign-in" in browser.get(f"{server_url}/admin", timeout=60).url


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
    ids=str,
)
@pytest.mark.parametrize("path", ["/sign-out", "/sign-in/credential", "/language"])
def test_a_form_of_another_site_is_refused(sign_in, path, headers):
    visitor = sign_in("learner")
    answer = visitor.post(path, {"language": "de"}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text
    assert visitor.get("/home").url.endswith("/home")


def test_a_form_without_the_token_of_the_session_changes_nothing(sign_in):
    visitor, other = sign_in("learner"), sign_in("learner")
    for token in ("", other.csrf):
        assert visitor.post("/sign-out", {"csrf": token}).status_code == 403
    assert visitor.get("/home").url.endswith("/home")


def test_the_api_takes_no_cookie(sign_in):
    visitor = sign_in("officer")
    assert visitor.get("/recommendations/catalogue/nuggets", headers={"Accept": "*/*"}).status_code == 401


def test_a_language_is_chosen_and_kept(browser, server_url):
    browser.headers["Accept-Language"] = "fr-CA, en;q=0.5"
    assert "Connexion" in browser.get(f"{server_url}/sign-in", timeout=60).text
    answer = browser.post(f"{server_url}/language", data={"language": "ca", "next": "/sign-in"}, timeout=60)
    assert 'lang="ca"' in answer.text
    assert "Inicieu la sessió" in answer.text
    refused = browser.post(f"{server_url}/language", data={"language": "xx"}, timeout=60)
    assert refused.status_code == 400


def test_the_page_for_signing_in_has_no_fault_in_a_browser(assert_faultless):
    assert_faultless("/sign-in")
