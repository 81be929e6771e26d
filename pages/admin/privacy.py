"""What people may ask for, done for them: exports and erasures, retention, and who asked for data of whom."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import Blueprint, request
from werkzeug.wrappers import Response

from lrs.auth.stores import Store
from lrs.errors import RequestRefusedError
from lrs.privacy.auditing import Page, find_lines, names_of_person
from lrs.privacy.background import start_erasure, start_removal
from lrs.privacy.erasing import ErasureWish, preview_erasure, require_another
from lrs.privacy.retention import Selection, count_selected
from lrs.resources.audit import described
from lrs.resources.erasures import service_holdings
from lrs.resources.exports import zipped_export
from lrs.resources.requests import database, for_this_client, note_count, note_people
from lrs.storage.erased import SENT_AGAIN, find_erasure_key, set_sent_again
from lrs.storage.erasures import ErasuresRepository
from pages import texts
from pages.admin.sections import PRIVACY, admin_page, columns, credential_names, done, or_told, serve_files
from pages.tables import Table
from pages.visitors import Visitor, form, require
from schemas.audit import AuditQuerySchema
from schemas.identifiers import identifier_named
from schemas.privacy import HANDLINGS, Handling
from schemas.timestamps import format_timestamp

blueprint = Blueprint("admin_privacy", __name__)
_PATH = "/admin/privacy"
AUDITED = (
    *((f"{_PATH}/{act}", "POST") for act in ("preview", "erase", "export", "count", "remove")),
    *((f"{_PATH}/audit{kind}", "GET") for kind in ("", ".csv", ".json")),
)
_NOBODY = "it names nobody whose data was erased"
UNAUDITED = {
    **{(f"{_PATH}{kind}", "GET"): _NOBODY for kind in ("", ".csv", ".json")},
    (f"{_PATH}/sent-again", "POST"): "it is about everybody who will be erased, and nobody's data",
}
DAY_US, MOST_DAYS = 86_400_000_000, 36_500
ON_A_PAGE, MOST_LINES = 50, 500
_AUDIT_QUERY = AuditQuerySchema(MOST_LINES)


def erasures_table() -> Table:
    """Return the erasures and removals of the store, the newest first."""
    rows = [
        {
            "erasure": one.id,
            "started": format_timestamp(one.started)[:19],
            "finished": format_timestamp(one.finished)[:19] if one.finished else None,
            "documents": sum(one.counts.values()),
        }
        for one in ErasuresRepository(database(), require(PRIVACY).store).list_all()
    ]
    shown = columns("erasure", "started", "finished", "documents", numbers=("documents",))
    return Table("erasures", shown, rows)


serve_files(blueprint, _PATH, erasures_table)


@blueprint.get(_PATH)
def get_privacy() -> Response:
    """Show what can be done for people, and what was done."""
    return _page(require(PRIVACY))


@blueprint.post(f"{_PATH}/export")
@form
def post_export() -> Response:
    """Answer what is held of a person as a file."""
    found = require(PRIVACY)

    def act() -> Response:
        identifier = _identifier()
        note_people(identifier)
        return zipped_export(found.credential.store, identifier)

    return or_told(act, lambda problem, status: _page(found, status, problem=problem, typed=request.form))


@blueprint.post(f"{_PATH}/preview")
@form
def post_preview() -> Response:
    """Count what an erasure would change, and change nothing."""
    found = require(PRIVACY)

    def act() -> Response:
        wish = _wish(found)
        with for_this_client():
            preview = preview_erasure(database(), found.store, wish, service_holdings())
        return _page(found, preview=preview, typed=request.form)

    return or_told(act, lambda problem, status: _page(found, status, problem=problem, typed=request.form))


@blueprint.post(f"{_PATH}/erase")
@form
def post_erase() -> Response:
    """Begin to erase a person."""
    found = require(PRIVACY)

    def act() -> Response:
        start_erasure(database(), found.store, _wish(found), service_holdings())
        return done(_PATH, "erasure")

    return or_told(act, lambda problem, status: _page(found, status, problem=problem, typed=request.form))


@blueprint.post(f"{_PATH}/count")
@form
def post_count() -> Response:
    """Count the Statements that a rule would remove, and remove nothing."""
    found = require(PRIVACY)

    def act() -> Response:
        with for_this_client():
            count = count_selected(database(), found.store, _selection())
        note_count(count)
        return _page(found, selected=count, typed=request.form)

    return or_told(act, lambda problem, status: _page(found, status, problem=problem, typed=request.form))


@blueprint.post(f"{_PATH}/remove")
@form
def post_remove() -> Response:
    """Begin to remove the Statements of a rule."""
    found = require(PRIVACY)

    def act() -> Response:
        start_removal(database(), found.store, _selection(), service_holdings())
        return done(_PATH, "removal")

    return or_told(act, lambda problem, status: _page(found, status, problem=problem, typed=request.form))


@blueprint.post(f"{_PATH}/sent-again")
@form
def post_sent_again() -> Response:
    """Set what happens to data of erased people that is sent again."""
    found = require(PRIVACY)
    policy = next((one for one in SENT_AGAIN if one == request.form.get("policy")), None)
    if policy is None:
        raise RequestRefusedError(
            f"This is not offered; choose one of {', '.join(SENT_AGAIN)}.", path="policy"
        )
    set_sent_again(database(), found.store, policy)
    return done(_PATH, "sent_again")


@blueprint.get(f"{_PATH}/audit")
def get_audit() -> Response:
    """Show who asked for data of people."""
    asked = _lines(require(PRIVACY).credential.store, ON_A_PAGE)
    more = f"{asked.page.more[0]}.{asked.page.more[1]}" if asked.page.more else ""
    return admin_page("admin.audit", lines=described(asked.page.lines), more=more, person=asked.person)


def audit_table() -> Table:
    """Return the newest lines of the audit."""
    asked = _lines(require(PRIVACY).credential.store, MOST_LINES)
    rows = [
        {
            "at": format_timestamp(one.at),
            "who": one.who or one.key,
            "learner": "yes" if one.by_learner else "",
            "method": one.method,
            "route": one.route,
            "count": one.count,
            "about": texts.text("admin.everybody") if one.everybody else " ".join(one.about),
        }
        for one in described(asked.page.lines)
    ]
    shown = columns("at", "who", "learner", "method", "route", "count", "about", numbers=("count",))
    return Table("audit", shown, rows)


serve_files(blueprint, f"{_PATH}/audit", audit_table)


@dataclass(frozen=True, slots=True)
class _AskedLines:
    """Lines of the audit, and the person they were asked about, as typed."""

    page: Page
    person: str


def _lines(store: Store, limit: int) -> _AskedLines:
    person, more = request.args.get("person", "").strip(), request.args.get("more", "")
    identifier = identifier_named(person) if person else None
    query = _AUDIT_QUERY.read([("more", more)] if more else [])
    about = names_of_person(database(), store.id, identifier) if identifier else None
    note_people(*([identifier] if identifier else ()))
    with for_this_client():
        found = find_lines(database(), store.id, about, limit, query.more)
    note_count(len(found.lines))
    return _AskedLines(found, person)


def _page(found: Visitor, status: int = 200, **values: object) -> Response:
    key = find_erasure_key(database(), found.store)
    return admin_page(
        "admin.privacy",
        status,
        erasures=ErasuresRepository(database(), found.store).list_all(),
        handlings=HANDLINGS,
        policies=SENT_AGAIN,
        policy=key.sent_again if key else SENT_AGAIN[0],
        names=credential_names(database(), found.store),
        **{"typed": {}, **values},
    )


def _identifier() -> str:
    """Return the person that a form names; raise InvalidInputError."""
    return identifier_named(request.form.get("person", "").strip())


def _wish(found: Visitor) -> ErasureWish:
    identifier = _identifier()
    note_people(identifier)
    require_another(database(), found.store, found.credential.learner, identifier)
    return ErasureWish(identifier, _handling("own"), _handling("mentions"))


def _handling(name: str) -> Handling:
    typed = request.form.get(name, "")
    known = next((one for one in HANDLINGS if one == typed), None)
    if known is None:
        raise RequestRefusedError(
            f"{typed[:20]!r} is not offered; choose {' or '.join(HANDLINGS)}.", path=name
        )
    return known


def _selection() -> Selection:
    """Return which Statements the form means; raise RequestRefusedError."""
    days = request.form.get("days", "").strip()
    if days and not (days.isascii() and days.isdecimal() and 0 < int(days[:9]) <= MOST_DAYS):
        raise RequestRefusedError(f"{days[:20]!r} is not an age; send days, 1 to {MOST_DAYS}.", path="days")
    before = time.time_ns() // 1000 - int(days) * DAY_US if days else None
    # The age is counted in whole days, so that the same form means the same Statements a moment later.
    before = before // DAY_US * DAY_US if before else None
    values = {
        name: request.form.get(name, "").strip() or None for name in ("verb", "registration", "credential")
    }
    return Selection(**values, stored_before=before)
