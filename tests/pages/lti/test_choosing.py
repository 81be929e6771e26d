"""A teacher chooses links; the platform verifies what it is sent; learners open the links."""

import re

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from lrs.auth.lti.connecting import disconnect_platform
from lrs.auth.lti.messages import CORE

NUGGET = "https://example.org/nuggets/wind"
ITEMS = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items"
DATA = "https://purl.imsglobal.org/spec/lti-dl/claim/data"


@pytest.fixture
def catalogue(client):
    """A store with two nuggets and a role."""
    for name, title in (("wind", "About <b>wind"), ("sun", "About the sun")):
        answer = client.put(
            "/recommendations/catalogue/nuggets",
            params={"activity": f"https://example.org/nuggets/{name}"},
            json={"title": {"en": title}, "modality": "formal", "skills": ["energy"]},
        )
        assert answer.status_code == 204, answer.text
    role = {"params": {"name": "Engineer"}, "json": {"skills": {"energy": 2}}}
    assert client.put("/recommendations/catalogue/roles", **role).status_code == 204


@pytest.fixture
def choose(launch, browser, trusted):
    """Launch to choose links, and send the form: `choose(item=[...])`; without values return the first page."""

    def send(settings=None, headers=None, **values):
        page = launch(**trusted.linking(**(settings or {})))
        if not values:
            return page
        assert page.status_code == 200, page.text
        form = {"token": token_of(page), **values}
        return browser.send("POST", "/lti/links", data=form, headers=headers or {})

    return send


def token_of(page):
    return re.search(r'name="token" value="([^"]+)"', page.text)[1]


def verified(server_url, message):
    keys = KeySet.import_key_set(requests.get(f"{server_url}/lti/jwks", timeout=60).json())
    return jwt.decode(message, keys, algorithms=["RS256"]).claims


def test_what_was_chosen_goes_signed_to_the_one_address_of_the_platform(
    choose, catalogue, server_url, trusted
):
    items = ["next", f"nugget:{NUGGET}", "path:engineer", "nugget:https://example.org/unknown", "x"]
    answer = choose(item=items, do="add")
    policy = answer.headers["Content-Security-Policy"]
    assert f"form-action {trusted.issuer}/return;" in policy
    assert f"frame-ancestors {trusted.issuer}" in policy
    assert f'action="{trusted.issuer}/return?course=3"' in answer.text
    claims = verified(server_url, re.search(r'name="JWT" value="([^"]+)"', answer.text)[1])
    assert (claims["iss"], claims["aud"]) == ("learnerprise-tool", [trusted.issuer])
    assert claims[CORE + "message_type"] == "LtiDeepLinkingResponse"
    assert claims[CORE + "deployment_id"] == "1"
    assert claims[DATA] == "course 3"
    found = {one["title"]: one["url"] for one in claims[ITEMS]}
    assert found == {
        "Next for you": f"{server_url}/home",
        "About <b>wind": f"{server_url}/home/nugget?activity=https%3A%2F%2Fexample.org%2Fnuggets%2Fwind",
        "Path to Engineer": f"{server_url}/home/path?role=Engineer",
    }


def test_a_search_keeps_what_was_chosen(choose, catalogue):
    page = choose(item=[f"nugget:{NUGGET}"], text="sun", do="search").text
    assert f'value="nugget:{NUGGET}" checked' in page
    assert page.count("About &lt;b&gt;wind") == 1
    assert "About the sun" in page


def test_where_one_link_is_taken_one_is_chosen(choose, catalogue):
    one = {"accept_multiple": False}
    assert 'type="radio"' in choose(one).text
    assert choose(one, item=["next", f"nugget:{NUGGET}"], do="add").status_code == 400
    assert choose(one, item=["next"], do="add").status_code == 200


def test_nothing_chosen_is_said_and_nothing_is_sent(choose):
    answer = choose(item=["nugget:https://example.org/gone"], do="add")
    assert answer.status_code == 400
    assert "Nothing was chosen" in answer.text
    assert "JWT" not in answer.text


@pytest.mark.parametrize(
    ("changes", "settings", "status"),
    [
        ({CORE + "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]}, {}, 403),
        ({CORE + "roles": []}, {}, 403),
        ({}, {"deep_link_return_url": None}, 400),
        ({}, {"deep_link_return_url": "javascript:alert(1)"}, 400),
        ({}, {"deep_link_return_url": "http://evil.example/x"}, 400),
        ({}, {"accept_types": ["file"]}, 400),
        ({}, {"accept_types": "ltiResourceLink"}, 400),
        ({}, {"data": {"x": 1}}, 400),
        ({}, {"data": "x" * 9_000}, 400),
    ],
    ids=lambda value: str(value)[:60],
)
def test_who_may_not_choose_or_could_not_be_answered_is_told(launch, trusted, changes, settings, status):
    assert launch(**{**trusted.linking(**settings), **changes}).status_code == status


def test_an_address_cannot_widen_the_policy(choose, trusted):
    address = f"{trusted.issuer}/a;script-src%20*,x'?y=1;z"
    policy = choose({"deep_link_return_url": address}, item=["next"], do="add").headers[
        "Content-Security-Policy"
    ]
    assert f"form-action {trusted.issuer}/a%3Bscript-src%20*%2Cx%27;" in policy


def test_a_form_of_another_site_or_with_another_token_chooses_nothing(choose, browser):
    evil = {"Origin": "https://evil.example"}
    assert choose(headers=evil, item=["next"], do="add").status_code == 403
    for token in ("", "x", "x" * 9_000):
        form = {"token": token, "item": "next", "do": "add"}
        assert browser.send("POST", "/lti/links", data=form).status_code == 401


def test_a_platform_that_is_taken_away_gets_no_links(choose, browser, trusted, database, store):
    form = {"token": token_of(choose()), "item": "next", "do": "add"}
    disconnect_platform(database, store, trusted.issuer, "learnerprise-tool")
    assert browser.send("POST", "/lti/links", data=form).status_code == 401


def test_links_open_a_nugget_and_a_path(sign_in, catalogue, shown):
    visitor = sign_in("learner")
    shown(visitor, f"/home/nugget?activity={NUGGET}", "About &lt;b&gt;wind")
    shown(visitor, "/home/path?role=Engineer", "Path to Engineer")
    for path in ("/home/nugget?activity=https://example.org/gone", "/home/path?role=Nobody", "/home/path"):
        assert visitor.get(path).status_code in (400, 404), path
