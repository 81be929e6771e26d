"""The Agents Resource (xAPI 1.0.3 Communication 2.4): the Person behind an Agent."""

from __future__ import annotations

from flask import Blueprint, Response, request

from lrs.documents import etag_of
from lrs.resources.entities import entity_response
from lrs.resources.requests import authenticate, database, require_learner, require_version, service
from lrs.statements.people import ALL_IDENTIFIERS, READING, find_person
from schemas.json_text import dump_json
from schemas.lookups import parse_agent_lookup

blueprint = Blueprint("agents", __name__)


@blueprint.get("/xapi/agents")
def get_person() -> Response:
    """Answer the Person, also of an Agent never seen; HEAD is the same without the body."""
    credential, rules = authenticate(*READING, ALL_IDENTIFIERS, work="list"), require_version()
    lookup = parse_agent_lookup(list(request.args.items(multi=True)), rules)
    require_learner(credential, lookup.identifier)
    body = dump_json(find_person(database(), service().reader, credential, lookup))
    return entity_response(body, "application/json", etag_of(body))
