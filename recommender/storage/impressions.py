"""Impressions in MongoDB: what was shown to whom and when, one document per answer, each with its end of life."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from sys import intern
from typing import Any, Literal

from bson import ObjectId
from pymongo import DESCENDING
from pymongo.errors import PyMongoError

from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from lrs.storage.tenancy import Update

ImpressionKind = Literal["nuggets", "peers"]

ERASED = "erased"
"""Stands in impressions for a learner who was erased."""
LONGEST_REASON = 200
_FIELDS = ("persona", "at", "kind", "model", "shown", "probabilities")


class ImpressionNotKeptError(Exception):
    """The database did not take an impression; the answer is as good without it."""


@dataclass(frozen=True, slots=True)
class Impression:
    """The items that one answer showed a learner, best first: Activity ids, or the personas of peers as texts.

    `at` is microseconds since the epoch; `model` the version that ranked, None for popularity or social acts.
    `probabilities` say how likely each was to be shown, as a few places are drawn at random; empty where all were
    certain.
    """

    persona: ObjectId
    at: int
    kind: ImpressionKind
    model: int | None
    shown: tuple[str, ...]
    probabilities: tuple[float, ...] = ()

    def probability_of(self, target: str) -> float:
        """Return how likely an item was to be shown."""
        return self.probabilities[self.shown.index(target)] if self.probabilities else 1.0


def insert_impressions(
    database: Database, store: StoreId, impressions: Sequence[Impression], kept_days: int
) -> None:
    """Keep impressions for some days; raise ImpressionNotKeptError if the database does not accept all of them."""
    rows = [_row(impression, kept_days) for impression in impressions]
    try:
        database.collection("impressions", store).insert_many(rows, ordered=False)
    except PyMongoError as error:
        raise ImpressionNotKeptError(str(error)[:LONGEST_REASON]) from error


def _row(impression: Impression, kept_days: int) -> dict[str, Any]:
    seen = datetime.fromtimestamp(impression.at / 1_000_000, timezone.utc)
    return {
        "persona": impression.persona,
        "at": impression.at,
        "kind": impression.kind,
        "model": impression.model,
        "shown": list(impression.shown),
        "probabilities": list(impression.probabilities),
        "expires": seen + timedelta(days=kept_days),
    }


def iterate_impressions(
    database: Database, store: StoreId, kind: ImpressionKind, since_us: int, until_us: int
) -> Iterator[Impression]:
    """Yield the impressions of a kind and time (`since_us` included, `until_us` not), in no order."""
    condition = {"kind": kind, "at": {"$gte": since_us, "$lt": until_us}}
    rows = database.collection("impressions", store).iterate(condition, _FIELDS)
    return map(_impression, rows)


def iterate_newest_impressions(
    database: Database, store: StoreId, kind: ImpressionKind, since_us: int, most: int
) -> Iterator[Impression]:
    """Yield the newest impressions of a kind since a time (us), at most so many."""
    condition = {"kind": kind, "at": {"$gte": since_us}}
    rows = database.collection("impressions", store)
    return map(_impression, rows.iterate(condition, _FIELDS, sort=[("at", DESCENDING)], limit=most))


def _impression(row: dict[str, Any]) -> Impression:
    shown = tuple(map(intern, row["shown"]))  # the same few ids in very many impressions
    return Impression(
        row["persona"], row["at"], row["kind"], row["model"], shown, tuple(row.get("probabilities", ()))
    )


def delete_impressions_of(database: Database, store: StoreId, persona: ObjectId) -> int:
    """Delete what was shown to a learner; return how many impressions there were."""
    return database.collection("impressions", store).delete_many({"persona": persona})


def forget_shown(database: Database, store: StoreId, persona: ObjectId) -> int:
    """Put `ERASED` in the place of a learner who was suggested to others; return in how many impressions."""
    rows, changed = database.collection("impressions", store), 0
    found = rows.iterate({"kind": "peers", "shown": str(persona)}, ["shown"])
    for some in in_chunks(found, weigh=lambda row: len(row["shown"])):
        changes = [
            Update(
                {"_id": row["_id"]},
                {"$set": {"shown": [ERASED if one == str(persona) else one for one in row["shown"]]}},
            )
            for row in some
        ]
        rows.bulk_write(changes)
        changed += len(changes)
    return changed


@dataclass(frozen=True, slots=True)
class Act:
    """An act of a learner on a nugget or for another learner (`target`: Activity id or persona as a text)."""

    persona: ObjectId
    target: str
    at: int
    verb: str
    positive: bool
    completed: bool


def find_acts(
    database: Database,
    store: StoreId,
    kind: ImpressionKind,
    personas: Sequence[ObjectId],
    between: tuple[int, int],
) -> list[Act]:
    """Return what these learners did between two times (us), without acts that speak against their target."""
    field = "item" if kind == "nuggets" else "peer"
    condition = {"persona": {"$in": list(personas)}, "at": {"$gte": between[0], "$lte": between[1]}}
    fields = ("persona", field, "at", "verb", "strength", "positive", "completed")
    rows = database.collection("interactions", store).iterate(condition, fields)
    return [
        Act(row["persona"], str(row[field]), row["at"], row["verb"], row["positive"], row["completed"])
        for row in rows
        if row[field] is not None and row["strength"] > 0
    ]
