"""A store's vocabulary as CSV: what its Verbs and Activity types mean for recommendations."""

from __future__ import annotations

from typing import Any, cast

from marshmallow import fields

from schemas.tables import Row
from schemas.values import Flag, Iri, Number, Text, Whole, Word

CLASSES = ("formal", "informal", "social", "system", "test", "other")


class MeaningRow(Row):
    """The meaning of one IRI."""

    rule = "Learnerprise vocabulary"
    key = "iri"


def _row(name: str, columns: dict[str, fields.Field[Any]]) -> Row:
    """Return the schema of these columns, one of which is called `class`."""
    return cast(Row, MeaningRow.from_dict(columns, name=name)())


VERB_ROW = _row(
    "VerbRow",
    {
        "iri": Iri(required=True),
        "canonical": Text(required=True),
        "class": Word(*CLASSES, required=True),
        "strength": Whole(-5, 5, required=True),
        "positive": Word("yes", "no", "addressed"),
        "least_score": Number(0, 1),
        "negative_below": Number(0, 1),
        "completes": Word("yes", "no", "never"),
        "least_progress": Number(0, 1),
        "peer_edge": Flag(),
        "takes_back": Text(),
        "values_post": Flag(),
        "makes_post": Word("yes", "reply"),
        "private": Flag(),
    },
)
TYPE_ROW = _row(
    "TypeRow",
    {
        "iri": Iri(required=True),
        "name": Text(required=True),
        "class": Word(*CLASSES, required=True),
        "nugget": Word("yes", "no", "social", "course", required=True),
        "least_valued": Whole(0, 1000),
        "thread": Word("yes", "forum"),
        "private": Flag(),
    },
)
