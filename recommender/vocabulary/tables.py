"""Vocabularies as CSV: the defaults of this release, and a store's own rows, which replace them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from typing import Any, Literal

from recommender.vocabulary.meanings import ActivityTypeMeaning, VerbMeaning, Vocabulary
from schemas import tables
from schemas.errors import InvalidInputError
from schemas.json_text import dump_json, parse_json
from schemas.meanings import TYPE_ROW, VERB_ROW

TableName = Literal["verbs", "types"]
Row = Mapping[str, Any]
Rows = Mapping[str, Row]

TABLES: tuple[TableName, ...] = ("verbs", "types")
FILES: Mapping[TableName, str] = {"verbs": "verbs.csv", "types": "activity_types.csv"}
READER_VERSION = "5"
"""Raise it when Statements are read in another way, so that every store reads all of its Statements again."""

ROWS: Mapping[TableName, tables.Row] = {"verbs": VERB_ROW, "types": TYPE_ROW}


def parse_rows(name: TableName, body: bytes) -> dict[str, Row]:
    """Return the rows of a CSV by IRI; raise InvalidInputError naming every line that does not fit."""
    return {line.values["iri"]: line.values for line in tables.read_table(body, ROWS[name])}


def write_rows(name: TableName, rows: Rows) -> bytes:
    """Return rows as a CSV."""
    return tables.write_rows(ROWS[name], list(rows.values()))


@lru_cache(maxsize=2)
def default_rows(name: TableName) -> Rows:
    """Return the rows of this release."""
    return parse_rows(name, resources.files("recommender.vocabulary").joinpath(FILES[name]).read_bytes())


def effective_rows(name: TableName, own: bytes) -> Rows:
    """Return the defaults, replaced by a store's own rows (JSON text, by IRI) where it has any."""
    return {**default_rows(name), **parse_json(own)}


def check_names(verbs: Rows) -> None:
    """Raise InvalidInputError if a verb takes back something that is not a canonical verb."""
    known = {row["canonical"] for row in verbs.values()}
    for iri, row in verbs.items():
        undone = row.get("takes_back")
        if undone and undone not in known:
            raise InvalidInputError(
                f"{iri}: takes_back names {undone!r}, which is not a canonical verb; use one of the column canonical",
                path="takes_back",
            )


@lru_cache(maxsize=32)
def make_vocabulary(verbs: bytes, types: bytes) -> Vocabulary:
    """Return the defaults, replaced by a store's own rows (JSON text, by IRI) where it has any."""
    rows = {"verbs": effective_rows("verbs", verbs), "types": effective_rows("types", types)}
    marks = b"\n".join([READER_VERSION.encode(), *(dump_json(found) for found in rows.values())])
    return Vocabulary(
        {iri: _verb(row) for iri, row in rows["verbs"].items()},
        {iri: _type(row) for iri, row in rows["types"].items()},
        sha256(marks).hexdigest(),
    )


def _verb(row: Row) -> VerbMeaning:
    return VerbMeaning(
        canonical=row["canonical"],
        kind=row["class"],
        strength=row["strength"],
        positive=row.get("positive", "no"),
        min_score=row.get("least_score"),
        negative_below=row.get("negative_below"),
        completes=row.get("completes", "no"),
        min_progress=row.get("least_progress"),
        is_peer_edge=row.get("peer_edge", False),
        takes_back=row.get("takes_back", ""),
        values_post=row.get("values_post", False),
        makes_post=row.get("makes_post", ""),
        private=row.get("private", False),
    )


def _type(row: Row) -> ActivityTypeMeaning:
    return ActivityTypeMeaning(
        row["name"],
        row["class"],
        row["nugget"],
        row.get("least_valued", 0),
        row.get("thread", ""),
        row.get("private", False),
    )
