"""Style sheets, scripts and icons: read once, served under the digest of their bytes, kept by browsers for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Response, abort

from lrs.resources.paths import link

blueprint = Blueprint("static_files", __name__)
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {("/static/<digest>/<path:name>", "GET"): "it is the same for everybody"}

DIGITS = 12
KEPT_FOR_GOOD = "public, max-age=31536000, immutable"
SERVED = {".css", ".js", ".svg", ".png", ".webp", ".woff2"}
FOLDER = Path(__file__).with_name("static")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is served."""

    body: bytes
    digest: str
    mimetype: str


def asset(name: str) -> str:
    """Return the address of a file below `static/`; raise KeyError if there is none."""
    return link(f"/static/{static_files()[name].digest}/{name}")


@blueprint.get("/static/<digest>/<path:name>")
def get_static_file(digest: str, name: str) -> Response:
    """Answer a file. An address of another version has the present one, which is not kept."""
    found = static_files().get(name)
    if found is None:
        abort(404)
    response = Response(found.body, mimetype=found.mimetype)
    if digest == found.digest:
        response.headers["Cache-Control"] = KEPT_FOR_GOOD
    return response


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return every file that is served, by its path below `static/`."""
    paths = [path for path in FOLDER.rglob("*") if path.suffix in SERVED]
    return {path.relative_to(FOLDER).as_posix(): _read(path) for path in paths}


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    kind = guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(body, sha256(body).hexdigest()[:DIGITS], kind)
