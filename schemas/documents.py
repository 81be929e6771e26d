"""The query parameters of the three document resources: one document by its id, or all of a context."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from schemas import parameters
from schemas.errors import InvalidInputError
from schemas.lookups import required_iri, single_agent
from schemas.versions import VersionRules

DocumentKind = Literal["state", "agent_profile", "activity_profile"]
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DocumentResource:
    """One document resource: what its documents belong to, and the name of their id."""

    kind: DocumentKind
    id_parameter: str
    context: tuple[str, ...]
    optional: tuple[str, ...]
    rule: str


STATE = DocumentResource(
    "state", "stateId", ("activityId", "agent"), ("registration",), "xAPI 1.0.3 Communication 2.3"
)
AGENT_PROFILE = DocumentResource("agent_profile", "profileId", ("agent",), (), "xAPI 1.0.3 Communication 2.6")
ACTIVITY_PROFILE = DocumentResource(
    "activity_profile", "profileId", ("activityId",), (), "xAPI 1.0.3 Communication 2.7"
)


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """The key of one document in a store; None for parts that the resource lacks or that were not given."""

    kind: DocumentKind
    activity: str | None
    agent: str | None  # canonical identifier
    registration: str | None  # lower case
    document_id: str


@dataclass(frozen=True, slots=True)
class DocumentQuery:
    """All documents of a context; no registration means any; `since` in microseconds, exclusive."""

    kind: DocumentKind
    activity: str | None
    agent: str | None
    registration: str | None
    since: int | None = None


def parse_document_key(pairs: Pairs, resource: DocumentResource, rules: VersionRules) -> DocumentKey:
    """Return the document that a PUT, a POST or a single DELETE names; its id must be there."""
    found = parameters.collect(pairs, _names(resource), resource.rule)
    parameters.required(found, resource.id_parameter, resource.rule)
    return _key(found, resource, _query(found, resource, rules, None))


def parse_document_get(
    pairs: Pairs, resource: DocumentResource, rules: VersionRules
) -> DocumentKey | DocumentQuery:
    """Return what a GET asks for: one document where its id is given, else the ids of a context."""
    found = parameters.collect(pairs, (*_names(resource), "since"), resource.rule)
    query = _query(found, resource, rules, parameters.timestamp(found, "since"))
    if resource.id_parameter not in found:
        return query
    if "since" in found and rules.refuses_state_id_with_since:
        raise InvalidInputError(
            f"parameter since is not allowed together with {resource.id_parameter}; send one of them",
            path="since",
            rule="IEEE 9274.1.1 4.1.6",
            code="conflicting_parameters",
        )
    return _key(found, resource, query)


def parse_document_delete(
    pairs: Pairs, resource: DocumentResource, rules: VersionRules
) -> DocumentKey | DocumentQuery:
    """Return what a DELETE of the State Resource takes away: one document, or all of a context."""
    found = parameters.collect(pairs, _names(resource), resource.rule)
    query = _query(found, resource, rules, None)
    return _key(found, resource, query) if resource.id_parameter in found else query


def _names(resource: DocumentResource) -> tuple[str, ...]:
    return (resource.id_parameter, *resource.context, *resource.optional)


def _query(
    found: Mapping[str, str], resource: DocumentResource, rules: VersionRules, since: int | None
) -> DocumentQuery:
    activity = agent = None
    if "activityId" in resource.context:
        activity = required_iri(found, "activityId", resource.rule)
    if "agent" in resource.context:
        agent = single_agent(found, rules, resource.rule).identifier
    registration = parameters.uuid(found, "registration", resource.rule)
    return DocumentQuery(resource.kind, activity, agent, registration, since)


def _key(found: Mapping[str, str], resource: DocumentResource, context: DocumentQuery) -> DocumentKey:
    name = resource.id_parameter
    if not found[name]:
        raise parameters.refusal(name, "", "is empty; send an id, or leave it out", rule=resource.rule)
    return DocumentKey(context.kind, context.activity, context.agent, context.registration, found[name])
