"""The About Resource (xAPI 1.0.3 Communication 2.8): which versions are served. Needs no credential."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request

from lrs.auth.scopes import SCOPES
from lrs.errors import ForbiddenError, RequestRefusedError, TooManyRequestsError, UnauthorizedError
from lrs.resources.requests import authenticate, settings
from schemas.answers import AboutSchema
from schemas.json_text import dump_json
from schemas.versions import VERSIONS

blueprint = Blueprint("about", __name__)

_ABOUT = AboutSchema()

EXTENSION_LIMITS = "https://learnerprise.org/xapi/extensions/limits"


@blueprint.get("/xapi/about")
def get_about() -> Response:
    """Answer the versions, those of the store where a credential is sent, and the limits of this service."""
    if request.args:
        name = next(iter(request.args))
        raise RequestRefusedError(f"The parameter {name!r} is not known for About; leave it out.", path=name)
    versions = _versions()
    limits = {
        "maxBodyBytes": settings().max_body_bytes,
        "maxStatementBytes": settings().max_statement_bytes,
        "maxDocumentBytes": settings().max_document_bytes,
        "maxAttachmentBytes": settings().max_attachment_bytes,
        "maxBatch": settings().max_batch,
        "maxPage": settings().max_page,
    }
    body = {"version": list(versions), "extensions": {EXTENSION_LIMITS: limits}}
    return Response(dump_json(_ABOUT.dump(body)), mimetype="application/json")


def _versions() -> Sequence[str]:
    """Return the versions of the store whose credential is sent; all versions where none, or none that is good, is."""
    try:
        return authenticate(*SCOPES).store.versions
    except (UnauthorizedError, ForbiddenError, TooManyRequestsError):
        return VERSIONS
