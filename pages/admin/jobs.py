"""What runs for a store, and what has run: trainings, readings, erasures and removals, exports."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from lrs.privacy.auditing import find_lines, names_of_credentials
from lrs.resources.requests import database
from lrs.storage.database import StoreId
from lrs.storage.erasures import ErasuresRepository
from pages import texts
from pages.admin.sections import MANAGE, admin_page, columns, serve_files
from pages.tables import Table, Value
from pages.visitors import require
from recommender.models.registry import list_history
from recommender.storage.locks import find_held_locks
from schemas.timestamps import format_timestamp

blueprint = Blueprint("admin_jobs", __name__)
_PATH = "/admin/jobs"
_WHAT_RAN = "it names jobs and when they ran, nobody whom they were about"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {(f"{_PATH}{kind}", "GET"): _WHAT_RAN for kind in ("", ".csv", ".json")}
EXPORTS = frozenset({"/privacy/export", "/admin/privacy/export", "learnerprise privacy export"})
MOST_LINES, MOST_OF_A_KIND = 1_000, 50
"""So many lines of the audit are looked at for exports, which are recorded there alone."""
RUNNING, FINISHED = "running", "finished"

Row = dict[str, Value]


def jobs_table() -> Table:
    """Return what runs, and then what has run, the newest first."""
    store = require(MANAGE).store
    rows = [_job(name, RUNNING) for name in sorted(find_held_locks(database(), store))]
    rows += [*_erasures(store), *_trainings(store), *_exports(store)]
    rows.sort(
        key=lambda row: (row["finished"] is None, row["finished"] or row["started"] or ""), reverse=True
    )
    shown = columns("job", "state", "started", "finished", "what", "by", "count", numbers=("count",))
    return Table("jobs", shown, rows)


serve_files(blueprint, _PATH, jobs_table)


@blueprint.get(_PATH)
def get_jobs() -> Response:
    """Show what runs and what has run."""
    return admin_page("admin.jobs", table=jobs_table())


def _job(name: str, state: str, **values: Value) -> Row:
    """Return the row of a job, in the words of the language."""
    words = {"job": texts.text(f"admin.job_{name}"), "state": texts.text(f"admin.state_{state}")}
    return {**words, **dict.fromkeys(("started", "finished", "what", "by", "count")), **values}


def _erasures(store: StoreId) -> list[Row]:
    return [
        _job(
            "removal" if one.id.startswith("selection-") else "erasure",
            FINISHED if one.finished else RUNNING,
            started=format_timestamp(one.started)[:19],
            finished=format_timestamp(one.finished)[:19] if one.finished else None,
            what=one.id[:18],
            count=sum(one.counts.values()),
        )
        for one in ErasuresRepository(database(), store).list_all()[:MOST_OF_A_KIND]
    ]


def _trainings(store: StoreId) -> list[Row]:
    return [
        _job(
            "training",
            FINISHED,
            finished=format_timestamp(one.created)[:19],
            what=texts.text("admin.version_named", version=one.version),
            count=one.facts.get("learners"),
        )
        for one in list_history(database(), store)[:MOST_OF_A_KIND]
    ]


def _exports(store: StoreId) -> list[Row]:
    lines = [one for one in find_lines(database(), store, None, MOST_LINES).lines if one["route"] in EXPORTS]
    names = names_of_credentials(database(), lines)
    return [
        _job(
            "export",
            FINISHED,
            started=format_timestamp(one["at"])[:19],
            finished=format_timestamp(one["at"])[:19],
            by=names.get(one["key"], one["key"]),
            count=one["count"],
        )
        for one in lines[:MOST_OF_A_KIND]
    ]
