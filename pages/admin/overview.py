"""The first page of administration: whether all is well, in five numbers, and where the rest stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from babel.dates import format_timedelta
from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from lrs.config import MEBIBYTE
from lrs.resources.health import find_readiness
from lrs.resources.paths import link
from lrs.resources.requests import database, own_origin, service
from lrs.statements.browsing import newest_stored
from lrs.statements.feed import iterate_statements
from lrs.storage.database import StoreId
from lrs.storage.page_views import iterate_views
from lrs.storage.stored_time import now_us
from pages import texts
from pages.admin.sections import MANAGE, SECTIONS, admin_page, columns, serve_files
from pages.tables import Table, Value
from pages.visitors import require, visitor
from recommender.insights.months import date_of, today
from recommender.storage.reading import find_watermark, stored_us
from schemas.floors import told

blueprint = Blueprint("admin_overview", __name__)
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {
    ("/admin", "GET"): "it says how the service is, nothing of people",
    **{
        (f"/admin/views.{kind}", "GET"): "it counts views of pages, without people"
        for kind in ("csv", "json")
    },
}
SECOND_US, VIEW_DAYS = 1_000_000, (1, 7, 30)
BEHIND_US = 60 * SECOND_US
"""Statements that the recommender has not read for so long are worth a look."""


@dataclass(frozen=True, slots=True)
class Strip:
    """How the service and one store are; times in us, None for what has not been or is not told."""

    status: str
    warnings: tuple[str, ...]
    newest: int | None
    read_until: int | None
    behind_us: int
    consistent_through: int
    free_mib: int | None
    floor_mib: int
    now: int

    @property
    def is_behind(self) -> bool:
        """Return whether the reading is so late that somebody should look."""
        return self.behind_us > BEHIND_US

    @property
    def is_full(self) -> bool:
        """Return whether writes are refused for lack of space."""
        return self.free_mib is not None and self.free_mib < self.floor_mib


def find_strip(store: StoreId) -> Strip:
    """Look at the service and at a store."""
    status, warnings = find_readiness()
    watermark, now = find_watermark(database(), store), now_us()
    unread = next(iterate_statements(database(), store, after=watermark, batch=1), None)
    space = service().disk_space
    disk = space.measure()
    return Strip(
        status,
        tuple(warnings),
        newest_stored(database(), store),
        stored_us(watermark) or None,
        max(0, now - unread.stored) if unread else 0,
        service().clock.consistent_through(store),
        disk.free // MEBIBYTE if disk else None,
        space.floor(disk) // MEBIBYTE if disk else 0,
        now,
    )


@blueprint.get("/admin")
def get_overview() -> Response:
    """Show how the service and the store are; lead somebody who runs a part of it to that part."""
    allowed = [section for section in SECTIONS if visitor().allows(section.scope)]
    if allowed and not visitor().allows(MANAGE):
        return redirect(link(allowed[0].path), HTTPStatus.SEE_OTHER)
    found = require(MANAGE)
    strip = find_strip(found.store)
    behind = format_timedelta(timedelta(microseconds=strip.behind_us), locale=texts.language())
    store = found.credential.store
    shown = {"strip": strip, "behind": behind, "store": store, "origin": own_origin()}
    return admin_page("admin.overview", table=views_table(), **shown)


def views_table() -> Table:
    """Return how often each page was looked at in the last days, in steps of five: few views may tell of one person."""
    store, last = require(MANAGE).store, date_of(today())
    counts: dict[str, list[int]] = {}
    for day, route, number in iterate_views(database(), store, last - timedelta(days=VIEW_DAYS[-1] - 1)):
        spans = counts.setdefault(route, [0] * len(VIEW_DAYS))
        for at, days in enumerate(VIEW_DAYS):
            spans[at] += number * ((last - day).days < days)
    rows: list[dict[str, Value]] = [
        {"page": route, **{f"last_{days}": told(some) for days, some in zip(VIEW_DAYS, spans, strict=True)}}
        for route, spans in sorted(counts.items())
        if told(spans[-1])
    ]
    numbers = tuple(f"last_{days}" for days in VIEW_DAYS)
    return Table("views", columns("page", *numbers, numbers=numbers), rows)


serve_files(blueprint, "/admin/views", views_table)
