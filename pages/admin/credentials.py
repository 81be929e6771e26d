"""The credentials of a store: made, rotated, changed and revoked; a secret is shown once."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from lrs.auth.credentials import (
    create_credential,
    list_credentials,
    rename_credential,
    revoke_credential,
    rotate_credential,
    set_scopes,
)
from lrs.auth.scopes import SCOPES
from lrs.auth.stores import Store
from lrs.errors import RequestRefusedError
from lrs.resources.requests import database, settings
from lrs.storage.stored_time import now_us
from lrs.storage.stores import CredentialRow
from pages.admin.sections import MANAGE, admin_page, columns, done, or_told, serve_files
from pages.tables import Table
from pages.visitors import form, require
from schemas.errors import InvalidInputError
from schemas.timestamps import format_timestamp, parse_timestamp

blueprint = Blueprint("admin_credentials", __name__)
_PATH = "/admin/credentials"
_TOOLS = "it is about tools, not about people"
AUDITED = tuple((f"{_PATH}/{act}", "POST") for act in ("create", "rotate", "change", "revoke"))
"""Whoever has a credential may read of everybody what its scopes name, so each change of one is about everybody."""
UNAUDITED = {(f"{_PATH}{kind}", "GET"): _TOOLS for kind in ("", ".csv", ".json")}
OVERLAP_DAYS = (7, 1, 30, 0)
DAY_S = 86_400


def credentials_table() -> Table:
    """Return all credentials, without anything of their secrets."""
    store = require(MANAGE).credential.store
    rows = [
        {
            "name": row.name,
            "key": row.key,
            "scopes": " ".join(row.scopes),
            "created": format_timestamp(row.created),
            "expires": _time(row.expires),
            "last_used": row.last_used,
            "revoked": _time(row.revoked),
        }
        for row in list_credentials(database(), store)
    ]
    shown = columns("name", "key", "scopes", "created", "expires", "last_used", "revoked")
    return Table("credentials", shown, rows)


serve_files(blueprint, _PATH, credentials_table)


@blueprint.get(_PATH)
def get_credentials() -> Response:
    """Show the credentials, those in force first."""
    return _page(require(MANAGE).credential.store)


@blueprint.post(f"{_PATH}/create")
@form
def post_create() -> Response:
    """Make a credential; its secret is in this answer and nowhere else."""
    store = require(MANAGE).credential.store

    def act() -> Response:
        name, scopes = request.form.get("name", ""), request.form.getlist("scope")
        key, secret = create_credential(database(), store, name, scopes, _end())
        return _page(store, once=(name, key, secret))

    return or_told(act, lambda problem, status: _page(store, status, problem=problem, typed=request.form))


@blueprint.post(f"{_PATH}/rotate")
@form
def post_rotate() -> Response:
    """Give a credential a new secret, which is in this answer and nowhere else."""
    store, key = require(MANAGE).credential.store, request.form.get("key", "")

    def act() -> Response:
        overlap = request.form.get("overlap", "")
        if overlap not in map(str, OVERLAP_DAYS):
            raise RequestRefusedError(
                f"An overlap of {overlap[:20]!r} days is not offered; choose one of the list."
            )
        secret = rotate_credential(database(), key, store, int(overlap) * DAY_S, _end())
        return _page(store, once=(_named(store, key), key, secret))

    return or_told(act, lambda problem, status: _page(store, status, problem=problem))


@blueprint.post(f"{_PATH}/change")
@form
def post_change() -> Response:
    """Give a credential another name and other scopes."""
    store, key = require(MANAGE).credential.store, request.form.get("key", "")

    def act() -> Response:
        set_scopes(database(), key, store, request.form.getlist("scope"))
        name = request.form.get("name", "")
        if name != _named(store, key):
            rename_credential(database(), key, store, name)
        return done(_PATH, "changed")

    return or_told(act, lambda problem, status: _page(store, status, problem=problem))


@blueprint.post(f"{_PATH}/revoke")
@form
def post_revoke() -> Response:
    """Let a credential in no more."""
    store, key = require(MANAGE).credential.store, request.form.get("key", "")

    def act() -> Response:
        revoke_credential(database(), key, store)
        return done(_PATH, "revoked")

    return or_told(act, lambda problem, status: _page(store, status, problem=problem))


def _page(store: Store, status: int = 200, **values: object) -> Response:
    rows = list_credentials(database(), store)[::-1]
    return admin_page(
        "admin.credentials",
        status,
        valid=[row for row in rows if row.revoked is None],
        revoked=[row for row in rows if row.revoked is not None],
        own=require(MANAGE).credential.key,
        scopes=SCOPES,
        overlaps=OVERLAP_DAYS,
        endpoint=settings().endpoint,
        now=now_us(),
        **{"typed": {}, **values},
    )


def _named(store: Store, key: str) -> str:
    found: list[CredentialRow] = [row for row in list_credentials(database(), store) if row.key == key]
    return found[0].name if found else ""


def _end() -> int | None:
    """Return when a credential is to end (us): at the end of the day that was typed; None where none was."""
    typed = request.form.get("expires", "").strip()
    if not typed:
        return None
    try:
        return parse_timestamp(f"{typed}T23:59:59Z")
    except InvalidInputError as error:
        raise RequestRefusedError(
            f"{typed[:40]!r} is not a day; send one such as 2027-01-31.", path="expires"
        ) from error


def _time(us: int | None) -> str | None:
    return None if us is None else format_timestamp(us)
