"""An OpenID Connect provider on loopback: real discovery and key set over HTTP, real signatures; it can misbehave."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

DISCOVERY = "/.well-known/openid-configuration"
AUDIENCE = "learnerprise"


class OpenIdProvider:
    """Answers what `answers` holds by path (a JSON value, bytes, or a function that sends), and counts the requests."""

    def __init__(self, keys: list[Key]) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.asked: list[str] = []
        self.forms: list[tuple[dict[str, str], str | None]] = []
        self.answers: dict[str, Any] = {}
        self.keys = keys
        self.describe()
        self.publish(*keys)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def describe(self, **changes: Any) -> None:
        self.answers[DISCOVERY] = {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/keys",
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            **changes,
        }

    def publish(self, *keys: Key) -> None:
        self.answers["/keys"] = {"keys": [key.as_dict(private=False) for key in keys]}

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "ada",
            "iat": now,
            "exp": now + 300,
            "email": "ada@example.org",
            "email_verified": True,
            "roles": ["staff"],
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: Key | None = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        key = key or self.keys[0]
        algorithm = {"RSA": "RS256", "EC": "ES256", "OKP": "Ed25519"}[key.key_type]
        header = {"alg": algorithm, "kid": key.kid, **(header or {})}
        header = {name: value for name, value in header.items() if value is not None}
        return jwt.encode(header, self.claims(**claims), key, algorithms=[header["alg"]])

    def sealed(self, header: dict[str, Any], secret: bytes = b"", **claims: Any) -> str:
        """A token as attackers make them: any header, with a secret as its key, or none."""
        parts = [json.dumps(part).encode() for part in (header, self.claims(**claims))]
        signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
        signature = hmac.new(secret, signed, hashlib.sha256).digest() if secret else b""
        return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                answer = provider.answers.get(self.path)
                if callable(answer):
                    answer(self)
                    return
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(200 if answer is not None else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                form = dict(parse_qsl(self.rfile.read(length).decode()))
                provider.forms.append((form, self.headers.get("Authorization")))
                self.do_GET()

            def log_message(self, *_: Any) -> None: ...

        return Handler


@pytest.fixture(scope="session")
def signing_keys() -> dict[str, Key]:
    return {
        "RS256": RSAKey.generate_key(2048, {"use": "sig", "kid": "rsa"}),
        "another": RSAKey.generate_key(2048, {"use": "sig", "kid": "another"}),
        "ES256": ECKey.generate_key("P-256", {"kid": "ec"}),
        "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
    }


@pytest.fixture
def make_provider(signing_keys: dict[str, Key]) -> Iterator[Callable[..., OpenIdProvider]]:
    made: list[OpenIdProvider] = []

    def make(*names: str) -> OpenIdProvider:
        made.append(OpenIdProvider([signing_keys[name] for name in names or ("RS256",)]))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def provider(make_provider: Callable[..., OpenIdProvider]) -> OpenIdProvider:
    return make_provider()
