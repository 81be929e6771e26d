"""Searches of the catalogue in MongoDB: who searched for which term, and whether anything was found, for 90 days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from bson import ObjectId
from pymongo.errors import PyMongoError

from lrs.storage.database import Database, StoreId

KEPT_DAYS = 90
_FIELDS = ("persona", "term", "at", "found")


@dataclass(frozen=True, slots=True)
class SearchMade:
    """A learner searched for a term at a time (us), and `found` something or nothing."""

    persona: ObjectId
    term: str
    at: int
    found: bool


class SearchNotKeptError(Exception):
    """The database did not take a search; its answer is as good without it."""


def insert_searches(database: Database, store: StoreId, made: Sequence[SearchMade]) -> None:
    """Keep searches for 90 days; raise SearchNotKeptError if the database does not accept all of them."""
    rows = [
        {
            **{name: getattr(one, name) for name in _FIELDS},
            "expires": datetime.fromtimestamp(one.at / 1_000_000, timezone.utc) + timedelta(days=KEPT_DAYS),
        }
        for one in made
    ]
    try:
        database.collection("searches", store).insert_many(rows, ordered=False)
    except PyMongoError as error:
        raise SearchNotKeptError(str(error)[:200]) from error


def iterate_searches(
    database: Database, store: StoreId, since_us: int, until_us: int
) -> Iterator[SearchMade]:
    """Yield the searches of a time (`since_us` included, `until_us` not), in no order: own ones and reported ones.

    Those that other sites report as Statements are among the interactions.
    """
    between = {"at": {"$gte": since_us, "$lt": until_us}}
    for row in database.collection("searches", store).iterate(between, _FIELDS):
        yield SearchMade(row["persona"], row["term"], row["at"], row["found"])
    reported = database.collection("interactions", store)
    for row in reported.iterate({"verb": "searched", **between, "private": {"$ne": True}}):
        yield SearchMade(row["persona"], row.get("term", ""), row["at"], row["score"] != 0.0)
