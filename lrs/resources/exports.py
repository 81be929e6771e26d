"""The export of a person over HTTP: to a tool that manages privacy, and to the learner."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, Response, request, send_file

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
    folder = tempfile.TemporaryDirectory(prefix="learnerprise-export-")
    path = Path(folder.name) / "export.zip"
    try:
        export_person(service().database, credential.store, query.identifier, service_holdings(), path)
        answer = send_file(path.open("rb"), "application/zip", as_attachment=True, download_name="export.zip")
    finally:
        folder.cleanup()  # an open file is read to its end, whatever became of its name
    return answer
