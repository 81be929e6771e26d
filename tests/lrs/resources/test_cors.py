"""Pages of other origins may call every resource (xAPI 1.0.3 Communication 1.3, Appendix C speaks of older ways)."""

import re

import pytest
import requests
from flask import Flask

from lrs.config import Settings, read_settings
from lrs.errors import ConfigurationError
from lrs.resources.cors import read_headers, read_origins, register_cors

PATHS = [
    "/xapi/statements",
    "/xapi/activities/state",
    "/xapi/activities/profile",
    "/xapi/activities",
    "/xapi/agents/profile",
    "/xapi/agents",
    "/xapi/about",
    "/recommendations/nuggets",
    "/recommendations/peers",
]
PAGE = "https://course.example.net"
SENT = {
    "accept-language",
    "authorization",
    "content-encoding",
    "content-type",
    "if-match",
    "if-none-match",
    "x-experience-api-version",
}
SEEN = {
    "content-type",
    "etag",
    "last-modified",
    "x-experience-api-consistent-through",
    "x-experience-api-version",
}


def _words(text):
    return {word.strip().lower() for word in text.split(",")}


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_needs_neither_credential_nor_version(server_url, path):
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": ", ".join(sorted(SENT)),
    }
    answer = requests.options(server_url + path, headers=asked, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {"get", "head", "put", "post", "delete"} <= _words(answer.headers["Access-Control-Allow-Methods"])
    assert _words(answer.headers["Access-Control-Allow-Headers"]) == SENT
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_preflight_allows_no_header_that_is_not_ours(server_url):
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "if-match, x-other",
    }
    answer = requests.options(server_url + PATHS[0], headers=asked, timeout=60)
    assert _words(answer.headers["Access-Control-Allow-Headers"]) == {"if-match"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("auth", [None, ("nobody", "wrong")])
def test_pages_can_read_answers_and_errors_with_the_headers_they_need(client, path, auth):
    for answer in (
        client.get(path, headers={"Origin": PAGE}),
        client.get(path, headers={"Origin": PAGE}, auth=auth),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert _words(answer.headers["Access-Control-Expose-Headers"]) >= SEEN


def test_what_is_not_there_can_be_read_too(client):
    answer = client.get("/xapi/nothing", headers={"Origin": PAGE})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (404, "*")


def test_health_is_not_for_pages(server_url):
    answer = requests.get(f"{server_url}/health/alive", headers={"Origin": PAGE}, timeout=60)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_setting_names_any_none_or_some_origins():
    assert read_origins("*") == ["*"]
    assert read_origins(" none ") == []
    first, second, third = read_origins("https://a.example.org/, http://localhost:8080,http://[::1]:3000")
    assert all(isinstance(origin, re.Pattern) for origin in (first, second, third))
    assert first.match("https://A.example.org")
    assert not first.match("https://aXexample.org")
    assert not first.match("https://a.example.org.evil.net")
    assert second.match("http://localhost:8080")
    assert third.match("http://[::1]:3000")


@pytest.mark.parametrize(
    "text", ["example.org", "https://*.example.org", "https://a.org/path", "*, https://a.org", "ftp://a.org"]
)
def test_what_is_no_origin_stops_the_start(text):
    with pytest.raises(ConfigurationError, match="LEARNERPRISE_CORS_ORIGINS"):
        read_origins(text)


def preflight(settings, headers="if-match, x-requested-with", origin=PAGE):
    app = Flask("asked")
    app.add_url_rule("/xapi/statements", view_func=lambda: "")
    register_cors(app, settings)
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": headers,
    }
    return app.test_client().options("/xapi/statements", headers=asked).headers


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("none", {"if-match"}),
        ("X-Requested-With", {"if-match", "x-requested-with"}),
        ("X-Trace, x-requested-with", {"if-match", "x-requested-with"}),
        ("*", {"if-match", "x-requested-with"}),
    ],
)
def test_more_request_headers_are_allowed_by_a_setting(text, allowed):
    assert _words(preflight(Settings(cors_headers=text))["Access-Control-Allow-Headers"]) == allowed


@pytest.mark.parametrize("text", ["X Requested", "X-A, *", "X-A:", "X-B, X-A;"])
def test_what_is_no_header_stops_the_start(text):
    with pytest.raises(ConfigurationError, match="LEARNERPRISE_CORS_HEADERS"):
        read_headers(text)


def test_named_origins_may_send_credentials_by_a_setting():
    settings = read_settings(
        {
            "MONGODB_URI": "mongodb://localhost",
            "LEARNERPRISE_CORS_ORIGINS": PAGE,
            "LEARNERPRISE_CORS_CREDENTIALS": "yes",
        }
    )
    answer = preflight(settings)
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert answer["Access-Control-Allow-Credentials"] == "true"
    assert "Access-Control-Allow-Origin" not in preflight(settings, origin="https://elsewhere.example")


def test_not_every_origin_may_send_credentials():
    with pytest.raises(ConfigurationError, match="name the origins in LEARNERPRISE_CORS_ORIGINS"):
        preflight(Settings(cors_credentials="yes"))
