"""Verifies a signed JSON Web Token: its shape, its signature, its issuer, its audience and its times."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import ClaimError, ExpiredTokenError, JoseError, MissingClaimError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry, decode

from lrs.auth.openid.key_sets import KEY_TYPES
from lrs.errors import UnauthorizedError, UnknownTokenError
from schemas.errors import InvalidInputError
from schemas.json_text import parse_json

MOST_BYTES = 8 * 1024
LEEWAY_S = 60
TYPES = frozenset({"", "jwt", "at+jwt", "application/jwt", "application/at+jwt"})
"""The `typ` of tokens that are taken: others (logout tokens, proofs of possession) were made for something else."""
SHAPE = "RFC 7519 7.2"
ALGORITHM = "RFC 8725 3.1"
CLAIMS = "OpenID Connect Core 3.1.3.7"
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")

FindKey = Callable[[str, str, "str | None"], Key]
"""Returns the key of an issuer for an algorithm and a key id; raises UnauthorizedError, ServiceUnavailableError."""


@dataclass(frozen=True, slots=True)
class SentToken:
    """A token taken apart, not verified: `claims` say nothing yet but whom to ask for the key."""

    text: str
    algorithm: str
    key_id: str | None
    claims: Mapping[str, Any]

    @property
    def issuer(self) -> str:
        """The issuer that the token names, empty if it names none."""
        issuer = self.claims.get("iss")
        return issuer if isinstance(issuer, str) else ""

    @property
    def audiences(self) -> tuple[str, ...]:
        """The audiences that the token names."""
        named = self.claims.get("aud")
        several = named if isinstance(named, list) else [named]
        return tuple(one for one in several if isinstance(one, str))


def take_apart(text: str, most: int = MOST_BYTES) -> SentToken:
    """Return the parts of a token; raise UnauthorizedError for what cannot be a token that is taken here."""
    if len(text) > most:
        raise refusal(f"The token has {len(text)} characters, up to {most} are read; ask for fewer claims.")
    parts = text.split(".")
    if len(parts) == 5:
        raise refusal("The token is encrypted (JWE); send one that is signed and not encrypted.")
    if len(parts) != 3 or not all(map(_SEGMENT.fullmatch, parts)):
        raise refusal(
            "The token is not header.payload.signature in base64url; send it as the provider gave it."
        )
    header, claims = _object(parts[0], "header"), _object(parts[1], "payload")
    _check_header(header)
    key_id = header.get("kid")
    if not isinstance(key_id, str | None):
        raise refusal("The kid of the token is not a text; send the token as the provider gave it.")
    return SentToken(text, header["alg"], key_id, claims)


def verify(
    sent: SentToken, issuer: str, audience: str, find_key: FindKey, now: Callable[[], float] = time.time
) -> Mapping[str, Any]:
    """Return the claims of a token; raise UnauthorizedError, or ServiceUnavailableError if no key can be had."""
    key = find_key(issuer, sent.algorithm, sent.key_id)
    try:
        claims = decode(sent.text, key, registry=_registry(sent.algorithm)).claims
    except (JoseError, ValueError, TypeError) as error:
        raise refusal(
            "The signature of the token is not that of its provider; ask for a new token.", "RFC 7515 5.2"
        ) from error
    _check_claims(claims, issuer, audience, int(now()))
    return claims


def refusal(sentence: str, rule: str = SHAPE) -> UnknownTokenError:
    """Return the error of a token of which nothing is believed."""
    return UnknownTokenError(sentence, path="Authorization", rule=rule)


def _ended(sentence: str) -> UnauthorizedError:
    """Return the error of a token of a provider that is trusted, and that is not for here and now."""
    return UnauthorizedError(sentence, path="Authorization", rule=CLAIMS)


def _object(segment: str, name: str) -> Mapping[str, Any]:
    try:
        value = parse_json(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, InvalidInputError) as error:
        raise refusal(f"The {name} of the token is not JSON; send it as the provider gave it.") from error
    if not isinstance(value, dict):
        raise refusal(f"The {name} of the token is not a JSON object; send it as the provider gave it.")
    return value


def _check_header(header: Mapping[str, Any]) -> None:
    algorithm, kind, content = (header.get(name, "") for name in ("alg", "typ", "cty"))
    if not isinstance(algorithm, str) or algorithm not in KEY_TYPES:
        names = ", ".join(KEY_TYPES)
        raise refusal(f"The token's alg is {str(algorithm)[:20]!r}; these are taken: {names}.", ALGORITHM)
    if content:
        raise refusal("The token holds another token (cty); send the inner one.")
    if "crit" in header:
        raise refusal("The token demands extensions (crit) that are not understood here.", "RFC 7515 4.1.11")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise refusal(
            f"The token's typ is {str(kind)[:40]!r}; send an access token or an ID token.", "RFC 8725 3.11"
        )


def _registry(algorithm: str) -> JWSRegistry:
    """Return what takes this algorithm alone; what else a header says (jku, jwk, x5u, x5c) is looked at by nobody."""
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = MOST_BYTES
    return registry


def _check_claims(claims: Mapping[str, Any], issuer: str, audience: str, now: int) -> None:
    wanted = JWTClaimsRegistry(
        now,
        LEEWAY_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        sub={"essential": True},
    )
    try:
        wanted.validate(dict(claims))
    except ExpiredTokenError as error:
        raise _ended("The token has expired; ask the provider for a new one.") from error
    except (MissingClaimError, ClaimError) as error:
        raise _ended(
            f"The token's claims are refused ({error.description}); ask for another token."
        ) from error
