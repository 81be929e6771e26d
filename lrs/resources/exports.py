"""The export of a person over HTTP: to a tool that manages privacy, and to the learner."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack

from flask import Blueprint, Response, request, send_file

from lrs.auth.stores import Store
from lrs.privacy.exporting import export_person
from lrs.resources.erasures import service_holdings
from lrs.resources.requests import authenticate, require_learner, service
from schemas.privacy import ExportQuerySchema

PATH = "/privacy/export"
SCOPES = ("record/read/mine", "privacy/manage")

blueprint = Blueprint("exports", __name__)
_QUERY = ExportQuerySchema()


@blueprint.get(PATH)
def get_export() -> Response:
    """Answer all that is held of a person, as a zip: `index.html` to read, and files of JSON lines.

    Others are named in it only where the person addressed them.
    """
    credential = authenticate(*SCOPES, work="search")
    query = _QUERY.read(list(request.args.items(multi=True)))
    require_learner(credential, query.identifier)
    return zipped_export(credential.store, query.identifier)


def zipped_export(store: Store, identifier: str) -> Response:
    """Answer all that is held of a person, as a zip; raise NotFoundError for somebody unknown."""
    with ExitStack() as unless_sent:
        zipped = unless_sent.enter_context(
            tempfile.TemporaryFile()
        )  # without a name: it goes with the process
        export_person(service().database, store, identifier, service_holdings(), zipped)
        zipped.seek(0)
        answer = send_file(zipped, "application/zip", as_attachment=True, download_name="export.zip")
        unless_sent.pop_all()  # the answer closes it
    return answer
