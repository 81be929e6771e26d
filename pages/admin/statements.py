"""The Statements of a store: newest first, filtered by a click on any value, one by one as JSON, many as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from lrs.errors import NotFoundError, RequestRefusedError
from lrs.resources.requests import database, for_this_client, language_choice, note_count, note_people
from lrs.statements.browsing import BrowsedPage, browse_statements
from lrs.statements.canonical import canonical_texts
from lrs.statements.feed import find_statements
from lrs.storage.database import StoreId
from lrs.storage.statement_documents import StoredStatement
from pages.admin.pointers import value_at
from pages.admin.sections import REFUSALS, admin_page, credential_names, require_reading, serve_files
from pages.admin.shown_statements import shown_statements
from pages.tables import Column, Table, Value
from schemas import patterns
from schemas.identifiers import agent_of, identifier_named, identifier_of
from schemas.json_text import dump_json, parse_json
from schemas.queries import StatementQuery, parse_statement_query
from schemas.versions import XAPI_2_0_0

blueprint = Blueprint("admin_statements", __name__)
_PATH = "/admin/statements"
AUDITED = (
    *((f"{_PATH}{kind}", "GET") for kind in ("", ".csv", ".json")),
    (f"{_PATH}/<statement_id>", "GET"),
)
UNAUDITED: Mapping[tuple[str, str], str] = {}
FILTERS = ("agent", "verb", "activity", "registration", "since", "until")
ON_A_PAGE, AT_ONCE = 25, 500
MOST_ROWS, MOST_BYTES = 10_000, 32 * 1024 * 1024
"""A file has so many Statements, and so many bytes of values, at most."""
MOST_POINTERS = 50
POINTERS = (
    "/id",
    "/stored",
    "/actor/name",
    "/actor/mbox",
    "/actor/account/name",
    "/verb/id",
    "/object/id",
    "/result/completion",
    "/result/score/scaled",
    "/context/registration",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which Statements are asked for, as it was typed, and what it means."""

    typed: Mapping[str, str]
    query: StatementQuery
    source: str | None

    @property
    def address(self) -> str:
        """The filters as the query of an address."""
        return urlencode([pair for pair in self.typed.items() if pair[1]])


def read_asked() -> Asked:
    """Return what the address asks for; raise InvalidInputError."""
    typed = typed_filters()
    pairs = [(name, typed[name]) for name in FILTERS if typed[name]]
    if typed["agent"]:
        agent = dump_json(agent_of(identifier_named(typed["agent"]))).decode()
        pairs = [(name, agent if name == "agent" else value) for name, value in pairs]
    if typed["related"]:
        pairs += [("related_agents", "true"), ("related_activities", "true")]
    return Asked(typed, parse_statement_query(pairs, XAPI_2_0_0), typed["source"] or None)


def typed_filters() -> dict[str, str]:
    """Return the filters as they were typed."""
    return {name: request.args.get(name, "").strip() for name in (*FILTERS, "related", "source")}


@blueprint.get(_PATH)
def get_statements() -> Response:
    """Show a page of Statements."""
    store = require_reading()
    names = credential_names(database(), store)
    shown = {"names": names, "pointers": "\n".join(POINTERS)}
    try:
        asked = read_asked()
        with for_this_client():
            found = _browse(store, asked, ON_A_PAGE, request.args.get("after", ""))
    except REFUSALS as error:
        if error.status >= 500:
            raise
        typed = typed_filters()
        return admin_page(
            "admin.statements",
            error.status,
            problem=error.message,
            typed=typed,
            lines=[],
            more="",
            address="",
            **shown,
        )
    note_people(*([asked.query.agent] if asked.query.agent else ()))
    note_count(len(found.statements))
    return admin_page(
        "admin.statements",
        typed=asked.typed,
        lines=shown_statements(found.statements, names),
        more=urlencode([*_pairs(asked), ("after", found.more)]) if found.more else "",
        is_later=bool(request.args.get("after")),
        address=asked.address,
        **shown,
    )


@blueprint.get(f"{_PATH}/<statement_id>")
def get_statement(statement_id: str) -> Response:
    """Show one Statement as JSON, exact and canonical, voided or not."""
    store = require_reading()
    is_id = patterns.matches(patterns.UUID, statement_id)
    found = next(iter(find_statements(database(), store, [statement_id.lower()] if is_id else [])), None)
    if found is None:
        raise NotFoundError(f"There is no Statement {statement_id[:40]!r} in this store; look at the list.")
    note_people(identifier_of(parse_json(found.text)["actor"]))
    canonical = next(iter(canonical_texts(database(), store, [found.text], language_choice())))
    (line,) = shown_statements([found], credential_names(database(), store))
    return admin_page(
        "admin.statement", line=line, exact=_readable(found.text), canonical=_readable(canonical)
    )


def statements_table() -> Table:
    """Return what stands at the chosen places of the newest Statements that match."""
    store = require_reading()
    asked, pointers = read_asked(), read_pointers()
    rows: list[Mapping[str, Value]] = []
    size = 0
    with for_this_client():
        for stored in _iterate(store, asked):
            said = parse_json(stored.text)
            row = {pointer: value_at(said, pointer) for pointer in pointers}
            size += sum(len(value) for value in row.values() if isinstance(value, str))
            if size > MOST_BYTES:
                break
            rows.append(row)
    note_people(*([asked.query.agent] if asked.query.agent else ()))
    note_count(len(rows))
    return Table("statements", tuple(Column(one, one) for one in pointers), rows)


serve_files(blueprint, _PATH, statements_table)


def read_pointers() -> list[str]:
    """Return the places of Statements that are asked for: JSON Pointers, one a line."""
    typed = request.args.get("pointers", "").split() or list(POINTERS)
    wrong = next((one for one in typed if not one.startswith("/")), None)
    if wrong is not None or len(typed) > MOST_POINTERS:
        raise RequestRefusedError(
            f"{(wrong or 'So many places')[:80]!r} cannot be read; send up to {MOST_POINTERS} JSON Pointers such as "
            "/verb/id, one a line.",
            path="pointers",
            rule="RFC 6901",
        )
    return list(dict.fromkeys(typed))


def _iterate(store: StoreId, asked: Asked) -> Iterator[StoredStatement]:
    more, left = "", MOST_ROWS
    while left:
        found = _browse(store, asked, min(AT_ONCE, left), more)
        yield from found.statements
        left -= len(found.statements)
        more = found.more
        if not more:
            return


def _browse(store: StoreId, asked: Asked, limit: int, after: str) -> BrowsedPage:
    return browse_statements(database(), store, asked.query, limit, after=after, source=asked.source)


def _pairs(asked: Asked) -> list[tuple[str, str]]:
    return [pair for pair in asked.typed.items() if pair[1]]


def _readable(text: bytes) -> str:
    return json.dumps(parse_json(text), ensure_ascii=False, indent=2)
