"""The scopes of credentials: those of the xAPI (1.0.3 Communication 4.2), and those of our own resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from lrs.errors import RequestRefusedError

SCOPES: Mapping[str, str] = {
    "all": "everything in the store",
    "all/read": "read everything in the store",
    "statements/write": "store Statements, and void those stored with this credential",
    "statements/void/others": "void Statements that were stored with other credentials",
    "statements/read": "read all Statements",
    "statements/read/mine": "read the Statements stored with this credential",
    "state": "read and write State documents: state/read and state/write",
    "state/read": "read the State documents of any Agent",
    "state/write": "store, change and delete State documents",
    "profile": "read and write Profile documents: profile/read and profile/write",
    "profile/read": "read Agent and Activity Profile documents, and all identifiers of a Person",
    "profile/write": "store, change and delete Agent and Activity Profile documents",
    "define": "let Activity definitions in Statements add to the store's",
    "names": "let the names of people in Statements be shown before those that other credentials send",
    "recommendations/read": "ask for anybody's recommendations and choices",
    "recommendations/read/mine": "let a learner ask for the learner's own recommendations and choices",
    "recommendations/write": "set learners' own choices",
    "record/read/mine": "let a learner read what is held about the learner",
    "learners/read": "read what is known of learners: team, role, skills, goals, languages",
    "learners/write": "enter, change and delete what is known of learners",
    "catalogue/read": "read the catalogue: nuggets, roles and labels",
    "catalogue/write": "enter, change and delete nuggets, roles and labels",
    "insights/read": "read figures of the whole store: outcomes and experiments",
    "insights/community": "see the figures of communities",
    "insights/organisation": "see the figures of the organisation",
    "insights/explore": "explore figures by queries of one's own",
    "models/manage": "train, compare and choose models",
    "stores/manage": "run the store: see how it is, and make, change and revoke its credentials, with any scope",
    "privacy/manage": "link, export and erase people, and read the audit",
    "sources/manage": "manage the sources that Statements come from",
    "metrics/read": "read the metrics of the service",
    "tokens/mint": "make and revoke short-lived tokens for learners",
}
MINT = "tokens/mint"
OF_LEARNERS = frozenset({"recommendations/read/mine", "record/read/mine"})
"""Scopes that allow something only to a credential that stands for a learner; a tool may hand them on to tokens."""
GRANTED_TO_LEARNERS = frozenset(
    {*OF_LEARNERS, "recommendations/write", "statements/write", "state/read", "profile/read"}
)
"""What a learner's token may have: reading, own choices and own Statements."""

_READING = frozenset(
    scope for scope in SCOPES if scope.endswith(("/read", "/read/mine")) or scope.startswith("insights/")
)
_INCLUDES: Mapping[str, frozenset[str]] = {
    "all": frozenset(SCOPES),
    "all/read": _READING,
    "state": frozenset({"state/read", "state/write"}),
    "profile": frozenset({"profile/read", "profile/write"}),
    "statements/read": frozenset({"statements/read/mine"}),
    "recommendations/read": frozenset({"recommendations/read/mine"}),
}
GRANTED_BY: Mapping[str, frozenset[str]] = {
    scope: frozenset({scope, *(wider for wider, narrower in _INCLUDES.items() if scope in narrower)})
    for scope in SCOPES
}
"""For each scope, the scopes that grant it: itself and the wider ones."""


def require_known_scopes(scopes: Sequence[str]) -> None:
    """Raise RequestRefusedError unless there are scopes and each can be granted."""
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise RequestRefusedError(
            f"{unknown or 'no scope'} cannot be granted; the scopes are: {', '.join(SCOPES)}."
        )


@lru_cache(1000)
def granted_among(scopes: tuple[str, ...], held: frozenset[str]) -> frozenset[str]:
    """Return those of some scopes that are granted by the scopes that somebody holds."""
    return frozenset(scope for scope in scopes if not GRANTED_BY[scope].isdisjoint(held))


def listed(scopes: Iterable[str]) -> str:
    """Return scopes as a sentence names them."""
    return ", ".join(sorted(scopes)) or "none"
