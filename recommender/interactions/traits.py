"""Reads user features from a Statement: the team, role, skills, goals and language of its Agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recommender.storage.user_features import Seen, Traits
from recommender.vocabulary.extensions import GOALS, LONGEST_TEXT, ROLE, SKILLS, is_kept_id, plain_texts
from schemas.identifiers import identifier_of


def extract_traits(statement: Mapping[str, Any], at: int) -> Traits:
    """Return the user features that a Statement states, each with its time and the Statement's id."""
    context = statement.get("context", {})
    extensions = context.get("extensions", {})
    team, role = context.get("team", {}), extensions.get(ROLE)
    found: dict[str, Any] = {
        "team": _team(team),
        "team_name": _team_name(team),
        "role": role[:LONGEST_TEXT] if isinstance(role, str) else None,
        "skills": plain_texts(extensions.get(SKILLS)),
        "goals": plain_texts(extensions.get(GOALS)),
        "language": context.get("language", "")[:LONGEST_TEXT],
    }
    return {name: Seen(value, at, statement["id"].lower()) for name, value in found.items() if value}


def _team(team: Mapping[str, Any]) -> str | None:
    identifier = identifier_of(team) if team else None
    return identifier if is_kept_id(identifier) else None


def _team_name(team: Mapping[str, Any]) -> str | None:
    """Return the name of a team, else that of its account, else its identifier; None without an identifier."""
    identifier = _team(team)
    name = identifier and (team.get("name") or team.get("account", {}).get("name") or identifier)
    return name[:LONGEST_TEXT] if name else None
