"""Signing in with key and secret, by links and to the demo, and out; what other sites may not do with it."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from lrs.auth.credentials import Credential, create_credential, revoke_credential, rotate_credential
from lrs.auth.held import HeldCredentials
from lrs.auth.pseudonyms import StorePseudonyms
from lrs.auth.roles import LEARNER, Entrance
from lrs.auth.sessions import Sessions
from lrs.auth.sign_in_links import SignInLinks
from lrs.auth.stores import close_store, set_entrances, set_takes_mail_sign_ins
from lrs.config import Settings
from lrs.personas import find_or_create_personas
from lrs.storage.stored_time import now_us
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


@pytest.mark.parametrize("overlap_s", [0, 3600])
def test_a_session_ends_when_its_secret_is_let_in_no_more(
    browser, server_url, database, store, credential, overlap_s
):
    enter(browser, server_url, credential)
    rotate_credential(database, credential[0], store, overlap_s)
    is_out = "/sign-in" in browser.get(f"{server_url}/admin", timeout=60).url
    assert is_out == (not overlap_s)


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


@pytest.fixture
def links(database):
    return SignInLinks(database, StorePseudonyms(Settings()))


@pytest.fixture
def known(database, store):
    """A mail address that the store knows a learner by."""
    mail = f"{uuid.uuid4().hex}@example.org"
    find_or_create_personas(database, store.id, {f"mbox|mailto:{mail}": "Ada"})
    set_takes_mail_sign_ins(database, store, takes=True)
    return mail


def use(browser, server_url, token):
    return browser.post(f"{server_url}/sign-in/link", data={"token": token}, timeout=60)


def test_a_link_signs_in_once(browser, server_url, links, store):
    token = links.make(store, "mbox|mailto:ada@example.org", LEARNER, "Ada")
    for _ in range(2):
        looked = browser.get(f"{server_url}/sign-in/link", params={"token": token}, timeout=60)
        assert token in looked.text
    assert use(browser, server_url, token).url == f"{server_url}/home"
    again = use(requests.Session(), server_url, token)
    assert again.status_code == 403


def test_of_two_who_use_a_link_at_the_same_time_one_is_let_in(links, store):
    token = links.make(store, "mbox|mailto:ada@example.org", LEARNER, "Ada")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(links.redeem, [token] * 4))
    assert len([one for one in found if one is not None]) == 1


def test_a_link_expires_and_one_of_a_closed_store_is_over(database, store, other_store):
    now = now_us()
    links = SignInLinks(database, StorePseudonyms(Settings()), lambda: now)
    token = links.make(store, "mbox|mailto:ada@example.org", LEARNER, "Ada")
    closed = links.make(other_store, "mbox|mailto:ada@example.org", LEARNER, "Ada")
    close_store(database, other_store)
    assert not links.is_valid(closed)
    now += 15 * 60 * 1_000_000
    assert not links.is_valid(token)
    assert links.redeem(token) is None


@pytest.mark.parametrize("token", ["", "x", "0" * 88, "0" * 24 + "é" * 64, "0" * 5000])
def test_what_is_no_link_is_a_page_that_says_so(browser, server_url, token):
    for answer in (
        browser.get(f"{server_url}/sign-in/link", params={"token": token}, timeout=60),
        use(browser, server_url, token),
    ):
        assert answer.status_code == 403
        assert "Ask for another one" in answer.text


def test_known_and_unknown_mail_addresses_have_the_same_answer_and_one_has_a_mail(
    browser, server_url, known, mail_sink
):
    unknown = known.replace("@", "x@")
    said = [
        browser.post(f"{server_url}/sign-in/mail", data={"mail": mail}, timeout=60)
        for mail in (unknown, known)
    ]
    assert [one.status_code for one in said] == [200, 200]
    assert said[0].text.replace(unknown, "") == said[1].text.replace(known, "")
    [text] = mail_sink.find(known)
    token = re.search(r"token=(\w+)", text)[1]
    assert use(browser, server_url, token).url == f"{server_url}/home"
    assert mail_sink.find(unknown, within_s=0) == []


def test_a_link_goes_to_the_address_that_is_known_not_as_it_was_typed(browser, server_url, mail_sink, known):
    local, _, domain = known.partition("@")
    browser.post(f"{server_url}/sign-in/mail", data={"mail": f"{local}@{domain.upper()}"}, timeout=60)
    assert len(mail_sink.find(known)) == 1


def test_nobody_gets_more_than_three_mails_in_a_quarter_of_an_hour(
    browser, server_url, database, store, known
):
    for _ in range(5):
        answer = browser.post(f"{server_url}/sign-in/mail", data={"mail": known}, timeout=60)
        assert answer.status_code == 200
    assert database.collection("sign_in_links", store.id).count({}) == 3


def test_the_demo_is_entered_by_one_click_and_another_store_is_not(
    browser, server_url, database, store, other_store
):
    set_entrances(database, store, [Entrance("officer", "Ada Lovelace", "mbox|mailto:ada@example.org")])
    said = browser.get(f"{server_url}/sign-in", timeout=60).text
    assert store.name in said
    sent = {"store": store.name, "role": "officer"}
    assert browser.post(f"{server_url}/sign-in/demo", data=sent, timeout=60).url.endswith("/organisation")
    for wrong in ({"store": other_store.name, "role": "officer"}, {"store": store.name, "role": "admin"}):
        assert browser.post(f"{server_url}/sign-in/demo", data=wrong, timeout=60).status_code == 403
    named = {**HTML, "Host": "evil.example"}  # a name that leads to this machine
    answer = requests.post(f"{server_url}/sign-in/demo", data=sent, headers=named, timeout=60)
    assert answer.status_code == 403


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "Via"])
def test_nobody_enters_the_demo_through_a_proxy(server_url, database, store, name):
    set_entrances(database, store, [Entrance("officer", "Ada Lovelace", "mbox|mailto:ada@example.org")])
    headers = {**HTML, name: "127.0.0.1"}
    assert store.name not in requests.get(f"{server_url}/sign-in", headers=headers, timeout=60).text
    sent = {"store": store.name, "role": "officer"}
    answer = requests.post(f"{server_url}/sign-in/demo", data=sent, headers=headers, timeout=60)
    assert answer.status_code == 403


def test_an_hour_without_use_and_eight_hours_end_a_session(database, store):
    now = now_us()
    sessions = Sessions(database, HeldCredentials(database), lambda: now)
    token = sessions.start(
        Credential("page-1", "Ada", store, frozenset(LEARNER), "mbox|mailto:ada@example.org")
    )
    hour = 3600 * 1_000_000
    for _ in range(8):
        now += hour - 1
        assert sessions.find(token) is not None
    now += hour - 1
    assert sessions.find(token) is None
    other = sessions.start(
        Credential("page-1", "Ada", store, frozenset(LEARNER), "mbox|mailto:ada@example.org")
    )
    now += hour
    assert sessions.find(other) is None


def test_a_form_that_is_too_large_is_refused_without_a_sign_in_too(server_url):
    sent = {"note": "x" * 9_000_000}
    answer = requests.post(f"{server_url}/sign-out", data=sent, headers=HTML, timeout=60)
    assert answer.status_code == 413


def test_a_form_whose_sign_in_has_expired_keeps_what_was_typed(sign_in, server_url):
    visitor, fresh = sign_in("learner"), sign_in("learner")
    visitor.http.cookies.clear()
    expired = visitor.post("/sign-out", {"everywhere": "yes", "note": "<b>typed</b>"})
    assert expired.status_code == 401
    assert "&lt;b&gt;typed&lt;/b&gt;" in expired.text
    kept = {"kept.action": "/sign-out", "kept.everywhere": "yes", "kept.note": "<b>typed</b>"}
    assert visitor.post("/sign-in/again", kept).status_code == 401
    again = fresh.post("/sign-in/again", kept)
    assert 'action="/sign-out"' in again.text
    assert fresh.csrf in again.text
    assert "&lt;b&gt;typed&lt;/b&gt;" in again.text
    for action in ("https://evil.example", "//evil.example", ""):
        assert fresh.post("/sign-in/again", {"kept.action": action}).status_code == 400
