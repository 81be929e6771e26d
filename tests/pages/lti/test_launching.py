"""Launches over HTTP: who is let in and where to, what attackers send, and who may frame what is shown."""

import base64
import hmac
import json
import time

import pytest
import requests
from joserfc.jwk import RSAKey

from lrs.auth.lti.connecting import connect_platform, disconnect_platform
from lrs.auth.lti.messages import CORE
from lrs.auth.stores import close_store
from lrs.errors import RequestRefusedError
from pages.visitors import COOKIE, FRAMED_COOKIE

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person"
HTML = {"Accept": "text/html"}


def policy(answer):
    return answer.headers["Content-Security-Policy"]


def test_a_launch_in_a_frame_leads_to_the_learners_page_which_the_platform_alone_may_frame(
    launch, browser, trusted
):
    answer = launch()
    assert answer.status_code == 303, answer.text
    said = next(
        one for one in answer.raw.headers.getlist("Set-Cookie") if one.startswith(f"{FRAMED_COOKIE}=")
    )
    assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned"} <= set(said.split("; "))
    home = browser.follow(browser.follow(answer))
    assert home.status_code == 200
    assert f"frame-ancestors {trusted.issuer}" in policy(home)
    assert "sign-out" not in home.text
    admin = browser.send("GET", "/admin")
    assert admin.status_code == 403
    assert "frame-ancestors 'none'" in policy(admin)


def test_a_launch_in_a_window_of_its_own_is_a_sign_in_like_any_other(launch, browser):
    answer = launch(dest="document")
    said = next(one for one in answer.raw.headers.getlist("Set-Cookie") if one.startswith(f"{COOKIE}="))
    assert "SameSite=Lax" in said
    home = browser.follow(browser.follow(answer))
    assert home.status_code == 200
    assert "frame-ancestors 'none'" in policy(home)


def test_a_learner_is_named_by_the_mail_address_where_the_store_says_so(launch, database, store):
    launch()
    [row] = database.collection("sessions", store.id).iterate({}, ["learner"])
    assert row["learner"] == "mbox|mailto:ada@example.org"


def test_an_account_is_the_user_id_at_the_issuer(launch, browser, platform, trusted, database, store):
    connect_platform(database, store, platform.registered())
    launch()
    [row] = database.collection("sessions", store.id).iterate({}, ["learner"])
    assert row["learner"] == f"account|{len(platform.issuer)}|{platform.issuer}|7"


@pytest.mark.parametrize(
    ("roles", "place"),
    [
        ([f"{MEMBERSHIP}#Learner"], "/home"),
        ([f"{MEMBERSHIP}#Instructor"], "/community"),
        ([f"{MEMBERSHIP}/Instructor#TeachingAssistant"], "/home"),
        ([f"{MEMBERSHIP}#Administrator", f"{SYSTEM}#Administrator", f"{SYSTEM}#SysAdmin"], "/home"),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"], "/home"),
        (["Instructor", 7, None, "x" * 5000], "/home"),
        ([], "/home"),
        ("Instructor", "/home"),
    ],
    ids=str,
)
def test_a_role_in_the_course_leads_to_its_place_and_never_to_administration(launch, browser, roles, place):
    answer = launch(**{CORE + "roles": roles})
    assert browser.follow(answer).headers["Location"] == place
    assert browser.send("GET", "/admin").status_code == 403


def test_instructors_are_learners_where_the_store_does_not_say_otherwise(
    launch, browser, platform, trusted, database, store
):
    instructor = {CORE + "roles": [f"{MEMBERSHIP}#Instructor"]}
    launch(**instructor)
    connect_platform(database, store, platform.registered(learner="mail"))
    assert browser.send("GET", "/community").status_code == 403
    browser.cookies.clear()
    assert browser.follow(launch(**instructor)).headers["Location"] == "/home"


def test_a_target_link_of_this_service_is_where_a_launch_leads_to(launch, server_url):
    answer = launch(**{CORE + "target_link_uri": f"{server_url}/home/goals?x=1"})
    assert answer.headers["Location"] == "/home/goals?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/lti/launch",
        "//evil.example",
        "{tool}@evil.example/",
        "{tool}.evil.example/",
        "{tool}//evil.example",
        "{tool}/\\evil.example",
        "javascript:alert(1)",
        "{tool}",
        "",
    ],
)
def test_a_target_link_to_another_host_leads_nowhere(launch, browser, server_url, target):
    answer = launch(**{CORE + "target_link_uri": target.format(tool=server_url)})
    assert answer.status_code == 400
    assert "is not an address of this service" in answer.text
    assert "frame-ancestors *" in policy(answer)
    assert FRAMED_COOKIE not in browser.cookies


def sealed(platform, nonce, header, secret=b""):
    """A token with any header, signed with a secret or not at all."""
    parts = [header, platform.claims(nonce)]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    signature = hmac.digest(secret, ".".join(encoded).encode(), "sha256")
    return ".".join([*encoded, base64.urlsafe_b64encode(signature).rstrip(b"=").decode()])


