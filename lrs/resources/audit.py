"""The audit trail over HTTP: learners read the lines about themselves, those who look after privacy all of a store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from lrs.auth.credentials import Credential
from lrs.privacy.auditing import (
    Page,
    digests_of,
    find_lines,
    key_shown,
    names_of_credentials,
    names_of_person,
)
from lrs.resources.openapi import Operation
from lrs.resources.paths import link
from lrs.resources.requests import (
    authenticate,
    database,
    for_this_client,
    note_count,
    note_people,
    require_learner,
)
from lrs.storage.audit import EVERYBODY, Line
from schemas.audit import (
    MAXIMUM_LIMIT,
    AuditQuery,
    AuditQuerySchema,
    AuditSchema,
    OwnAuditQuerySchema,
)
from schemas.json_text import dump_json
from schemas.payloads import Query

OWN, ALL = "/record/audit", "/privacy/audit"
blueprint = Blueprint("audit", __name__)

_OWN_QUERY, _QUERY, _ANSWER = (
    OwnAuditQuerySchema(MAXIMUM_LIMIT),
    AuditQuerySchema(MAXIMUM_LIMIT),
    AuditSchema(),
)

OPERATIONS = {
    (OWN, "GET"): Operation((_OWN_QUERY,), answer=AuditSchema),
    (ALL, "GET"): Operation((_QUERY,), answer=AuditSchema),
}


@blueprint.get(OWN)
def get_own_lines() -> Response:
    """Answer who asked for data of the learner whose token this is, newest first."""
    credential = authenticate("record/read/mine", work="list")
    query = _read(_OWN_QUERY)
    return _answer(credential, query, credential.learner, is_own=True)


@blueprint.get(ALL)
def get_lines() -> Response:
    """Answer who asked for data of people, of one person or of all, newest first."""
    credential = authenticate("privacy/manage", work="list")
    query = _read(_QUERY)
    require_learner(credential, query.about)
    return _answer(credential, query, query.about)


def _read(schema: Query[AuditQuery]) -> AuditQuery:
    return schema.read(list(request.args.items(multi=True)))


def _answer(
    credential: Credential, query: AuditQuery, identifier: str | None, *, is_own: bool = False
) -> Response:
    store = credential.store.id
    about = names_of_person(database(), store, identifier) if identifier else None
    note_people(*([identifier] if identifier else ()))
    with for_this_client():
        page = find_lines(database(), store, about, query.limit, query.more)
    note_count(len(page.lines))
    own = digests_of(database(), store, about) if is_own and about else None
    body = _ANSWER.dump({"lines": described(page.lines, own), "more": _more(page)})
    return Response(dump_json(body), mimetype="application/json")


def described(lines: Sequence[Line], own: Collection[str] | None = None) -> list[SimpleNamespace]:
    """Return lines as they are answered, with the names of the credentials.

    To a person with these `own` digests they say nothing of others: neither of whom else they are about, nor which
    other learner asked.
    """
    names = names_of_credentials(database(), lines)
    return [
        SimpleNamespace(
            at=line["at"],
            who=names.get(line["key"], ""),
            key=line["key"] if own is None else key_shown(line, own),
            by_learner=line["by"] is not None,
            method=line["method"],
            route=line["route"],
            count=line["count"],
            everybody=line["about"] == [EVERYBODY],
            about=[one for one in line["about"] if one != EVERYBODY and (own is None or one in own)],
        )
        for line in lines
    ]


def _more(page: Page) -> str:
    if page.more is None:
        return ""
    kept: list[tuple[str, Any]] = [pair for pair in request.args.items(multi=True) if pair[0] != "more"]
    return link(f"{request.path}?{urlencode([*kept, ('more', f'{page.more[0]}.{page.more[1]}')])}")
