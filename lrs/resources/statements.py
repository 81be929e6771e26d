"""The Statement Resource (xAPI 1.0.3 Communication 2.1)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request
from werkzeug.http import http_date

from lrs.auth.credentials import Credential
from lrs.auth.limits import Work
from lrs.errors import RequestRefusedError, ServiceUnavailableError
from lrs.resources.paths import link
from lrs.resources.requests import (
    authenticate,
    database,
    for_this_client,
    language_choice,
    note_count,
    note_people,
    require_version,
    service,
    settings,
)
from lrs.resources.submissions import multipart_response, read_submission
from lrs.statements.attachments import find_attachments
from lrs.statements.querying import Page
from lrs.storage.stored_time import HELD_FOR_WRITERS_S
from schemas.identifiers import identifier_of
from schemas.json_text import dump_json, parse_json
from schemas.queries import StatementQuery, parse_statement_query
from schemas.timestamps import format_timestamp
from schemas.versions import VersionRules

PATH = "/xapi/statements"
CONSISTENT_THROUGH = "X-Experience-API-Consistent-Through"
READING = ("statements/read", "statements/read/mine")

blueprint = Blueprint("statements", __name__)


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a GET: the query, the page, and whether it is a single Statement by its id."""

    query: StatementQuery
    page: Page
    single: bool


@blueprint.after_app_request
def add_consistent_through(response: Response) -> Response:
    """Add to every answer of this resource the time up to which all stored Statements are visible."""
    if request.path == PATH:
        with suppress(ServiceUnavailableError):  # the answer itself says so by now
            read = g.get("consistent_through")
            store = g.credential.store.id if "credential" in g else None
            through = read or service().clock.consistent_through(store, HELD_FOR_WRITERS_S)
            response.headers[CONSISTENT_THROUGH] = format_timestamp(through)
    return response


@blueprint.post(PATH)
def post_statements() -> Response:
    """Store one Statement or a batch; answer the ids in order."""
    credential, rules = authenticate("statements/write", work="write"), require_version()
    _allow_parameters(())
    sent = read_submission(settings().max_body_bytes)
    ids = service().writer.store_statements(sent.body, credential, rules, sent.attachments)
    return Response(dump_json(ids), mimetype="application/json")


@blueprint.put(PATH)
def put_statement() -> Response:
    """Store one Statement under the id in the query."""
    credential, rules = authenticate("statements/write", work="write"), require_version()
    _allow_parameters(("statementId",))
    statement_id = parse_statement_query(list(request.args.items(multi=True)), rules).statement_id
    if statement_id is None:
        raise RequestRefusedError(
            "The parameter statementId is missing; send the UUID of the Statement.",
            path="statementId",
            rule="xAPI 1.0.3 Communication 2.1.1",
        )
    sent = read_submission(settings().max_statement_bytes)
    service().writer.put_statement(sent.body, statement_id, credential, rules, sent.attachments)
    return Response(status=HTTPStatus.NO_CONTENT)


@blueprint.get(PATH)
def get_statements() -> Response:
    """Answer one Statement by its id, or a StatementResult; HEAD is the same without the body."""
    credential, rules = authenticate(*READING, work=_work()), require_version()
    g.consistent_through = service().clock.consistent_through(
        credential.store.id
    )  # before the page is read, so true for it
    with for_this_client():
        found = _find(credential, rules)
    note_people(found.query.agent or (_actor(found.page.texts[0]) if found.single else None))
    note_count(len(found.page.texts))
    body = found.page.texts[0] if found.single else _statement_result(found.page)
    response = _with_attachments(found, body, credential) if found.query.attachments else _json(body)
    if found.query.format == "canonical":
        response.vary.add("Accept-Language")
    if found.page.newest_stored is not None:
        response.headers["Last-Modified"] = http_date(found.page.newest_stored // 1_000_000)
    return response


def _work() -> Work:
    """Return what a GET costs: filters that match anywhere in a Statement read more of the index than others."""
    if request.args.get("statementId") or request.args.get("voidedStatementId"):
        return "small"
    related = (
        request.args.get(name, "").lower() == "true" for name in ("related_agents", "related_activities")
    )
    return "search" if any(related) else "list"


def _find(credential: Credential, rules: VersionRules) -> Found:
    choose = language_choice()
    if "more" in request.args:
        _allow_parameters(("more",))
        query, page = service().reader.continue_query(request.args["more"], credential, choose)
        return Found(query, page, single=False)
    query = parse_statement_query(list(request.args.items(multi=True)), rules)
    single = query.statement_id is not None or query.voided_statement_id is not None
    read = service().reader.find_statement if single else service().reader.query_statements
    return Found(query, read(query, credential, choose), single)


def _actor(text: bytes) -> str | None:
    """Return whom a Statement is about, None for an anonymous Group."""
    return identifier_of(parse_json(text)["actor"])


def _statement_result(page: Page) -> bytes:
    more = link(f"{PATH}?{urlencode({'more': page.next_token})}") if page.next_token else ""
    return b'{"statements":[' + b",".join(page.texts) + b'],"more":' + dump_json(more) + b"}"


def _json(body: bytes) -> Response:
    return Response(body, mimetype="application/json")


def _with_attachments(found: Found, body: bytes, credential: Credential) -> Response:
    store, page = credential.store.id, found.page
    return multipart_response(body, find_attachments(database(), store, page.texts, page.attachments))


def _allow_parameters(names: tuple[str, ...]) -> None:
    for name in request.args:
        if name not in names:
            allowed = ", ".join(names) or "none"
            raise RequestRefusedError(
                f"The parameter {name!r} is not known for this request; leave it out (known: {allowed}).",
                path=name,
                rule="xAPI 1.0.3 Communication 3.2",
            )
