"""What an Agent agrees to, kind by kind: the own choices, the store's policies, and the words of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from lrs.auth.stores import Store
from lrs.personas import Persona, find_person, set_choices
from lrs.resources.openapi import Operation
from lrs.resources.requests import json_body
from recommender.api.requests import (
    PREFIX,
    WRITE,
    accepted_language,
    ask_for_one,
    operation_of,
    query_schema,
    respond,
    serving,
)
from recommender.messages import catalogue_language, say
from schemas.consents import (
    CONSENTS,
    KINDS,
    ConsentQuery,
    ConsentQuerySchema,
    ConsentsSchema,
    Kind,
    NewConsentsSchema,
)
from schemas.json_text import parse_json

PATH = "/consents"
LARGEST_CHOICES = 4096

blueprint = Blueprint("consents", __name__, url_prefix=PREFIX)

_ANSWER, _NEW = ConsentsSchema(), NewConsentsSchema()


def operations(maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
    """Return what only the code knows of these routes."""
    whom = (query_schema(ConsentQuerySchema, maximum_limit),)
    return {
        (f"{PREFIX}{PATH}", "GET"): operation_of(ConsentQuerySchema, maximum_limit, ConsentsSchema),
        (f"{PREFIX}{PATH}", "PUT"): Operation(
            whom, ("Accept-Language",), body=NewConsentsSchema, answer=ConsentsSchema
        ),
    }


@blueprint.get(PATH)
def get_consents() -> Response:
    """Answer what an Agent agrees to."""
    store, query = ask_for_one(ConsentQuerySchema, work="small")
    return _respond(store, query, find_person(serving().database, store.id, query.identifier))


@blueprint.put(PATH)
def put_consents() -> Response:
    """Keep an Agent's own choices: true, false, or null for none; kinds that are left out stay as they are."""
    store, query = ask_for_one(ConsentQuerySchema, WRITE, work="small", stores=False)
    read = _NEW.read(parse_json(json_body(LARGEST_CHOICES)))
    choices = {kind: read[kind] for kind in KINDS if kind in read}
    return _respond(store, query, set_choices(serving().database, store.id, query.identifier, choices))


def _respond(store: Store, query: ConsentQuery, person: Persona | None) -> Response:
    language = catalogue_language(query.speaks or accepted_language())
    consents = [_consent(store, kind, person, language) for kind in KINDS]
    return respond(_ANSWER, {"agent": query.agent, "language": language, "consents": consents})


def _consent(store: Store, kind: Kind, person: Persona | None, language: str) -> dict[str, Any]:
    choice = person.choice(kind) if person else None
    made = person.choices.get(kind, ()) if person else ()
    return {
        "kind": kind,
        "choice": choice,
        "chosen": made[-1].at if made else None,
        "store": store.policy(kind),
        "is_allowed": store.permits(kind, choice),
        "version": CONSENTS[kind].version,
        "words": say(language, f"consent.{kind}"),
        "purpose": say(language, f"purpose.{kind}"),
    }
