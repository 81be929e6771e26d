"""Which requests were refused, by credential and rule; no value that anybody sent is kept."""

from __future__ import annotations

from flask import Blueprint, Response, request

from lrs.auth.credentials import list_credentials
from lrs.auth.refusals import find_refusals
from lrs.resources.requests import database
from lrs.storage.refusals import KEPT
from pages import texts
from pages.admin.sections import MANAGE, admin_page, columns, serve_files
from pages.tables import Table, Value
from pages.visitors import require
from schemas.timestamps import format_timestamp

blueprint = Blueprint("admin_refused", __name__)
_NOBODY = "it counts refusals, without people"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {(f"/admin/refused{kind}", "GET"): _NOBODY for kind in ("", ".csv", ".json")}
DAYS = (1, 7, KEPT.days)
MOST = 200


def refused_table() -> Table:
    """Return the newest refusals of the days asked for."""
    store = require(MANAGE).credential.store
    credentials = {row.key: row for row in list_credentials(database(), store)}
    rows: list[dict[str, Value]] = []
    for one in find_refusals(database(), store, asked_days())[:MOST]:
        credential = credentials.get(one.kind.key)
        row: dict[str, Value] = {
            "day": one.day,
            "name": credential.name if credential else "",
            "key": one.kind.key,
            "revoked": texts.text("admin.yes") if credential and credential.revoked else "",
            "code": one.kind.code,
            "rule": one.kind.rule,
            "count": one.count,
            "last": format_timestamp(one.last)[:19],
        }
        rows.append(row)
    shown = columns("day", "name", "key", "revoked", "code", "rule", "count", "last", numbers=("count",))
    return Table("refused", shown, rows)


def asked_days() -> int:
    """Return for how many days refusals are asked for; 7 where that cannot be read."""
    asked = request.args.get("days", "")
    return int(asked) if asked in map(str, DAYS) else DAYS[1]


@blueprint.get("/admin/refused")
def get_refused() -> Response:
    """Show which requests were refused."""
    return admin_page("admin.refused", table=refused_table(), days=asked_days(), choices=DAYS)


serve_files(blueprint, "/admin/refused", refused_table)
