"""Who took what and when, as xAPI Statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from schemas.timestamps import format_timestamp
from schemas.vocabulary import COMPLETED, COURSE


@dataclass(frozen=True, slots=True)
class Take:
    """One row of a file: a learner took an item at a time (us); `line` makes the id of its Statement unique."""

    line: int
    learner: str
    item: str
    title: str
    at: int


def completed_statement(take: Take, base: str) -> dict[str, Any]:
    """Return a `completed` Statement, the same for the same take; its ids hang on the IRI `base`."""
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{base}/{take.line}/{take.learner}/{take.item}")),
        "actor": {"objectType": "Agent", "account": {"homePage": base, "name": take.learner}},
        "verb": {"id": COMPLETED, "display": {"en": "completed"}},
        "object": {
            "id": iri_of(take.item, base),
            "definition": {"type": COURSE, "name": {"und": take.title}},
        },
        "timestamp": format_timestamp(take.at),
    }


def iri_of(item: str, base: str) -> str:
    """Return the id of an item's Activity."""
    return f"{base}/items/{quote(item, safe='')}"
