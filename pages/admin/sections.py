"""What the pages of administration share: their list of sections, tables with files, acts that tell what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from lrs.errors import LrsError
from lrs.resources.paths import link
from lrs.storage.database import Database, StoreId
from lrs.storage.stores import list_credential_rows
from pages import texts
from pages.rendering import page
from pages.tables import Column, Table, as_csv, as_json
from pages.visitors import require, visitor
from recommender.errors import RecommenderError
from schemas.errors import InvalidInputError

MANAGE, MODELS, PRIVACY = "stores/manage", "models/manage", "privacy/manage"
READING = "statements/read"
REFUSALS = (LrsError, RecommenderError, InvalidInputError)
"""What an act of somebody can be refused with: the page says why, and keeps what was typed."""
FROM_SERVER = 500


@dataclass(frozen=True, slots=True)
class Section:
    """A page of administration: its address, the key of its name, and the scope that shows it."""

    path: str
    key: str
    scope: str

    @property
    def about(self) -> str:
        """The key of the sentence that says what is there."""
        return f"admin.about_{self.key.removeprefix('admin.')}"


SECTIONS = (
    Section("/admin", "admin.overview", MANAGE),
    Section("/admin/live", "admin.live", READING),
    Section("/admin/statements", "admin.statements", READING),
    Section("/admin/refused", "admin.refused", MANAGE),
    Section("/admin/credentials", "admin.credentials", MANAGE),
    Section("/admin/models", "admin.models", MODELS),
    Section("/admin/jobs", "admin.jobs", MANAGE),
    Section("/admin/privacy", "admin.privacy", PRIVACY),
    Section("/admin/people", "admin.people", PRIVACY),
)


def admin_page(key: str, status: int = 200, /, **values: object) -> Response:
    """Return the page of a section, named by the key of its title, with the list of those that the visitor may see."""
    shown = [one for one in SECTIONS if visitor().allows(one.scope)]
    done = request.args.get("done", "")
    values = {
        "sections": shown,
        "done": f"admin.done_{done}" if f"done_{done}" in texts.area_texts("admin") else "",
        **values,
    }
    template = f"admin/{key.removeprefix('admin.')}.html"
    return page(template, title=texts.text(key), status=status, **values)


def done(path: str, what: str) -> AnyResponse:
    """Lead back to a page, which then says what was done: a form that is sent is not sent again by reloading."""
    return redirect(link(f"{path}?done={what}"), 303)


def or_told(act: Callable[[], AnyResponse], show: Callable[[str, int], AnyResponse]) -> AnyResponse:
    """Do what a form asks for; where it is refused, `show` the page with the reason and what was typed."""
    try:
        return act()
    except REFUSALS as error:
        if isinstance(error, LrsError) and error.status >= FROM_SERVER:
            raise  # the database is away, and the page would not come either
        return show(error.message, error.status)


def require_reading() -> StoreId:
    """Return the store of somebody who runs it and may read its Statements; raise ForbiddenError."""
    require(MANAGE)
    return require(READING).store


TIMES = frozenset({"started", "finished"})


def columns(*keys: str, numbers: tuple[str, ...] = ()) -> tuple[Column, ...]:
    """Return the columns of a table, named by the texts of the area."""
    return tuple(Column(key, texts.text(f"admin.column_{key}"), key in numbers, key in TIMES) for key in keys)


def serve_files(blueprint: Blueprint, path: str, make: Callable[[], Table]) -> None:
    """Let a table be had as a file below its page: `.csv` and `.json`."""
    name = make.__name__
    blueprint.add_url_rule(f"{path}.csv", f"{name}_csv", lambda: as_csv(make()))
    blueprint.add_url_rule(f"{path}.json", f"{name}_json", lambda: as_json(make()))


def credential_names(database: Database, store: StoreId) -> dict[str, str]:
    """Return the names of the credentials of a store, revoked ones too, by key."""
    return {row.key: row.name for row in list_credential_rows(database, store)}
