"""The differences between the xAPI versions that are served, as two frozen objects."""

from dataclasses import dataclass

from schemas.errors import InvalidInputError
from schemas.patterns import ISO_TIMESTAMP, TIMESTAMP, matches


@dataclass(frozen=True, slots=True)
class VersionRules:
    """The rules of one served version; nothing else in the code asks for a version number."""

    name: str  # the latest patch served, answered in X-Experience-API-Version
    header_pattern: str  # request header values this version answers to
    default_statement_version: str  # stamped on a Statement that names none
    statement_version_pattern: str  # `version` values a Statement may carry
    statement_version_hint: str  # the same in words, for error messages
    allows_context_agents: bool  # contextAgents and contextGroups
    allows_alternate_request_syntax: bool  # POST ?method=PUT with a form body
    requires_preconditions_for_state: bool  # PUT of State over an existing one needs If-Match
    requires_preconditions_for_new_profiles: bool  # PUT of a profile needs If-Match or If-None-Match
    refuses_state_id_with_since: bool  # and profileId with since
    converts_timestamps_to_utc: bool  # those of Statements, when they are stored
    timestamp_pattern: str  # ISO 8601 or RFC 3339, which is stricter


XAPI_1_0_3 = VersionRules(
    name="1.0.3",
    header_pattern=r"1\.0(?:\.[0-9]+)?",
    default_statement_version="1.0.0",
    statement_version_pattern=r"1\.0(?:\.[0-9]+)?",
    statement_version_hint="'1.0.0' (or any 1.0.x)",
    allows_context_agents=False,
    allows_alternate_request_syntax=True,
    requires_preconditions_for_state=False,
    requires_preconditions_for_new_profiles=True,
    refuses_state_id_with_since=False,
    converts_timestamps_to_utc=False,
    timestamp_pattern=ISO_TIMESTAMP,
)

XAPI_2_0_0 = VersionRules(
    name="2.0.0",
    header_pattern=r"2\.0(?:\.[0-9]+)?",
    default_statement_version="2.0.0",
    statement_version_pattern=r"[12]\.0(?:\.[0-9]+)?",
    statement_version_hint="'2.0.0' (or any 1.0.x or 2.0.x)",
    allows_context_agents=True,
    allows_alternate_request_syntax=False,
    requires_preconditions_for_state=True,
    requires_preconditions_for_new_profiles=False,
    refuses_state_id_with_since=True,
    converts_timestamps_to_utc=True,
    timestamp_pattern=TIMESTAMP,
)

SERVED = (XAPI_1_0_3, XAPI_2_0_0)
VERSIONS = tuple(rules.name for rules in SERVED)


def rules_for(header: str) -> VersionRules:
    """Return the rules a request header value asks for; InvalidInputError if none serves it."""
    for rules in SERVED:
        if matches(rules.header_pattern, header):
            return rules
    served = " or ".join(repr(rules.name) for rules in SERVED)
    raise InvalidInputError(
        f"X-Experience-API-Version {header!r} is not served; send {served}",
        rule="xAPI 1.0.3 Communication 3.3",
        code="unsupported_version",
    )
