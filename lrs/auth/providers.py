"""What a store keeps of its OpenID Connect provider: whose tokens are taken, and what their claims mean here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from lrs.config import is_loopback
from lrs.errors import RequestRefusedError
from schemas.identifiers import identifier_of, identifier_of_mail
from schemas.patterns import IRI, matches

LearnerKind = Literal["account", "mail"]
LEARNER_KINDS: tuple[LearnerKind, ...] = ("account", "mail")
EVERYBODY = "*"
"""In place of a group: what every token of the provider allows."""
LONGEST = 500
MOST_PAIRS = 200

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider as a store trusts it.

    The claim `learner_claim` names the learner: a mail address, or the name of an account at `home_page`. The claim
    `groups_claim` holds roles or groups; `scopes` are pairs of a group and a scope that it brings, `roles` pairs of
    a group and the role that its members have in the recommender. With a `client_id` people sign in to the pages at
    the provider; without a `client_secret` this service is a public client, whose codes PKCE protects alone.
    """

    issuer: str
    audience: str
    learner: LearnerKind = "account"
    learner_claim: str = "sub"
    home_page: str = ""
    needs_verified_mail: bool = True
    groups_claim: str = "roles"
    scopes: Pairs = ()
    roles: Pairs = ()
    client_id: str = ""
    client_secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Raise RequestRefusedError for a provider that could not be asked, or whose tokens would mean nothing."""
        require_address("issuer", self.issuer)
        optional = [name for name in ("client_id", "client_secret") if getattr(self, name)]
        for name in ("audience", "learner_claim", "groups_claim", *optional):
            require_text(name, getattr(self, name))
        if self.learner not in LEARNER_KINDS:
            raise RequestRefusedError(f"learner {self.learner!r} is not known; use account or mail.")
        if self.home_page and not matches(IRI, self.home_page):
            raise RequestRefusedError(
                f"home_page {self.home_page!r} is not an IRI; send one, or leave it out."
            )
        for pair in (*self.scopes, *self.roles):
            for text in pair:
                require_text("group, scope or role", text)
        if len(self.scopes) + len(self.roles) > MOST_PAIRS:
            raise RequestRefusedError(
                f"A provider has up to {MOST_PAIRS} scopes and roles of groups; send fewer."
            )

    @property
    def account_home_page(self) -> str:
        """The homePage of the accounts that tokens name: the issuer where nothing else is set."""
        return self.home_page or self.issuer

    def identifier(self, value: str) -> str | None:
        """Return the canonical identifier of the learner that a claim names, None if it cannot be one's."""
        return identifier_named(self.learner, self.account_home_page, value)


def identifier_named(kind: LearnerKind, home_page: str, value: str) -> str | None:
    """Return the canonical identifier of an account at a home page or of a mail address, None if it is none."""
    if kind == "account":
        return identifier_of({"account": {"homePage": home_page, "name": value}})
    return identifier_of_mail(value)


def provider_of(row: Mapping[str, Any] | None) -> Provider | None:
    """Return the provider as the database keeps it, or None."""
    if row is None:
        return None
    pairs = {name: tuple((group, other) for group, other in row[name]) for name in ("scopes", "roles")}
    return Provider(**{**row, **pairs})


def require_address(name: str, address: str, *, takes_query: bool = False) -> None:
    """Raise RequestRefusedError unless an address is https, or http on this machine, and nothing but an address.

    An issuer has no query (OpenID Connect Core 2); the address of its keys may have one.
    """
    parts = _split(address)
    if parts is None or not parts.hostname or "@" in parts.netloc or len(address) > LONGEST:
        raise RequestRefusedError(
            f"{name} {address[:LONGEST]!r} is not the address of a provider; send its URL."
        )
    if parts.fragment or (parts.query and not takes_query):
        raise RequestRefusedError(f"{name} {address!r} has a query or a fragment; send the URL without.")
    if parts.scheme != "https" and not is_local(address):
        raise RequestRefusedError(
            f"{name} {address!r} is not https; only a provider on this machine may use http."
        )


def is_local(address: str) -> bool:
    """Return whether an address is http or https on this machine."""
    parts = _split(address)
    return parts is not None and parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        return parts if parts.port != 0 and address.isprintable() and " " not in address else None
    except ValueError:
        return None


def require_text(name: str, text: str) -> None:
    """Raise RequestRefusedError unless a text is short, printable and not blank."""
    if not text.strip() or len(text) > LONGEST or not text.isprintable():
        raise RequestRefusedError(f"{name} {text[:LONGEST]!r} must be a text of 1 to {LONGEST} characters.")
