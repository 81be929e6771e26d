"""The query parameters of the recommendation resources."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from schemas import parameters
from schemas.errors import InvalidInputError
from schemas.identifiers import identifier_of
from schemas.json_text import dump_json
from schemas.versions import XAPI_2_0_0

RULE = "Learnerprise recommendations"
DEFAULT_LIMIT = 10


@dataclass(frozen=True, slots=True)
class RecommendationQuery:
    """For whom to recommend, and how many at most."""

    agent: dict[str, Any]
    identifier: str
    limit: int = DEFAULT_LIMIT


def parse_recommendation_query(pairs: Iterable[tuple[str, str]], maximum: int = 100) -> RecommendationQuery:
    """Return the query of a recommendation resource: `agent` (JSON) and `limit` (1 to `maximum`)."""
    found = parameters.collect(pairs, ("agent", "limit"), RULE)
    parameters.required(found, "agent", RULE)
    agent = parameters.agent(found, XAPI_2_0_0) or {}
    identifier = identifier_of(agent)
    if identifier is None:
        raise InvalidInputError(
            f"{dump_json(agent).decode()} identifies nobody; send an Agent with one identifier",
            path="agent",
            rule=RULE,
        )
    limit = parameters.integer(found, "limit", min(DEFAULT_LIMIT, maximum), (1, maximum), RULE)
    return RecommendationQuery(agent=agent, identifier=identifier, limit=limit)
