"""Signed tokens: a link carries state to the next request, so no server stores it and no client can forge it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from lrs.storage.counters import find_or_create_secret
from lrs.storage.database import Database


class InvalidTokenError(ValueError):
    """A token that was cut, changed, made elsewhere, or made for something else."""


class SignedTokens:
    """Tokens of one kind. The kind and the version of what they hold are part of the key, so kinds never mix."""

    def __init__(self, secret_key: str, kind: str, version: int) -> None:
        self._serializer: URLSafeSerializer = URLSafeSerializer(
            secret_key,
            salt=f"learnerprise.{kind}.{version}",
            serializer=_Bytes,
            signer_kwargs={"digest_method": sha256},
        )

    def write(self, payload: bytes) -> str:
        """Return the token of a payload, in characters that a URL takes."""
        token = self._serializer.dumps(payload)
        return token if isinstance(token, str) else token.decode()

    def read(self, token: str) -> bytes:
        """Return the payload; raise InvalidTokenError."""
        try:
            payload: bytes = self._serializer.loads(token)
        except (BadData, UnicodeError) as error:
            raise InvalidTokenError("The token was cut, changed or made elsewhere.") from error
        return payload


class _Bytes:
    """Payloads are bytes already; the serializer makes them shorter where it can, and signs them."""

    @staticmethod
    def dumps(payload: bytes, **_: Any) -> bytes:
        return payload

    @staticmethod
    def loads(payload: bytes, **_: Any) -> bytes:
        return payload


def token_secret(database: Database, configured: str) -> str:
    """Return the secret that signs tokens: the configured one, else one that all processes share in MongoDB."""
    return configured or find_or_create_secret(database, "tokens")
