"""The query parameters of the Agents and the Activities Resource: one Agent, or one Activity id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas import parameters
from schemas.identifiers import identifier_of
from schemas.versions import VersionRules

AGENTS_RULE = "xAPI 1.0.3 Communication 2.4"
ACTIVITIES_RULE = "xAPI 1.0.3 Communication 2.5"


@dataclass(frozen=True, slots=True)
class AgentLookup:
    """The Agent asked about, as it was sent, and its canonical identifier."""

    agent: dict[str, Any]
    identifier: str


def parse_agent_lookup(pairs: Iterable[tuple[str, str]], rules: VersionRules) -> AgentLookup:
    """Return the query of GET /agents; InvalidInputError names parameter, value, rule and remedy."""
    found = parameters.collect(pairs, ("agent",), AGENTS_RULE)
    return single_agent(found, rules, AGENTS_RULE)


def parse_activity_lookup(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the Activity id of GET /activities."""
    found = parameters.collect(pairs, ("activityId",), ACTIVITIES_RULE)
    return required_iri(found, "activityId", ACTIVITIES_RULE)


def single_agent(found: Mapping[str, str], rules: VersionRules, rule: str) -> AgentLookup:
    """Return the parameter `agent`, which must be there and must be an Agent, not a Group."""
    text = parameters.required(found, "agent", rule)
    agent = parameters.agent(found, rules) or {}
    identifier = identifier_of(agent)
    if agent.get("objectType", "Agent") != "Agent" or identifier is None:
        problem = "is a Group; send an Agent (it may carry the Group's identifier)"
        raise parameters.refusal("agent", text, problem, rule=rule)
    return AgentLookup(agent, identifier)


def required_iri(found: Mapping[str, str], name: str, rule: str) -> str:
    """Return a parameter that must be there and must be an IRI."""
    text = parameters.required(found, name, rule)
    return parameters.iri(found, name, rule) or text