def attacks(platform):
    other = RSAKey.generate_key(2048, {"kid": "other"})
    public = platform.key.as_pem(private=False)
    past, later = int(time.time()) - 3600, int(time.time()) + 3600
    yield "alg none", 401, lambda nonce: sealed(platform, nonce, {"alg": "none"})
    yield "key confusion", 401, lambda nonce: sealed(platform, nonce, {"alg": "HS256", "kid": "lms"}, public)
    yield "other key", 401, lambda nonce: platform.token(nonce, other, {"kid": "lms"})
    yield "unknown kid", 401, lambda nonce: platform.token(nonce, other)
    yield "jku", 401, lambda nonce: platform.token(nonce, other, {"jku": "http://127.0.0.1:1/keys"})
    yield "nonce", 401, lambda nonce: platform.token("another")
    yield "cut", 401, lambda nonce: platform.token(nonce)[:-4]
    yield "empty", 401, lambda nonce: ""
    for name, status, changes in (
        ("other issuer", 401, {"iss": "https://other.example"}),
        ("audience", 401, {"aud": "another"}),
        ("several audiences", 401, {"aud": ["learnerprise-tool", "another"]}),
        ("azp", 401, {"azp": "another"}),
        ("expired", 401, {"exp": past}),
        ("not yet", 401, {"nbf": later}),
        ("from the future", 401, {"iat": later}),
        ("no iat", 401, {"iat": None}),
        ("no exp", 401, {"exp": None}),
        ("no nonce", 401, {"nonce": None}),
        ("nonce of another kind", 401, {"nonce": {"$ne": ""}}),
        ("nobody", 401, {"sub": None}),
        ("no mail address", 403, {"email": None}),
        ("oversized", 401, {"padding": "x" * 40_000}),
        ("deep", 401, {"deep": json.loads("[" * 400 + "]" * 400)}),
        ("deployment", 403, {CORE + "deployment_id": "3"}),
        ("no deployment", 400, {CORE + "deployment_id": None}),
        ("version", 400, {CORE + "version": "1.1"}),
        ("message", 400, {CORE + "message_type": "LtiSubmissionReviewRequest"}),
        ("no message", 400, {CORE + "message_type": ["LtiResourceLinkRequest"]}),
        ("no link", 400, {CORE + "resource_link": None}),
        ("no settings", 400, {CORE + "message_type": "LtiDeepLinkingRequest"}),
    ):
        yield name, status, lambda nonce, changes=changes: platform.token(nonce, **changes)


def test_what_attackers_send_is_refused_with_a_sentence_and_signs_nobody_in(
    launch, browser, trusted, database, store
):
    for name, status, make in attacks(trusted):
        answer = launch(make=make)
        assert answer.status_code == status, (name, answer.text)
        assert FRAMED_COOKIE not in browser.cookies, name
        assert "Why" in answer.text or 'lang="en"' in answer.text, name
    assert database.collection("sessions", store.id).count({}) == 0
    assert launch().status_code == 303


def test_a_message_that_is_too_large_is_413(launch):
    assert launch(padding="x" * 70_000).status_code == 413


def test_a_message_and_a_state_are_taken_once(begin, browser, trusted):
    asked = begin(browser)
    form = {"state": asked["state"], "id_token": trusted.token(asked["nonce"])}
    assert browser.send("POST", "/lti/launch", data=form).status_code == 303
    assert browser.send("POST", "/lti/launch", data=form).status_code == 401
    form["id_token"] = trusted.token(asked["nonce"], sub="8")
    again = browser.send("POST", "/lti/launch", data=form)
    assert again.status_code == 401
    assert "used already" in again.text


def test_a_message_fits_to_its_own_state_alone(begin, browser, trusted):
    first, second = begin(browser), begin(browser)
    form = {"state": second["state"], "id_token": trusted.token(first["nonce"])}
    assert browser.send("POST", "/lti/launch", data=form).status_code == 401
    for state in ("", "x", second["state"][:-2], "x" * 10_000):
        form = {"state": state, "id_token": trusted.token(second["nonce"])}
        assert browser.send("POST", "/lti/launch", data=form).status_code == 401


def test_a_platform_that_refuses_is_a_page_that_says_so(begin, browser):
    form = {"state": begin(browser)["state"], "error": "login_required"}
    answer = browser.send("POST", "/lti/launch", data=form)
    assert answer.status_code == 401
    assert "login_required" in answer.text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"iss": "https://other.example"}, 404),
        ({"client_id": "another"}, 404),
        ({"login_hint": None}, 400),
        ({"login_hint": "x" * 5000}, 400),
        ({"iss": None}, 404),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_launch_of_nobody_known_does_not_begin(server_url, trusted, changes, status, method):
    asked = {"iss": trusted.issuer, "client_id": "learnerprise-tool", "login_hint": "7", **changes}
    sent = {"params" if method == "GET" else "data": asked}
    answer = requests.request(
        method, f"{server_url}/lti/login", headers=HTML, timeout=60, allow_redirects=False, **sent
    )
    assert answer.status_code == status
    assert "Location" not in answer.headers


