"""The query parameters of GET /statements as one frozen StatementQuery."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from schemas import parameters
from schemas.errors import InvalidInputError
from schemas.identifiers import identifier_of
from schemas.versions import VersionRules

Format = Literal["ids", "exact", "canonical"]
RULE = "xAPI 1.0.3 Communication 2.1.3"
FORMATS = ("exact", "ids", "canonical")
SINGLE = ("statementId", "voidedStatementId")
ALLOWED_WITH_SINGLE = ("attachments", "format")
FILTERS = (
    "agent",
    "verb",
    "activity",
    "registration",
    "related_activities",
    "related_agents",
    "since",
    "until",
    "limit",
    "ascending",
)
PARAMETERS = (*SINGLE, *ALLOWED_WITH_SINGLE, *FILTERS)


@dataclass(frozen=True, slots=True)
class StatementQuery:
    """Which Statements a client asks for, and in what form; times in microseconds since the epoch."""

    statement_id: str | None = None
    voided_statement_id: str | None = None
    agent: str | None = None  # canonical identifier
    verb: str | None = None
    activity: str | None = None
    registration: str | None = None
    related_activities: bool = False
    related_agents: bool = False
    since: int | None = None  # exclusive
    until: int | None = None  # inclusive
    limit: int = 0  # 0: the maximum of the server
    format: Format = "exact"
    attachments: bool = False
    ascending: bool = False


def parse_statement_query(pairs: Iterable[tuple[str, str]], rules: VersionRules) -> StatementQuery:
    """Return the query of GET /statements; InvalidInputError names parameter, value, rule and remedy."""
    found = parameters.collect(pairs, PARAMETERS, RULE)
    _check_single(found)
    agent = parameters.agent(found, rules)
    return StatementQuery(
        statement_id=parameters.uuid(found, "statementId", RULE),
        voided_statement_id=parameters.uuid(found, "voidedStatementId", RULE),
        agent=None if agent is None else identifier_of(agent),
        verb=parameters.iri(found, "verb", RULE),
        activity=parameters.iri(found, "activity", RULE),
        registration=parameters.uuid(found, "registration", RULE),
        related_activities=parameters.boolean(found, "related_activities", RULE),
        related_agents=parameters.boolean(found, "related_agents", RULE),
        since=parameters.timestamp(found, "since"),
        until=parameters.timestamp(found, "until"),
        limit=parameters.limit(found, RULE),
        format=cast("Format", parameters.word(found, "format", FORMATS, RULE)),
        attachments=parameters.boolean(found, "attachments", RULE),
        ascending=parameters.boolean(found, "ascending", RULE),
    )


def _check_single(found: Mapping[str, str]) -> None:
    """With an id nothing but form may be asked for (xAPI 1.0.3 Communication 2.1.3)."""
    single = next((name for name in SINGLE if name in found), None)
    if single is None:
        return
    for name, value in found.items():
        if name not in (single, *ALLOWED_WITH_SINGLE):
            raise InvalidInputError(
                f"parameter {name}={value!r} is not allowed together with {single}; send only {single}, "
                "attachments and format, or drop the id",
                path=name,
                rule=RULE,
                code="conflicting_parameters",
            )
