"""What the claims of a verified token mean in a store: which learner, which scopes, which roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lrs.auth.providers import EVERYBODY, Provider
from lrs.errors import ForbiddenError

VERIFIED = "email_verified"


@dataclass(frozen=True, slots=True)
class Grant:
    """Who a token stands for (a canonical identifier), what it allows, and the roles in the recommender."""

    learner: str
    scopes: frozenset[str]
    roles: tuple[str, ...]


def read_grant(claims: Mapping[str, Any], provider: Provider) -> Grant:
    """Return what verified claims bring; raise ForbiddenError if they name no learner."""
    groups = {EVERYBODY, *_groups(claims, provider.groups_claim)}
    scopes = frozenset(scope for group, scope in provider.scopes if group in groups)
    roles = tuple(dict.fromkeys(role for group, role in provider.roles if group in groups))
    return Grant(_learner(claims, provider), scopes, roles)


def find_claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return a claim by its name or, where there is none of this name, by its path (`realm_access.roles`)."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _groups(claims: Mapping[str, Any], name: str) -> set[str]:
    found = find_claim(claims, name)
    several = found if isinstance(found, list) else [found]
    return {group for group in several if isinstance(group, str)} - {EVERYBODY}


def _learner(claims: Mapping[str, Any], provider: Provider) -> str:
    name = provider.learner_claim
    value = find_claim(claims, name)
    found = provider.identifier(value) if isinstance(value, str) and value.strip() else None
    if found is None:
        raise ForbiddenError(
            f"The claim {name!r} of the token names no learner ({provider.learner}); let the provider add it to its "
            "tokens, or set another claim (learnerprise stores openid)."
        )
    if provider.learner == "mail" and provider.needs_verified_mail and claims.get(VERIFIED) is not True:
        raise ForbiddenError(
            f"The token does not say that the mail address is the learner's own ({VERIFIED}); let the provider verify "
            "it, or take unverified addresses (learnerprise stores openid --unverified-mail)."
        )
    return found
