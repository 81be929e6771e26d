"""What a Statement tells about its Agent beside the act itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recommender.storage.user_features import Seen, Traits
from recommender.vocabulary.extensions import GOALS, ROLE, SKILLS, plain_texts
from schemas.identifiers import identifier_of


def extract_traits(statement: Mapping[str, Any], at: int) -> Traits:
    """Return what the Statement tells about its Agent: team, role, skills, goals, language."""
    context = statement.get("context", {})
    extensions = context.get("extensions", {})
    team, role = context.get("team", {}), extensions.get(ROLE)
    found: dict[str, Any] = {
        "team": identifier_of(team) if team else None,
        "team_name": _team_name(team),
        "role": role if isinstance(role, str) else None,
        "skills": plain_texts(extensions.get(SKILLS)),
        "goals": plain_texts(extensions.get(GOALS)),
        "language": context.get("language"),
    }
    return {name: Seen(value, at, statement["id"].lower()) for name, value in found.items() if value}


def _team_name(team: Mapping[str, Any]) -> str | None:
    """Return what to call the team: its name, else that of its account; none for one without an identifier."""
    identifier = identifier_of(team) if team else None
    return identifier and (team.get("name") or team.get("account", {}).get("name") or identifier)
