"""One person with many names: shown, joined, parted, by a table and by rules about mail addresses."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from lrs.auth.stores import set_mail_rules
from lrs.errors import RequestRefusedError
from lrs.people.linking import (
    Joined,
    apply_rules,
    join_many,
    join_people,
    part_person,
    require_other,
    require_others_rules,
    show_person,
)
from lrs.personas import Persona
from lrs.resources.people import BY_ADMIN, BY_TABLE
from lrs.resources.requests import database, note_count, note_people
from pages.admin.sections import PRIVACY, admin_page, columns, done, or_told, serve_files
from pages.tables import Table, Value
from pages.visitors import Visitor, form, require
from schemas.identifiers import agent_of, identifier_named
from schemas.json_text import dump_json
from schemas.people import MailRule, SameRow
from schemas.tables import read_table
from schemas.timestamps import format_timestamp

blueprint = Blueprint("admin_people", __name__)
_PATH = "/admin/people"
AUDITED = (
    *((f"{_PATH}{kind}", "GET") for kind in ("", ".csv", ".json")),
    *((f"{_PATH}/{act}", "POST") for act in ("join", "part", "import")),
)
UNAUDITED = {(f"{_PATH}/rules", "POST"): "it is about home pages and mail domains"}
_SAME = SameRow()


def person_table() -> Table:
    """Return the identifiers of the person asked for, and by what each was joined."""
    return Table(
        "person", columns("agent", "joined_by", "since"), _identifiers(_asked_person(require(PRIVACY)))
    )


def _identifiers(shown: Persona | None) -> list[dict[str, Value]]:
    """Return the identifiers of a person, and by what each was joined and when."""
    rows: list[dict[str, Value]] = []
    origins = {one: part for part in shown.joined for one in part.identifiers} if shown else {}
    for one in shown.identifiers if shown else ():
        part = origins.get(one)
        since = format_timestamp(part.since)[:19] if part and part.since else None
        rows.append(
            {
                "agent": dump_json(agent_of(one)).decode(),
                "joined_by": part.by if part else None,
                "since": since,
            }
        )
    return rows


serve_files(blueprint, _PATH, person_table)


@blueprint.get(_PATH)
def get_people() -> Response:
    """Show a person, and the ways to join and part."""
    found = require(PRIVACY)
    return or_told(
        lambda: _page(found, person=_asked_person(found)),
        lambda problem, status: _page(found, status, problem=problem),
    )


@blueprint.post(f"{_PATH}/join")
@form
def post_join() -> Response:
    """Make one person of several identifiers."""
    found = require(PRIVACY)

    def act() -> Response:
        named = [identifier_named(one.strip()) for one in request.form.getlist("agent") if one.strip()]
        require_other(found.credential, named, database())
        note_people(*named)
        return _page(
            found, person=join_people(database(), found.credential.store, named, BY_ADMIN), told="joined"
        )

    return or_told(act, lambda problem, status: _page(found, status, problem=problem, typed=request.form))


@blueprint.post(f"{_PATH}/part")
@form
def post_part() -> Response:
    """Make a person of its own of an identifier."""
    found = require(PRIVACY)

    def act() -> Response:
        named = identifier_named(request.form.get("agent", "").strip())
        require_other(found.credential, [named], database())
        note_people(named)
        return _page(found, person=part_person(database(), found.credential.store, named), told="parted")

    return or_told(act, lambda problem, status: _page(found, status, problem=problem))


@blueprint.post(f"{_PATH}/import")
@form
def post_import() -> Response:
    """Join the two identifiers of each line of a CSV."""
    found = require(PRIVACY)

    def act() -> Response:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise RequestRefusedError(
                "No file was sent; choose a CSV with the columns agent and same_as.", path="file"
            )
        lines = read_table(file.read(), _SAME)
        groups = [(line.values["agent"], line.values["same_as"]) for line in lines]
        require_other(found.credential, (one for group in groups for one in group), database())
        note_count(len(groups))
        return _page(found, joined=join_many(database(), found.credential.store, groups, BY_TABLE))

    return or_told(act, lambda problem, status: _page(found, status, problem=problem))


@blueprint.post(f"{_PATH}/rules")
@form
def post_rules() -> Response:
    """Set which accounts are named by the mail addresses of which domain, and join the people seen so far."""
    found = require(PRIVACY)

    def act() -> Response:
        rules = _rules(request.form.get("rules", ""))
        require_others_rules(found.credential, rules, database())
        joined: Joined = apply_rules(database(), set_mail_rules(database(), found.credential.store, rules))
        return done(_PATH, "rules") if not joined.joined else _page(found, joined=joined)

    return or_told(act, lambda problem, status: _page(found, status, problem=problem, typed=request.form))


def _rules(typed: str) -> list[MailRule]:
    """Return the rules, one a line: a home page and a domain; raise RequestRefusedError."""
    lines = [line.split() for line in typed.splitlines() if line.strip()]
    wrong = next((line for line in lines if len(line) != 2), None)
    if wrong:
        raise RequestRefusedError(
            f"{' '.join(wrong)[:80]!r} is not a rule; write a home page, a space and a mail domain on each line.",
            path="rules",
        )
    return [MailRule(*line) for line in lines]


def _asked_person(found: Visitor) -> Persona | None:
    """Return the person that the address names, None where it names nobody; raise NotFoundError."""
    typed = request.args.get("person", "").strip()
    if not typed:
        note_count(0)
        return None
    identifier = identifier_named(typed)
    note_people(identifier)
    return show_person(database(), found.credential.store, identifier)


def _page(found: Visitor, status: int = 200, *, person: Persona | None = None, **values: object) -> Response:
    store = found.credential.store
    rules = "\n".join(f"{one.home_page} {one.domain}" for one in store.mail_rules)
    asked: dict[str, object] = {
        "person": person,
        "identifiers": _identifiers(person),
        "typed": {},
        "asked": request.args.get("person", ""),
        "rules": rules,
    }
    return admin_page("admin.people", status, **{**asked, **values})
