"""Health for load balancers and orchestrators: alive (the process) and ready (the database too)."""

from __future__ import annotations

from flask import Blueprint, Response

from lrs.resources.requests import database
from lrs.storage.driver_errors import unavailable_when_unreachable
from schemas.answers import HealthSchema
from schemas.json_text import dump_json

blueprint = Blueprint("health", __name__)

_HEALTH = HealthSchema()


@blueprint.get("/health/alive")
def get_alive() -> Response:
    """Answer that this process runs."""
    return Response(dump_json(_HEALTH.dump({"status": "alive"})), mimetype="application/json")


@blueprint.get("/health/ready")
def get_ready() -> Response:
    """Answer that the database answers, or 503."""
    with unavailable_when_unreachable():
        database().client.admin.command("ping")
    return Response(dump_json(_HEALTH.dump({"status": "ready"})), mimetype="application/json")
