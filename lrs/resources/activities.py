"""The Activities Resource (xAPI 1.0.3 Communication 2.5): all that the store knows of an Activity."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from lrs.activities import find_definitions
from lrs.auth.credentials import Credential
from lrs.definitions import Definition
from lrs.documents import etag_of
from lrs.resources.entities import entity_response
from lrs.resources.requests import authenticate, database, require_version, service
from schemas.json_text import dump_json
from schemas.lookups import parse_activity_lookup

READING_ALL = ("statements/read", "state/read", "profile/read")
READING = (*READING_ALL, "statements/read/mine")

blueprint = Blueprint("activities", __name__)


@blueprint.get("/xapi/activities")
def get_activity() -> Response:
    """Answer the Activity with its merged definition, the bare id where none is known; HEAD too."""
    credential = authenticate(*READING)
    require_version()
    name = parse_activity_lookup(list(request.args.items(multi=True)))
    activity: dict[str, Any] = {"objectType": "Activity", "id": name}
    definition = _find_definition(credential, name)
    if definition:
        activity["definition"] = definition
    body = dump_json(activity)
    return entity_response(body, "application/json", etag_of(body))


def _find_definition(credential: Credential, activity: str) -> Definition | None:
    if any(credential.allows(scope) for scope in READING_ALL):
        return find_definitions(database(), credential.store.id, [activity]).get(activity)
    return service().reader.definition_in_own_statements(credential, activity)
