"""Erasures over HTTP: begin one, or see what it would change, and see how far the erasures of a store are."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request
from marshmallow import Schema

from lrs.privacy.background import start_erasure
from lrs.privacy.erasing import ErasureWish, Holdings, preview_erasure, require_another
from lrs.resources.requests import authenticate, require_learner, service, signed_in
from lrs.storage.erasures import ErasureRow, ErasuresRepository
from schemas.json_text import dump_json
from schemas.privacy import ErasureQuerySchema, ErasureSchema, ErasuresQuerySchema, ErasuresSchema

PATH = "/privacy/erasures"
SCOPE = "privacy/manage"
HOLDINGS = "privacy"
"""The extension of the application that says what it holds of people."""

blueprint = Blueprint("erasures", __name__)
_QUERY, _NOTHING_ASKED, _ONE, _ALL = (
    ErasureQuerySchema(),
    ErasuresQuerySchema(),
    ErasureSchema(),
    ErasuresSchema(),
)


@blueprint.get(PATH)
def get_erasures() -> Response:
    """Answer the erasures of the store, those that run and those that have finished with their receipts."""
    store = authenticate(SCOPE, work="search").store
    _NOTHING_ASKED.read(list(request.args.items(multi=True)))
    found = ErasuresRepository(service().database, store.id).list_all()
    return _respond(_ALL, {"erasures": list(map(_values, found))})


@blueprint.post(PATH)
def post_erasure() -> Response:
    """Begin to erase a person, or go on after an interruption; a dry run only counts what would change."""
    credential, database = authenticate(SCOPE, work="search", stores=False), service().database
    query, store = _QUERY.read(list(request.args.items(multi=True))), credential.store
    require_learner(credential, query.identifier)
    wish = ErasureWish(query.identifier, query.own, query.mentions)
    holdings = service_holdings()
    require_another(database, store.id, signed_in().learner, query.identifier)
    if query.dry_run:
        preview = preview_erasure(database, store.id, wish, holdings)
        found = {"erasure": None, "started": None, "finished": None, "receipt": None}
        return _respond(_ONE, {**found, "documents": preview.counts, "samples": preview.samples})
    return _respond(_ONE, _values(start_erasure(database, store.id, wish, holdings)))


def service_holdings() -> Holdings:
    """Return what this service says it holds of people."""
    found = current_app.extensions[HOLDINGS]
    assert isinstance(found, Holdings)
    return found


def _values(erasure: ErasureRow) -> dict[str, Any]:
    return {
        "erasure": erasure.id,
        "started": erasure.started,
        "finished": erasure.finished,
        "documents": erasure.counts,
        "receipt": erasure.receipt,
    }


def _respond(schema: Schema, values: dict[str, Any]) -> Response:
    return Response(dump_json(schema.dump(values)), mimetype="application/json")
