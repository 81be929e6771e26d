"""People with many names over HTTP: shown, joined, parted, imported; rules about mail addresses, and proofs by mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema

from lrs.auth.credentials import Credential
from lrs.auth.stores import set_mail_rules
from lrs.auth.tokens import token_secret
from lrs.config import MEBIBYTE
from lrs.people.linking import (
    apply_rules,
    join_many,
    join_people,
    part_person,
    require_other,
    require_others_rules,
    show_person,
)
from lrs.people.proofs import accept_proof, make_proof
from lrs.personas import Persona
from lrs.resources.openapi import CSV, Operation
from lrs.resources.requests import (
    authenticate,
    csv_body,
    json_body,
    note_people,
    require_learner,
    require_no_parameters,
    service,
    settings,
    signed_in,
)
from lrs.storage.database import Database
from schemas.identifiers import agent_of
from schemas.json_text import dump_json, parse_json
from schemas.payloads import Payload, Values
from schemas.people import (
    AcceptedProofSchema,
    JoinedSchema,
    JoinSchema,
    KnownPersonSchema,
    MailRule,
    MailRulesSchema,
    OneAgentSchema,
    PersonQuerySchema,
    ProofRequestSchema,
    ProofSchema,
    SameRow,
)
from schemas.tables import read_table

PATH = "/people"
MANAGE, READ = "privacy/manage", "learners/read"
OWN = "recommendations/write"
"""With it a learner, or a tool for a learner, sets the learner's own choices; to accept a proof is one."""
LARGEST, LARGEST_TABLE = 64 * 1024, 16 * MEBIBYTE
BY_ADMIN, BY_TABLE = "admin", "csv"

blueprint = Blueprint("people", __name__)

_QUERY, _JOIN, _ONE, _RULES = PersonQuerySchema(), JoinSchema(), OneAgentSchema(), MailRulesSchema()
_ASKED, _ACCEPTED, _SAME = ProofRequestSchema(), AcceptedProofSchema(), SameRow()
_PERSON, _JOINED, _PROOF = KnownPersonSchema(), JoinedSchema(), ProofSchema()

OPERATIONS: Mapping[tuple[str, str], Operation] = {
    (PATH, "GET"): Operation((_QUERY,), answer=KnownPersonSchema),
    (f"{PATH}/join", "POST"): Operation(body=JoinSchema, answer=KnownPersonSchema),
    (f"{PATH}/part", "POST"): Operation(body=OneAgentSchema, answer=KnownPersonSchema),
    (f"{PATH}/import", "POST"): Operation(body=CSV, answer=JoinedSchema),
    (f"{PATH}/rules", "GET"): Operation(answer=MailRulesSchema),
    (f"{PATH}/rules", "PUT"): Operation(body=MailRulesSchema, answer=JoinedSchema),
    (f"{PATH}/proofs", "POST"): Operation(body=ProofRequestSchema, answer=ProofSchema),
    (f"{PATH}/proofs", "PUT"): Operation(body=AcceptedProofSchema, answer=KnownPersonSchema),
}


@blueprint.get(PATH)
def get_person() -> Response:
    """Answer all identifiers of a person, and by what each was joined."""
    credential = authenticate(READ, MANAGE, work="search")
    identifier = _QUERY.read(list(request.args.items(multi=True)))
    require_learner(credential, identifier)
    return _respond_person(show_person(_database(), credential.store, identifier))


@blueprint.post(f"{PATH}/join")
def post_join() -> Response:
    """Make one person of several identifiers."""
    credential, sent = _sent(_JOIN, MANAGE)
    require_other(signed_in(), sent["agents"], _database())
    note_people(*sent["agents"])
    return _respond_person(join_people(_database(), credential.store, sent["agents"], BY_ADMIN))


@blueprint.post(f"{PATH}/part")
def post_part() -> Response:
    """Make a person of its own of an identifier and what it came with."""
    credential, sent = _sent(_ONE, MANAGE, stores=False)
    require_other(signed_in(), [sent["agent"]], _database())
    note_people(sent["agent"])
    return _respond_person(part_person(_database(), credential.store, sent["agent"]))


@blueprint.post(f"{PATH}/import")
def post_import() -> Response:
    """Join the two identifiers of each line of a CSV."""
    credential = authenticate(MANAGE, work="write")
    require_no_parameters()
    groups = [
        (line.values["agent"], line.values["same_as"]) for line in read_table(csv_body(LARGEST_TABLE), _SAME)
    ]
    require_other(signed_in(), (one for group in groups for one in group), _database())
    return _respond(_JOINED, join_many(_database(), credential.store, groups, BY_TABLE))


@blueprint.get(f"{PATH}/rules")
def get_rules() -> Response:
    """Answer which accounts are named by the mail addresses of which domain."""
    store = authenticate(MANAGE).store
    require_no_parameters()
    return _respond(_RULES, {"rules": {one.home_page: one.domain for one in store.mail_rules}})


@blueprint.put(f"{PATH}/rules")
def put_rules() -> Response:
    """Set which accounts are named by the mail addresses of which domain, and join the people seen so far."""
    credential, sent = _sent(_RULES, MANAGE)
    rules = [MailRule(*one) for one in sent["rules"].items()]
    require_others_rules(signed_in(), rules, _database())
    store = set_mail_rules(_database(), credential.store, rules)
    return _respond(_JOINED, apply_rules(_database(), store))


@blueprint.post(f"{PATH}/proofs")
def post_proof() -> Response:
    """Make the token that proves, to whoever gets it by mail, that an address is a learner's, too.

    Send it to that address and show it to nobody else: whoever has it joins the address to the learner.
    """
    credential, sent = _sent(_ASKED, MANAGE)
    require_other(signed_in(), [sent["agent"], sent["mail"]], _database())
    note_people(sent["agent"], sent["mail"])
    return _respond(_PROOF, make_proof(_secret(), credential.store, sent["agent"], sent["mail"]))


@blueprint.put(f"{PATH}/proofs")
def put_proof() -> Response:
    """Join the address that a token was sent to with the learner who was asked to prove it."""
    credential, sent = _sent(_ACCEPTED, OWN)
    require_learner(credential, sent["agent"])
    found = accept_proof(_database(), _secret(), credential.store, sent["agent"], sent["token"])
    return _respond_person(found)


def _sent(schema: Payload, scope: str, *, stores: bool = True) -> tuple[Credential, Values]:
    """Return the credential and the body of a request that changes something."""
    credential = authenticate(scope, work="write", stores=stores)
    require_no_parameters()
    return credential, schema.read(parse_json(json_body(LARGEST)))


def _database() -> Database:
    return service().database


def _secret() -> str:
    return token_secret(_database(), settings().secret_key)


def _respond_person(person: Persona) -> Response:
    origins = {one: (part.by, part.since) for part in person.joined for one in part.identifiers}
    names = [
        {"agent": agent_of(one), "by": by, "since": since}
        for one in person.identifiers
        for by, since in (origins.get(one, (None, None)),)
    ]
    return _respond(_PERSON, {"name": person.name, "identifiers": names})


def _respond(schema: Schema, body: Any) -> Response:
    return Response(dump_json(schema.dump(body)), mimetype="application/json")
