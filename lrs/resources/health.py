"""Health for load balancers and orchestrators: alive (the process) and ready (the database too)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, current_app

from lrs.resources.requests import database, service
from lrs.storage.counters import find_number, raise_number
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.stored_time import now_us
from schemas.answers import HealthSchema
from schemas.json_text import dump_json

blueprint = Blueprint("health", __name__)

PROBE = "ready"
WARNINGS = "health_warnings"
"""The extension of the application that says what is amiss although everything answers."""

_HEALTH = HealthSchema()


@blueprint.get("/health/alive")
def get_alive() -> Response:
    """Answer that this process runs."""
    return Response(dump_json(_HEALTH.dump({"status": "alive"})), mimetype="application/json")


@blueprint.get("/health/ready")
def get_ready() -> Response:
    """Answer that the database reads and writes, or only reads because its disk is nearly full; or 503.

    Also what is amiss all the same.
    """
    status, warnings = find_readiness()
    found = {"status": status, **({"warnings": warnings} if warnings else {})}
    return Response(dump_json(_HEALTH.dump(found)), mimetype="application/json")


def find_readiness() -> tuple[str, list[str]]:
    """Return `ready` or `read-only`, and what is amiss all the same; raise ServiceUnavailableError."""
    find_warnings: Callable[[], Sequence[str]] = current_app.extensions.get(WARNINGS, tuple)
    read_only = service().disk_space.is_low()
    with unavailable_when_unreachable():
        if not read_only:
            raise_number(database(), PROBE, now_us())
        find_number(database(), PROBE)
        return "read-only" if read_only else "ready", list(find_warnings())
