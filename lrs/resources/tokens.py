"""Tokens of learners: a server mints them for its pages, and revokes them; so does the page that has one."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from flask import Blueprint, Response

from lrs.auth.scopes import GRANTED_TO_LEARNERS, MINT
from lrs.errors import ForbiddenError, RequestRefusedError
from lrs.resources.cors import is_allowed
from lrs.resources.openapi import Operation
from lrs.resources.requests import (
    authenticate,
    json_body,
    note_people,
    own_origin,
    require_no_parameters,
    sent_authorization,
    service,
    settings,
    signed_in,
)
from schemas.identifiers import agent_of
from schemas.json_text import dump_json, parse_json
from schemas.timestamps import format_timestamp
from schemas.tokens import RULE, NewTokenSchema, RevokedTokenSchema, TokenSchema

PATH = "/tokens"
REVOKED = f"{PATH}/revoked"
LARGEST = 16 * 1024

blueprint = Blueprint("tokens", __name__)

_NEW, _REVOKED, _ANSWER = NewTokenSchema(), RevokedTokenSchema(), TokenSchema()

OPERATIONS: Mapping[tuple[str, str], Operation] = {
    (PATH, "POST"): Operation(body=NewTokenSchema, answer=TokenSchema),
    (PATH, "DELETE"): Operation(status=204),
    (REVOKED, "POST"): Operation(body=RevokedTokenSchema, status=204),
}


@blueprint.post(PATH)
def post_token() -> Response:
    """Mint a token for one learner, for pages of one origin."""
    minting = authenticate(MINT, stores=False)
    require_no_parameters()
    if signed_in().learner is not None:
        raise ForbiddenError("Only a tool's credential mints tokens; use its key and secret.")
    asked = _NEW.read(parse_json(json_body(LARGEST)))
    _require_callable(asked["origin"])
    note_people(asked["agent"])
    text, made = service().learner_tokens.mint(
        minting, asked["agent"], asked["scopes"], asked["origin"], asked["minutes"]
    )
    body = {
        "token": text,
        "token_type": "Bearer",
        "agent": agent_of(made.learner),
        "origin": made.origin,
        "scopes": made.scopes,
        "expires": format_timestamp(made.expires),
        "expires_in": asked["minutes"] * 60,
    }
    return Response(dump_json(_ANSWER.dump(body)), mimetype="application/json")


@blueprint.delete(PATH)
def delete_token() -> Response:
    """Revoke the token that this request carries."""
    credential = authenticate(*GRANTED_TO_LEARNERS)
    require_no_parameters()
    sent = sent_authorization()
    token = sent.token if sent is not None else None
    if token is None or not service().learner_tokens.recognises(token):
        raise RequestRefusedError(
            f"This request carries no token of a learner; send one as Bearer, or POST {REVOKED}.", rule=RULE
        )
    service().learner_tokens.revoke(token, credential)
    return Response(status=HTTPStatus.NO_CONTENT)


@blueprint.post(REVOKED)
def post_revoked_token() -> Response:
    """Revoke a token that this credential minted."""
    credential = authenticate(MINT, stores=False)
    require_no_parameters()
    token = _REVOKED.read(parse_json(json_body(LARGEST)))["token"]
    service().learner_tokens.revoke(token, credential)
    return Response(status=HTTPStatus.NO_CONTENT)


def _require_callable(origin: str) -> None:
    """Raise RequestRefusedError for an origin whose pages could not call this service."""
    if origin != own_origin() and not is_allowed(settings(), origin):
        raise RequestRefusedError(
            f"Pages of {origin} may not call this service; let LEARNERPRISE_CORS_ORIGINS name this origin.",
            path="origin",
            rule=RULE,
        )