def test_two_stores_never_take_the_launches_of_one_client(platform, trusted, database, other_store):
    with pytest.raises(RequestRefusedError, match="already"):
        connect_platform(database, other_store, platform.registered())
    connect_platform(database, other_store, platform.registered(client_id="another"))


def test_a_message_for_the_client_of_another_store_is_refused(
    launch, platform, trusted, database, other_store, browser
):
    connect_platform(database, other_store, platform.registered(client_id="another"))
    assert launch(aud="another").status_code == 401
    launch()
    assert database.collection("sessions", other_store.id).count({}) == 0


def test_a_platform_that_is_taken_away_ends_its_sessions_and_launches_at_once(
    launch, begin, browser, trusted, database, store
):
    launch()
    asked = begin(browser)
    disconnect_platform(database, store, trusted.issuer, "learnerprise-tool")
    for path in ("/home", "/"):
        over = browser.send("GET", path)
        assert over.status_code == 401
        assert "Open this page again from your course" in over.text
        assert "frame-ancestors *" in policy(over)
    form = {"state": asked["state"], "id_token": trusted.token(asked["nonce"])}
    assert browser.send("POST", "/lti/launch", data=form).status_code == 401
    assert browser.send("GET", trusted.login()).status_code == 404


def test_a_closed_store_takes_no_launch(launch, trusted, database, store):
    close_store(database, store)
    assert launch().status_code == 403


def test_where_the_browser_keeps_no_cookie_a_button_opens_a_window_once(begin, browser, trusted):
    asked = begin(browser)
    browser.cookies.clear()
    form = {"state": asked["state"], "id_token": trusted.token(asked["nonce"])}
    answer = browser.send("POST", "/lti/launch", data=form)
    assert answer.status_code == 200
    assert "Open as Ada Lovelace" in answer.text
    assert f"frame-ancestors {trusted.issuer}" in policy(answer)
    assert FRAMED_COOKIE not in browser.cookies
    token = answer.text.partition('name="token" value="')[2].partition('"')[0]
    sent = {"token": token, "next": "/home/goals"}
    opened = browser.send("POST", "/sign-in/link", dest="document", data=sent)
    assert opened.headers["Location"] == "/home/goals"
    assert browser.follow(opened).status_code == 200
    assert browser.send("POST", "/sign-in/link", data=sent).status_code == 403


def test_a_form_inside_a_frame_whose_session_is_over_keeps_what_was_typed(launch, browser):
    launch()
    browser.cookies[FRAMED_COOKIE] = "0" * 88
    answer = browser.send("POST", "/home/goals", data={"name": "<b>typed</b>"})
    assert answer.status_code == 401
    assert "&lt;b&gt;typed&lt;/b&gt;" in answer.text
    assert "frame-ancestors *" in policy(answer)


def test_a_pseudonymous_store_keeps_no_name_and_no_account(
    begin, browser, platform, database, pseudonym_keys, server_url
):
    from lrs.auth.pseudonyms import StorePseudonyms
    from lrs.config import Settings

    made = StorePseudonyms(Settings(pseudonym_keys=pseudonym_keys)).create_store(
        database, f"hidden-{platform.server.server_port}-{time.time_ns()}"
    )
    connect_platform(database, made, platform.registered(client_id="hidden"))
    asked = requests.get(
        f"{server_url}/lti/login",
        params={"iss": platform.issuer, "client_id": "hidden", "login_hint": "7"},
        allow_redirects=False,
        timeout=60,
    )
    pairs = dict(one.split("=", 1) for one in asked.headers["Location"].partition("?")[2].split("&"))
    form = {"state": pairs["state"], "id_token": platform.token(pairs["nonce"], aud="hidden")}
    name, _, value = asked.headers["Set-Cookie"].partition(";")[0].partition("=")
    browser.cookies[name] = value
    assert browser.send("POST", "/lti/launch", data=form).status_code == 303
    [row] = database.collection("sessions", made.id).iterate({}, ["learner", "name", "holder"])
    assert "Ada" not in str(row)
    assert platform.issuer not in str(row)


def test_the_keys_are_public_and_stay(server_url):
    found = [requests.get(f"{server_url}/lti/jwks", timeout=60).json() for _ in range(3)]
    [key] = found[0]["keys"]
    assert found[0] == found[1] == found[2]
    assert {"kty", "n", "e", "kid", "use", "alg"} == key.keys()


def test_the_configuration_names_the_addresses_of_this_service(server_url):
    found = requests.get(f"{server_url}/lti/configuration", timeout=60).json()
    assert found["oidc_initiation_url"] == f"{server_url}/lti/login"
    assert found["target_link_uri"] == f"{server_url}/lti/launch"
    assert requests.get(found["public_jwk_url"], timeout=60).json()["keys"]
