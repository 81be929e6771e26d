"""The query parameters of the peers resource."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from schemas import parameters
from schemas.recommendations import (
    RULE,
    RecommendationQuery,
    read_answer_language,
    read_learner,
    read_limit,
    read_token,
)

TEAMS = ("any", "same", "other")
LONGEST_TOPIC = 200


@dataclass(frozen=True, slots=True)
class PeerQuery(RecommendationQuery):
    """Which people to recommend to whom.

    `team` is one of TEAMS, `topic` a skill, the id of a nugget or free text, `more` the token of the last answer;
    `speaks` is the language of the reasons, empty for the learner's.
    """

    team: str = "any"
    topic: str = ""
    more: str = ""
    speaks: str = ""


def parse_peer_query(pairs: Iterable[tuple[str, str]], maximum: int, languages: Collection[str]) -> PeerQuery:
    """Return the query for peers; reasons may be asked for in one of these languages."""
    known = ("agent", "limit", "team", "topic", "more", "answer_language")
    found = parameters.collect(pairs, known, RULE)
    agent, identifier = read_learner(found)
    topic = found.get("topic", "").strip()
    if "topic" in found and not 0 < len(topic) <= LONGEST_TOPIC:
        problem = (
            f"is empty or too long; send a skill, the id of a nugget, or 1 to {LONGEST_TOPIC} characters"
        )
        raise parameters.refusal("topic", found["topic"][:LONGEST_TOPIC], problem, rule=RULE)
    return PeerQuery(
        agent,
        identifier,
        read_limit(found, maximum),
        parameters.word(found, "team", TEAMS, RULE),
        topic,
        read_token(found),
        read_answer_language(found, languages),
    )
