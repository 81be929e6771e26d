"""One nugget in a form: with the catalogue's own checks, and never over what somebody else has saved meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from lrs.config import MEBIBYTE
from lrs.documents import ANY, Preconditions
from lrs.errors import NotFoundError, PreconditionFailedError, RequestRefusedError
from lrs.resources.paths import link
from lrs.resources.requests import database
from pages import texts
from pages.catalogue.listing import ON_A_PAGE, READ, WRITE, catalogue_page, now_us
from pages.catalogue.typed import Typed, meant, read_typed, typed_of
from pages.rendering import page, wants_part
from pages.visitors import Visitor, form, require
from recommender.catalogue.editing import delete_entry, import_lines, put_entry
from recommender.catalogue.listing import Listed, find_listed, shown_values
from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.repairs import needs
from recommender.storage.entries import Kind
from schemas.catalogue import KEYS, MODALITIES, REPAIRS, ROWS, VALUES, NuggetQuery
from schemas.errors import InvalidInputError
from schemas.tables import read_table

blueprint = Blueprint("catalogue_editing", __name__)
_NUGGETS = "it is about nuggets, roles and words"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {
    ("/catalogue/nugget", "GET"): _NUGGETS,
    ("/catalogue/nugget", "POST"): _NUGGETS,
    ("/catalogue/nugget/delete", "POST"): _NUGGETS,
    ("/catalogue/import", "POST"): _NUGGETS,
}
IMPORTED: Sequence[Kind] = ("nuggets", "roles", "labels")
LARGEST_TABLE = 8 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Editor:
    """The form of a nugget: what is typed, and what was entered when it was read (by its ETag, empty: nothing)."""

    activity: str
    typed: Typed
    etag: str
    is_new: bool = False
    problem: str = ""
    wrong: str = ""
    theirs: Typed | None = None


@blueprint.get("/catalogue/nugget")
def get_nugget() -> Response:
    """Show the form of a nugget, or of a new one."""
    found = require(READ)
    activity = request.args.get("activity", "")
    if not activity:
        require(WRITE)
        return _form(found, Editor("", typed_of({}), "", is_new=True), None)
    listed = find_listed(database(), found.store, activity)
    if listed is None:
        raise NotFoundError(f"Nothing is known of {activity[:200]!r}.")
    return _form(found, _editor(activity, listed), listed)


@blueprint.post("/catalogue/nugget")
@form
def post_nugget() -> Response:
    """Save what was typed, unless somebody else has saved something since the form was made."""
    found = require(WRITE)
    activity, etag = request.form.get("activity", "").strip(), request.form.get("etag", "")
    editor = Editor(activity, read_typed(request.form), etag, is_new=request.form.get("new") == "yes")
    try:
        key = str(KEYS["nuggets"].read([("activity", activity)])["activity"])
        values = VALUES["nuggets"].read(meant(editor.typed))
        put_entry(database(), found.store, "nuggets", key, values, _conditions(etag))
    except PreconditionFailedError:
        return _told_of_change(found, editor)
    except (InvalidInputError, RequestRefusedError) as error:
        listed = find_listed(database(), found.store, activity) if activity else None
        told = replace(editor, problem=error.message, wrong=error.path)
        return _form(found, told, listed, error.status)
    return _back("saved")


@blueprint.post("/catalogue/nugget/delete")
@form
def post_delete() -> Response:
    """Take back what was entered for a nugget, unless somebody else has saved something since."""
    found = require(WRITE)
    activity, etag = request.form.get("activity", ""), request.form.get("etag", "")
    try:
        delete_entry(database(), found.store, "nuggets", activity, _conditions(etag))
    except PreconditionFailedError:
        return _told_of_change(found, Editor(activity, read_typed(request.form), etag))
    return _back("deleted")


@blueprint.post("/catalogue/import")
@form
def post_import() -> Response:
    """Enter every line of a CSV, or none."""
    found = require(WRITE)
    kind = next((one for one in IMPORTED if one == request.form.get("kind")), None)
    file = request.files.get("file")
    try:
        if kind is None or file is None or not file.filename:
            raise RequestRefusedError("No file was sent; choose what it holds and a CSV.", path="file")
        body = file.read(LARGEST_TABLE + 1)
        if len(body) > LARGEST_TABLE:
            raise RequestRefusedError("This file has more than 8 MiB; send it in parts.", path="file")
        written = import_lines(database(), found.store, kind, read_table(body, ROWS[kind]))
    except (InvalidInputError, RequestRefusedError) as error:
        return catalogue_page(
            found, NuggetQuery(ON_A_PAGE), status=error.status, import_problem=error.message, kind=kind
        )
    return catalogue_page(found, NuggetQuery(ON_A_PAGE), written=written, kind=kind)


def _conditions(etag: str) -> Preconditions:
    """Return that the entry is still the one that the form was made of, or still none."""
    return (
        Preconditions(if_match=frozenset({etag})) if etag else Preconditions(if_none_match=frozenset({ANY}))
    )


def _told_of_change(found: Visitor, editor: Editor) -> Response:
    """Show the form again with all that was typed, beside what somebody else has saved; saving again is deliberate."""
    listed = find_listed(database(), found.store, editor.activity)
    entry = listed.entry if listed else None
    told = Editor(
        editor.activity,
        editor.typed,
        entry.etag if entry else "",
        problem=texts.text("catalogue.changed_meanwhile" if entry else "catalogue.deleted_meanwhile"),
        theirs=typed_of(entry.values if entry else {}),
    )
    return _form(found, told, listed, HTTPStatus.PRECONDITION_FAILED)


def _editor(activity: str, listed: Listed) -> Editor:
    entry = listed.entry
    return Editor(activity, typed_of(entry.values if entry else {}), entry.etag if entry else "")


def _form(found: Visitor, editor: Editor, listed: Listed | None, status: int = 200) -> Response:
    nugget = listed.nugget if listed else Nugget(editor.activity)
    title = nugget.title(texts.language()) or texts.text(
        "catalogue.new" if editor.is_new else "catalogue.untitled"
    )
    return page(
        "catalogue/nugget.html",
        title=title,
        status=status,
        editor=editor,
        nugget=nugget,
        shown=typed_of(shown_values(nugget)),
        repairs=[one for one in REPAIRS if listed and needs(nugget, one, now_us())],
        modalities=MODALITIES,
        fields=("activity", *VALUES["nuggets"].fields),
        may_write=found.allows(WRITE),
        back=request.values.get("back", ""),
        is_part=wants_part(),
    )


def _back(done: str) -> Response:
    """Lead back to the list, at the page and with the filters that it had."""
    address = link(f"/catalogue?{_kept(request.form.get('back', ''), done)}")
    if wants_part():
        return Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": address})
    return redirect(address, HTTPStatus.SEE_OTHER)


def _kept(back: str, done: str) -> str:
    pairs = {name: value for name, value in parse_qsl(back) if name != "done"}
    return urlencode({**pairs, "done": done})
