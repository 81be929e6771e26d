"""What the claims of a verified LTI message say (LTI 1.3 Core 5.3 and 5.4, Deep Linking 2.0)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lrs.auth.platforms import Platform
from lrs.auth.providers import require_address
from lrs.errors import ForbiddenError, RequestRefusedError

CORE = "https://purl.imsglobal.org/spec/lti/claim/"
SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
VERSION = "1.3.0"
LAUNCH, DEEP_LINKING = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"
RULE = "LTI 1.3 Core 5.3"
LINKING_RULE = "LTI Deep Linking 2.0 4.4"
LINK = "ltiResourceLink"
INSTRUCTOR = "Instructor"
CHOOSING = frozenset({INSTRUCTOR, "ContentDeveloper", "Administrator"})
"""The roles of people who may add links to a course."""
LONGEST_SHOWN, LONGEST_NAME, LONGEST_DATA = 200, 200, 8_000
_ROLE = re.compile(
    r"(?P<group>.*/(?:system|institution|membership)[\w/]*?)(?:/(?P<principal>\w+))?#(?P<name>\w+)"
)


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Where the links that a teacher chooses are sent, whether they may be several, and what is sent along as it is."""

    return_address: str
    takes_several: bool
    data: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a platform: whom it is about (a canonical identifier), and what the person wants to see.

    `course_roles` are those in the course, `roles` those anywhere. `links` is there where links are to be chosen.
    """

    learner: str
    name: str
    deployment: str
    target: str
    course_roles: frozenset[str]
    roles: frozenset[str]
    links: LinkSettings | None


def read_message(claims: Mapping[str, Any], platform: Platform) -> Message:
    """Return the message that verified claims are; raise RequestRefusedError, ForbiddenError."""
    kind, version = (_text(claims, CORE + name) for name in ("message_type", "version"))
    if version != VERSION:
        raise _refused(f"The LTI version is {version!r}; send a message of {VERSION}.")
    if kind not in (LAUNCH, DEEP_LINKING):
        raise _refused(f"The message type {kind!r} is not taken; send {LAUNCH} or {DEEP_LINKING}.")
    deployment = _text(claims, CORE + "deployment_id")
    if deployment not in platform.deployments:
        raise ForbiddenError(
            f"The deployment {deployment[:LONGEST_SHOWN]!r} is not known here; whoever runs this service can name it "
            "(learnerprise stores lti --deployment).",
            rule=RULE,
        )
    if kind == LAUNCH:
        _require_link(claims)
    named = claims.get(CORE + "roles")
    course, roles = read_roles(named if isinstance(named, list) else [])
    return Message(
        _learner(claims, platform),
        _name(claims),
        deployment,
        _text(claims, CORE + "target_link_uri"),
        course,
        roles,
        _links(claims) if kind == DEEP_LINKING else None,
    )


def read_roles(named: list[Any]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the roles in the course and those anywhere; a role below another, such as an assistant, is the other.

    An assistant is no instructor of the course, though.
    """
    course, anywhere = set(), set()
    for one in named:
        found = _ROLE.fullmatch(one) if isinstance(one, str) and len(one) < LONGEST_SHOWN else None
        if found:
            anywhere.add(found["principal"] if found["principal"] not in (None, "person") else found["name"])
            if found["group"].endswith("/membership") and not found["principal"]:
                course.add(found["name"])
    return frozenset(course), frozenset(anywhere)


def _require_link(claims: Mapping[str, Any]) -> None:
    link = claims.get(CORE + "resource_link")
    if not isinstance(link, Mapping) or not isinstance(link.get("id"), str):
        raise _refused("The message names no resource link; launch it from a link of the course.")


def _learner(claims: Mapping[str, Any], platform: Platform) -> str:
    value = claims.get(platform.claim)
    found = platform.identifier(value) if isinstance(value, str) and value.strip() else None
    if found is None:
        raise ForbiddenError(
            f"The message names no learner (claim {platform.claim!r}); let the platform share the "
            f"{'user id' if platform.claim == 'sub' else 'mail address'} with this tool.",
            rule="LTI 1.3 Core 5.3.6",
        )
    return found


def _name(claims: Mapping[str, Any]) -> str:
    names = [claims.get(key) for key in ("name", "given_name", "family_name")]
    whole, *parts = [one.strip() if isinstance(one, str) and one.isprintable() else "" for one in names]
    return (whole or " ".join(filter(None, parts)))[:LONGEST_NAME]


def _links(claims: Mapping[str, Any]) -> LinkSettings:
    settings = claims.get(SETTINGS)
    settings = settings if isinstance(settings, Mapping) else {}
    address, data = settings.get("deep_link_return_url"), settings.get("data", "")
    taken = settings.get("accept_types")
    if not isinstance(address, str):
        raise _refused(
            "The message says not where links are to be sent (deep_link_return_url).", LINKING_RULE
        )
    require_address("deep_link_return_url", address, takes_query=True)
    if not isinstance(taken, list) or LINK not in taken:
        raise _refused(
            f"The platform takes no links of the type {LINK} here; add them elsewhere.", LINKING_RULE
        )
    if not isinstance(data, str) or len(data) > LONGEST_DATA:
        raise _refused(f"The data of the message is longer than {LONGEST_DATA} characters.", LINKING_RULE)
    return LinkSettings(address, settings.get("accept_multiple") is True, data)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise _refused(f"The message lacks {name}; launch it again from the course.")
    return value


def _refused(sentence: str, rule: str = RULE) -> RequestRefusedError:
    return RequestRefusedError(sentence, path="id_token", rule=rule)
