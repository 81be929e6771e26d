"""A study circle: three to six people towards a goal, the Agent who asks among them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response

from lrs.resources.openapi import Operation
from lrs.resources.requests import note_count, note_personas
from recommender.api.requests import (
    PREFIX,
    accepted_language,
    ask_for_one,
    operation_of,
    respond,
    serving,
)
from recommender.serving.peers.groups import find_group
from schemas.groups import GroupQuerySchema, StudyCircleSchema

blueprint = Blueprint("groups", __name__, url_prefix=PREFIX)

_ANSWER = StudyCircleSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    return {(f"{PREFIX}/groups", "GET"): operation_of(GroupQuerySchema, maximum_limit, StudyCircleSchema)}


@blueprint.get("/groups")
def get_group() -> Response:
    """Answer the people for a study circle with an Agent."""
    store, query = ask_for_one(GroupQuerySchema)
    group = find_group(serving(), store, query, accepted_language())
    note_personas(one.persona for one in group.members if one.persona)
    note_count(len(group.members))
    shown = [str(one.persona) for one in group.members if one.persona]
    serving().impressions.note(store.id, group.persona, group.model, shown, "peers")
    body = {
        "agent": query.agent,
        "model": group.model,
        "language": group.language,
        "towards": {query.target: query.value},
        "message": group.message,
        "members": group.members,
    }
    return respond(_ANSWER, body)
