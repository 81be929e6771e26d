"""The common parts of the resources for people's entries: keys, preconditions, CSV in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from itertools import chain

from flask import Response, request

from lrs.config import MEBIBYTE
from lrs.resources.entities import sent_preconditions
from lrs.resources.requests import authenticate, csv_body, json_body, note_count, require_learner
from lrs.storage.database import Database, StoreId
from recommender.api.requests import query_pairs, respond, serving
from recommender.catalogue.editing import delete_entry, import_lines, put_entry
from recommender.storage.entries import Entry, Kind
from schemas.catalogue import KEYS, NOTHING_ASKED, ROWS, WrittenSchema, parse_values
from schemas.payloads import Values
from schemas.tables import iterate_csv, read_table

READ = "catalogue/read"
WRITE: Mapping[Kind, str] = {
    "nuggets": "catalogue/write",
    "roles": "catalogue/write",
    "labels": "catalogue/write",
    "learners": "learners/write",
}
"""The scope that lets a credential enter each kind."""
PRECONDITIONS = ("If-Match", "If-None-Match")
CSV_TYPE = "text/csv"
LARGEST_ENTRY = 64 * 1024
LARGEST_TABLE = 16 * MEBIBYTE
_WRITTEN = WrittenSchema()

KeyOf = Callable[[Database, StoreId, str], str]


def named_key(kind: Kind) -> str:
    """Return the one parameter of the request, the key of what it is about; raise InvalidInputError."""
    return str(KEYS[kind].read(query_pairs())[ROWS[kind].key])


def put(kind: Kind, key_of: KeyOf, *, keeps_name: bool = False) -> Response:
    """Replace the values under the key by those of the body."""
    store, named = _open(kind)
    conditions = sent_preconditions()
    values = parse_values(kind, json_body(LARGEST_ENTRY))
    values = {ROWS[kind].key: named, **values} if keeps_name else values
    database = serving().database
    entry = put_entry(database, store, kind, key_of(database, store, named), values, conditions)
    return with_etag(Response(status=HTTPStatus.NO_CONTENT), entry)


def delete(kind: Kind, key_of: KeyOf) -> Response:
    """Delete what was entered."""
    store, named = _open(kind)
    database = serving().database
    delete_entry(database, store, kind, key_of(database, store, named), sent_preconditions())
    return Response(status=HTTPStatus.NO_CONTENT)


def post(kind: Kind) -> Response:
    """Enter every line of a CSV or none."""
    credential = authenticate(WRITE[kind], work="write")
    NOTHING_ASKED.read(query_pairs())
    if kind == "learners":
        require_learner(credential, None)
    lines = read_table(csv_body(LARGEST_TABLE), ROWS[kind])
    written = import_lines(serving().database, credential.store.id, kind, lines)
    note_count(written)
    return respond(_WRITTEN, {"written": written})


def _open(kind: Kind) -> tuple[StoreId, str]:
    """Return the store and the key of what the request writes, if its credential may write that."""
    credential, named = authenticate(WRITE[kind], work="write"), named_key(kind)
    if kind == "learners":
        require_learner(credential, named)
    return credential.store.id, named


def wants_csv() -> bool:
    """Return whether the request prefers CSV to JSON."""
    offered = ["application/json", CSV_TYPE]
    return request.accept_mimetypes.best_match(offered, default=offered[0]) == CSV_TYPE


def csv_response(kind: Kind, read: Callable[[], Iterable[Values]]) -> Response:
    """Answer the rows that `read` gives as a CSV file, while they are read."""
    parts = iterate_csv(ROWS[kind], read)
    first = next(parts)  # before the head is sent, so that a database that is away is answered 503
    response = Response(chain([first], parts), content_type=f"{CSV_TYPE}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    return response


def with_etag(response: Response, entry: Entry | None) -> Response:
    """Add the ETag of what was entered, if anything was."""
    if entry is not None:
        response.set_etag(entry.etag)
    return response
