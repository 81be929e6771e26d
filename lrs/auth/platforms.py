"""What a store keeps of its LTI 1.3 platforms: learning management systems whose launches sign people in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lrs.auth.providers import LEARNER_KINDS, LearnerKind, identifier_named, require_address, require_text
from lrs.auth.roles import LEARNER, ROLES
from lrs.errors import RequestRefusedError

MOST_DEPLOYMENTS, MOST_ORIGINS = 200, 10
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]+)?")
"""What can stand in a policy of a page without saying anything else there."""


@dataclass(frozen=True, slots=True)
class Platform:
    """An LTI platform as a store trusts it, known by its issuer and by the client id that this service has there.

    Browsers are sent to `login_address`; the keys of its messages are read from `keys_address`. A learner is an account
    at `home_page` whose name is the user id, or a mail address. Pages of `origins` may frame the pages of a launch.
    With `has_managers` instructors of a course see the page for community managers.
    """

    issuer: str
    client_id: str
    deployments: tuple[str, ...]
    login_address: str
    keys_address: str
    learner: LearnerKind = "account"
    home_page: str = ""
    origins: tuple[str, ...] = ()
    has_managers: bool = False

    def __post_init__(self) -> None:
        """Raise RequestRefusedError for a platform that could not be asked, or whose launches would mean nothing."""
        require_address("issuer", self.issuer)
        for name in ("login_address", "keys_address"):
            require_address(name, getattr(self, name), takes_query=True)
        for text in (self.client_id, *self.deployments):
            require_text("client id or deployment", text)
        if not 1 <= len(self.deployments) <= MOST_DEPLOYMENTS:
            raise RequestRefusedError(
                f"{len(self.deployments)} deployments are refused; name 1 to {MOST_DEPLOYMENTS}."
            )
        if self.learner not in LEARNER_KINDS:
            raise RequestRefusedError(f"learner {self.learner!r} is not known; use account or mail.")
        self._require_origins()

    def _require_origins(self) -> None:
        origin_of(self.issuer)
        wrong = next((one for one in self.origins if one != origin_of(one)), None)
        if wrong is not None:
            raise RequestRefusedError(
                f"{wrong!r} is not an origin; send one such as https://lms.example.org."
            )
        if len(self.origins) > MOST_ORIGINS:
            raise RequestRefusedError(f"A platform has up to {MOST_ORIGINS} origins; send fewer.")

    @property
    def framing(self) -> tuple[str, ...]:
        """The origins whose pages may frame ours: that of the issuer where no others are set."""
        return self.origins or (origin_of(self.issuer),)

    @property
    def scopes(self) -> frozenset[str]:
        """All scopes that a launch may bring."""
        return frozenset(ROLES["community"] if self.has_managers else LEARNER)

    @property
    def claim(self) -> str:
        """The claim that names the learner."""
        return "sub" if self.learner == "account" else "email"

    def identifier(self, value: str) -> str | None:
        """Return the canonical identifier of the learner that the claim names, None if it cannot be one's."""
        return identifier_named(self.learner, self.home_page or self.issuer, value)


def platforms_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Platform, ...]:
    """Return the platforms as the database keeps them."""
    several = ("deployments", "origins")
    return tuple(Platform(**{**row, **{name: tuple(row[name]) for name in several}}) for row in rows)


def origin_of(address: str) -> str:
    """Return the origin of an address, as browsers write it; raise RequestRefusedError for what has none."""
    require_address("origin", address, takes_query=True)
    parts = urlsplit(address)
    default = ":443" if parts.scheme == "https" else ":80"
    origin = f"{parts.scheme}://{parts.netloc.lower().removesuffix(default)}"
    if not _ORIGIN.fullmatch(origin):
        raise RequestRefusedError(
            f"{address!r} has no origin that a browser could name; send another address."
        )
    return origin
