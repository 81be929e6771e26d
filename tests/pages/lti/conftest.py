"""An LTI platform on loopback: a real server with keys, a page of a course, and messages that it signs as told."""

from __future__ import annotations

import html
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from lrs.auth.lti.messages import CORE, DEEP_LINKING, LAUNCH, SETTINGS
from lrs.auth.platforms import Platform
from lrs.storage.stores import update_store_row

CLIENT = "learnerprise-tool"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
LEARNER, INSTRUCTOR = (f"{MEMBERSHIP}#{one}" for one in ("Learner", "Instructor"))
FORM = """<!doctype html><html lang="en"><title>LMS</title><form method="post" action="{action}">{fields}</form>
<script>document.forms[0].submit()</script>"""
COURSE = """<!doctype html><html lang="en"><title>LMS</title>
<main><iframe title="tool" src="{login}" width="800" height="700"></iframe></main>"""
TOP = """<!doctype html><html lang="en"><title>LMS</title><a href="{login}">open</a>"""


class LtiPlatform:
    """A learning management system; `claims` change what its messages say, `answers` are the links it was sent."""

    def __init__(self, key: RSAKey, tool: str) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://localhost:{self.server.server_port}"
        self.key, self.tool = key, tool
        self.changes: dict[str, Any] = {}
        self.answers: list[str] = []
        self.claims_sent: dict[str, Any] = {}
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def registered(self, **changes: Any) -> Platform:
        """Return what a store keeps of this platform."""
        values = {
            "issuer": self.issuer,
            "client_id": CLIENT,
            "deployments": ("1", "2"),
            "login_address": f"{self.issuer}/auth",
            "keys_address": f"{self.issuer}/keys",
        }
        return Platform(**{**values, **changes})

    def login(self) -> str:
        """Return the address by which a launch begins."""
        asked = {
            "iss": self.issuer,
            "client_id": CLIENT,
            "login_hint": "7",
            "target_link_uri": f"{self.tool}/lti/launch",
            "lti_message_hint": "course 3",
        }
        return f"{self.tool}/lti/login?{urlencode(asked)}"

    def claims(self, nonce: str, /, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "7",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "name": "Ada Lovelace",
            "email": "ada@example.org",
            CORE + "message_type": LAUNCH,
            CORE + "version": "1.3.0",
            CORE + "deployment_id": "1",
            CORE + "target_link_uri": f"{self.tool}/lti/launch",
            CORE + "resource_link": {"id": "link-1"},
            CORE + "roles": [LEARNER],
            **self.changes,
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def linking(self, **settings: Any) -> dict[str, Any]:
        """Return the claims of a message that asks for links."""
        return {
            CORE + "message_type": DEEP_LINKING,
            CORE + "resource_link": None,
            CORE + "roles": [INSTRUCTOR],
            SETTINGS: {
                "deep_link_return_url": f"{self.issuer}/return?course=3",
                "accept_types": ["link", "ltiResourceLink"],
                "accept_presentation_document_targets": ["iframe"],
                "accept_multiple": True,
                "data": "course 3",
                **settings,
            },
        }

    def token(self, nonce: str, /, key: RSAKey | None = None, header: Any = None, **changes: Any) -> str:
        key = key or self.key
        header = {"alg": "RS256", "kid": key.kid, "typ": "JWT", **(header or {})}
        return jwt.encode(header, self.claims(nonce, **changes), key)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                asked = dict(parse_qsl(parts.query))
                if parts.path == "/keys":
                    self._send(
                        json.dumps({"keys": [platform.key.as_dict(private=False)]}), "application/json"
                    )
                elif parts.path == "/auth":
                    sent = {"state": asked["state"], "id_token": platform.token(asked["nonce"])}
                    fields = "".join(
                        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
                        for name, value in sent.items()
                    )
                    self._send(FORM.format(action=asked["redirect_uri"], fields=fields))
                else:
                    page, login = TOP if parts.path == "/top" else COURSE, platform.login()
                    if (
                        parts.path == "/without-cookie"
                    ):  # begun by this request, so the browser has no cookie of it
                        begun = requests.get(login, allow_redirects=False, timeout=60)
                        login = begun.headers["Location"]
                    self._send(page.format(login=html.escape(login)))

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                platform.answers += form.get("JWT", [])
                self._send("<!doctype html><title>LMS</title><p>links were added</p>")

            def _send(self, text: str, kind: str = "text/html; charset=utf-8") -> None:
                body = text.encode()
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        return Handler


@pytest.fixture(scope="session")
def platform_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "kid": "lms"})


@pytest.fixture
def platform(platform_key: RSAKey, server_url: str) -> Iterator[LtiPlatform]:
    made = LtiPlatform(platform_key, server_url)
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def trusted(platform: LtiPlatform, database: Any, store: Any) -> LtiPlatform:
    """A platform whose launches the test's store takes; instructors are managers, learners named by mail address."""
    kept = asdict(platform.registered(learner="mail", has_managers=True))
    update_store_row(database, store.id, platforms=[kept])  # nobody has read the store yet
    return platform


class Browser:
    """A browser that knows no scripts, and keeps the cookies that it is given as a frame of a platform would."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies: dict[str, str] = {}

    def send(self, method: str, address: str, dest: str = "iframe", **kwargs: Any) -> requests.Response:
        address = address if "://" in address else self.url + address
        headers = {
            "Accept": "text/html",
            "Sec-Fetch-Dest": dest,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **kwargs.pop("headers", {}),
        }
        answer = requests.request(
            method, address, headers=headers, timeout=60, allow_redirects=False, **kwargs
        )
        self.cookies.update(answer.cookies.get_dict())
        return answer

    def follow(self, answer: requests.Response) -> requests.Response:
        """Follow a redirect within the service."""
        return self.send("GET", answer.headers["Location"])


@pytest.fixture
def browser(server_url: str) -> Browser:
    return Browser(server_url)


@pytest.fixture
def begin(trusted: LtiPlatform) -> Callable[[Browser], dict[str, str]]:
    """Begin a launch; return what the browser is to send to the platform."""

    def ask(browser: Browser) -> dict[str, str]:
        answer = browser.send("GET", trusted.login())
        assert answer.status_code == 302, answer.text
        assert answer.headers["Location"].startswith(f"{trusted.issuer}/auth?")
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    return ask


@pytest.fixture
def launch(trusted: LtiPlatform, begin: Callable[[Browser], dict[str, str]], browser: Browser) -> Any:
    """Begin a launch and send its message: `launch(sub="8")`; return the answer."""

    def send(dest: str = "iframe", make: Any = None, **changes: Any) -> requests.Response:
        asked = begin(browser)
        token = make(asked["nonce"]) if make else trusted.token(asked["nonce"], **changes)
        form = {"state": asked["state"], "id_token": token}
        return browser.send("POST", "/lti/launch", dest=dest, data=form)

    return send
