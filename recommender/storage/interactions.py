"""Interactions and learner traits in MongoDB: one row per counted Statement and learner."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from operator import itemgetter
from typing import Any, Generic, TypeVar

from bson import ObjectId
from pymongo import DESCENDING
from pymongo.errors import BulkWriteError

from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, Row, StoreId
from lrs.storage.tenancy import StoreCollection
from recommender.storage.insights import mark_days

LEARNERS_PER_READ = 200
ROWS_EACH = 10

Who = TypeVar("Who")
Other = TypeVar("Other")


@dataclass(slots=True)  # freezing makes it ten times as slow to build, and each request builds hundreds
class Interaction(Generic[Who]):
    """One act of a learner, at a time in us; `peer` is another learner concerned.

    Learners are identifiers (str) as read from a Statement, personas (ObjectId) as stored. `item` is an
    Activity id, or None when only another person is concerned. `weight` is for training, about 1 for a plain
    completion. `min_progress` marks a player's event (see VerbMeaning). `takes_back` is a canonical verb,
    `undoes` the id of a Statement taken back. Of a post, `min_valued` tells how many others must value it, and
    `makes_post` that it is the learner's own. `values` is the post that this act values. `about` are the posts
    whose maker the act is done for: the first that has one, unless the Statement itself names somebody (`named`).
    `in_course`: the Statement places the item in a course; `within` are the ids of all that holds the item, courses
    first. `step` is what the act is about where that is no nugget but may be a step of a course. `score` is from 0
    to 1; `failed` tells that the act says so, by its result too. Nobody is named to others for a `private` act.
    `term` is what a search was for; a search is about no nugget and no person.
    """

    statement_id: str
    ordinal: int
    learner: Who
    seq: bytes
    at: int
    item: str | None
    verb: str
    kind: str
    strength: int
    weight: float
    positive: bool
    completed: bool
    session: str
    progress: float | None = None
    min_progress: float | None = None
    peer: Who | None = None
    takes_back: str = ""
    undoes: str = ""
    min_valued: int = 0
    values: str = ""
    makes_post: bool = False
    about: Sequence[str] = ()
    named: bool = False
    in_course: bool = False
    within: Sequence[str] = ()
    step: str = ""
    score: float | None = None
    failed: bool = False
    private: bool = False
    term: str = ""

    @property
    def decides(self) -> bool:
        """Tell whether the act is needed however old it is.

        It is where it tells what the learner completed, failed, took, made or turned away from. `_DECIDES` says the
        same to the database.
        """
        told = self.completed or self.positive or self.strength < 0 or self.progress is not None
        return told or bool(self.takes_back or self.undoes or self.makes_post or self.failed)

    @property
    def activity(self) -> str:
        """Return the id of the Activity that the act is about, a nugget or not; empty if only people are concerned."""
        return self.item or self.step

    @property
    def unit(self) -> str:
        """Return the id of the Activity that the act is a step through; empty for acts about people and posts."""
        return unit_of(self.activity, self.kind, self.makes_post, self.min_valued)

    @property
    def key(self) -> tuple[str, int]:
        """Identify the interaction inside its store."""
        return (self.statement_id, self.ordinal)

    def by(self, learner: Other, peer: Other | None) -> Interaction[Other]:
        """Return the same interaction with the learners named in another way."""
        kept = {name: getattr(self, name) for name, _ in _FIELDS if name not in {"learner", "peer"}}
        return Interaction(learner=learner, peer=peer, **kept)


def unit_of(activity: str, kind: str, makes_post: bool, min_valued: int) -> str:
    """Return the Activity that an act is a step through; empty for acts about people and posts."""
    return "" if kind == "social" or makes_post or min_valued else activity


InteractionRow = Interaction[ObjectId]
"""An interaction as it is stored."""

_FIELDS = tuple((name, "persona" if name == "learner" else name) for name in Interaction.__dataclass_fields__)
"""The fields of an interaction, and how each is named in its document."""
_DECIDES = {
    "$or": [
        {"completed": True},
        {"positive": True},
        {"strength": {"$lt": 0}},
        {"progress": {"$ne": None}},
        {"takes_back": {"$ne": ""}},
        {"undoes": {"$ne": ""}},
        {"makes_post": True},
        {"failed": True},
    ]
}
_TURNS_AWAY = {"$or": [{"strength": {"$lt": 0}}, {"takes_back": {"$ne": ""}}]}
_values = itemgetter(*(stored for _, stored in _FIELDS))


def write_rows(database: Database, store: StoreId, rows: Sequence[InteractionRow]) -> None:
    """Write rows, replacing those with the same keys; writing the same rows again changes nothing.

    Inserting first is many times faster than upserts, and hardly ever are there old ones.
    """
    collection = database.collection("interactions", store)
    for chunk in in_chunks(rows):
        documents = [_document(store, row) for row in chunk]
        try:
            collection.insert_many(documents)
        except BulkWriteError:
            collection.delete_many({"_id": {"$in": [document["_id"] for document in documents]}})
            collection.insert_many(documents)
    mark_days(database, store, [*(row.at for row in rows), *_undone_at(database, store, rows)])


def delete_rows(database: Database, store: StoreId, statement_ids: Sequence[str]) -> None:
    """Delete the rows of Statements."""
    for some in in_chunks(statement_ids):
        _delete(database, store, {"statement_id": {"$in": list(some)}})


def delete_keys(database: Database, store: StoreId, keys: Iterable[tuple[str, int]]) -> None:
    """Delete single rows."""
    for some in in_chunks([_id(store, statement_id, ordinal) for statement_id, ordinal in keys]):
        _delete(database, store, {"_id": {"$in": some}})


def delete_rows_of(database: Database, store: StoreId, persona: ObjectId) -> int:
    """Delete the rows by, and towards, a learner; return how many there were."""
    return _delete(database, store, {"persona": persona}) + _delete(database, store, {"peer": persona})


def _delete(database: Database, store: StoreId, condition: Mapping[str, Any]) -> int:
    """Delete rows and mark their days: before, as nobody knows them afterwards, and after, for who read meanwhile."""
    rows = database.collection("interactions", store)
    found = [(row["at"], row["undoes"]) for row in rows.iterate(condition, ["at", "undoes"])]
    undone = [undoes for _, undoes in found if undoes]
    times = [*(at for at, _ in found), *_times_of(database, store, undone)]
    mark_days(database, store, times)
    deleted = rows.delete_many(condition)
    mark_days(database, store, times)
    return deleted


def _undone_at(database: Database, store: StoreId, rows: Sequence[InteractionRow]) -> Iterable[int]:
    """Return the times (us) of the acts that rows take back by reference."""
    return _times_of(database, store, [row.undoes for row in rows if row.undoes])


def _times_of(database: Database, store: StoreId, statement_ids: Sequence[str]) -> Iterable[int]:
    found = database.collection("interactions", store).find_among("statement_id", statement_ids, ["at"])
    return [row["at"] for row in found] if statement_ids else ()


def find_statements_with(database: Database, store: StoreId, personas: Sequence[ObjectId]) -> list[str]:
    """Return the ids of the Statements of which some row is by, or towards, one of these learners."""
    rows = database.collection("interactions", store)
    found = (rows.find_among(field, personas, ["statement_id"]) for field in ("persona", "peer"))
    return list(dict.fromkeys(row["statement_id"] for some in found for row in some))


def find_rows(
    database: Database, store: StoreId, personas: Sequence[ObjectId], limit: int
) -> list[InteractionRow]:
    """Return a learner's newest rows, at most `limit`, and all older ones that decide something, in no order.

    Of one who was joined with others, rows may still be kept under the `personas` of these.
    """
    of_one = personas[0] if len(personas) == 1 else {"$in": list(personas)}
    return _newest_rows(database, store, {"persona": of_one}, _DECIDES, limit)


def find_rows_about(database: Database, store: StoreId, peer: ObjectId, limit: int) -> list[InteractionRow]:
    """Return the newest rows in which others did something for or with this learner, in no order.

    Older ones are returned, too, by which somebody turned away from the learner or took an act back.
    """
    return _newest_rows(database, store, {"peer": peer}, _TURNS_AWAY, limit)


def _newest_rows(
    database: Database, store: StoreId, condition: Mapping[str, Any], always: Mapping[str, Any], limit: int
) -> list[InteractionRow]:
    """Return the newest rows and all those that match `always`."""
    rows = database.collection("interactions", store)
    found = _newest(rows, condition, limit)
    if len(found) == limit:
        kept = rows.aggregate(condition, [{"$match": always}])
        found = list({row["_id"]: row for row in (*found, *kept)}.values())
    return [row_from(document) for document in found]


def _newest(rows: StoreCollection, condition: Mapping[str, Any], limit: int) -> list[Row]:
    """Return the newest rows.

    Mostly there are fewer rows than the limit: only where there are more is the database asked to choose.
    """
    found = list(rows.iterate(condition, limit=limit + 1))
    if len(found) <= limit:
        return found
    return list(rows.iterate(condition, sort=[("at", DESCENDING)], limit=limit))


def iterate_learners(
    database: Database, store: StoreId, limit: int
) -> Iterator[tuple[ObjectId, list[InteractionRow]]]:
    """Yield every learner with the rows of `find_rows`, holding few learners at a time."""
    known = database.collection("user_features", store).iterate({}, ["persona"])
    for some in in_chunks(sorted(row["persona"] for row in known), LEARNERS_PER_READ):
        yield from _read_learners(database, store, some, limit)


def _read_learners(
    database: Database, store: StoreId, personas: Sequence[ObjectId], limit: int
) -> Iterator[tuple[ObjectId, list[InteractionRow]]]:
    rows: dict[ObjectId, list[InteractionRow]] = {persona: [] for persona in personas}
    most = dict.fromkeys(personas, 2 * limit)
    for document in database.collection("interactions", store).find_among("persona", personas):
        row = row_from(document)
        kept = rows[row.learner]
        kept.append(row)
        if len(kept) >= most[row.learner]:
            rows[row.learner] = kept = cut(kept, limit)
            most[row.learner] = len(kept) + limit
    for persona, kept in rows.items():
        yield persona, cut(kept, limit)


def in_order(rows: Iterable[InteractionRow]) -> list[InteractionRow]:
    """Return rows in time order."""
    return sorted(rows, key=lambda row: (row.at, row.seq, row.ordinal))


def cut(rows: Iterable[InteractionRow], limit: int) -> list[InteractionRow]:
    """Return in time order the newest `limit` rows, and all older ones that decide something."""
    ordered = in_order(rows)
    return [*(row for row in ordered[:-limit] if row.decides), *ordered[-limit:]]


def count_learners(database: Database, store: StoreId, limit: int) -> list[tuple[str, float, int]]:
    """Return the items of most interest (a view counts a quarter), and how many learners took each.

    At most `limit` items.
    """
    interest = {"$cond": ["$positive", 1.0, 0.25]}
    stages: list[dict[str, Any]] = [
        {"$match": {"strength": {"$gt": 0}, "item": {"$ne": None}}},
        {"$group": {"_id": {"item": "$item", "persona": "$persona"}, "interest": {"$max": interest}}},
        {
            "$group": {
                "_id": "$_id.item",
                "interest": {"$sum": "$interest"},
                "takers": {"$sum": {"$cond": [{"$gte": ["$interest", 1.0]}, 1, 0]}},
            }
        },
        {"$sort": {"interest": -1, "_id": 1}},
        {"$limit": limit},
    ]
    found = database.collection("interactions", store).aggregate({}, stages)
    return [(row["_id"], float(row["interest"]), int(row["takers"])) for row in found]


def find_takers(database: Database, store: StoreId, items: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return who took each of these items: the learners (personas as texts), with 1, or 2 where it was completed."""
    stages: list[dict[str, Any]] = [
        {"$match": {"strength": {"$gt": 0}, "private": {"$ne": True}}},
        {
            "$group": {
                "_id": {"item": "$item", "persona": "$persona"},
                "taken": {"$max": {"$cond": ["$positive", 1, 0]}},
                "completed": {"$max": {"$cond": ["$completed", 2, 0]}},
            }
        },
    ]
    found: dict[str, dict[str, int]] = {item: {} for item in items}
    for some in in_chunks(items):
        for row in database.collection("interactions", store).aggregate(
            {"item": {"$in": list(some)}}, stages
        ):
            if degree := max(row["taken"], row["completed"]):
                found[row["_id"]["item"]][str(row["_id"]["persona"])] = degree
    return found


def find_rows_of_item(database: Database, store: StoreId, item: str) -> list[InteractionRow]:
    """Return all rows about an item."""
    return [
        row_from(document) for document in database.collection("interactions", store).iterate({"item": item})
    ]


def find_rows_of_post(database: Database, store: StoreId, post: str) -> list[InteractionRow]:
    """Return all rows about a post, and those of acts elsewhere that value it."""
    rows = database.collection("interactions", store)
    elsewhere = [row for row in rows.iterate({"about": post, "values": post}) if row["item"] != post]
    return [*find_rows_of_item(database, store, post), *map(row_from, elsewhere)]


def find_rows_on(
    database: Database, store: StoreId, subjects: Sequence[str], limit: int
) -> list[InteractionRow]:
    """Return the newest `limit` rows about these Activities, and as many of acts in their threads."""
    rows = database.collection("interactions", store)
    found: dict[Any, Row] = {}
    for name in ("item", "about"):
        newest = (row for some in in_chunks(subjects) for row in _newest(rows, {name: {"$in": some}}, limit))
        found |= {row["_id"]: row for row in nlargest(limit, newest, key=itemgetter("at"))}
    return [row_from(document) for document in found.values()]


def find_replies(database: Database, store: StoreId, posts: Sequence[str]) -> list[InteractionRow]:
    """Return the rows of acts that may be done for the makers of these posts."""
    return _rows_with(database, store, "about", posts)


def find_makers(database: Database, store: StoreId, posts: Sequence[str]) -> dict[str, ObjectId]:
    """Return who made each of these posts, the first where several did."""
    rows = database.collection("interactions", store)
    fields = ("item", "persona", "at", "seq", "ordinal")
    conditions = ({"item": {"$in": list(some)}, "makes_post": True} for some in in_chunks(posts))
    found = [row for condition in conditions for row in rows.iterate(condition, fields)]
    found.sort(key=itemgetter("at", "seq", "ordinal"), reverse=True)
    return {row["item"]: row["persona"] for row in found}


def find_rows_of_statements(
    database: Database, store: StoreId, statement_ids: Sequence[str]
) -> list[InteractionRow]:
    """Return the rows of Statements."""
    return _rows_with(database, store, "statement_id", statement_ids)


def find_undoing_rows(
    database: Database, store: StoreId, statement_ids: Sequence[str]
) -> list[InteractionRow]:
    """Return the rows that take these Statements back."""
    return _rows_with(database, store, "undoes", statement_ids)


def _rows_with(
    database: Database, store: StoreId, field: str, statement_ids: Sequence[str]
) -> list[InteractionRow]:
    found = database.collection("interactions", store).find_among(field, statement_ids)
    return [row_from(document) for document in found]


def with_rows(database: Database, store: StoreId, items: Collection[str]) -> set[str]:
    """Return those of these items with which anybody did anything.

    One query tells it of all where they have few rows; else the others are asked for one by one.
    """
    rows, found = database.collection("interactions", store), set[str]()
    for some in in_chunks(sorted(items)):
        most = ROWS_EACH * len(some)
        seen = [row["item"] for row in rows.iterate({"item": {"$in": some}}, ["item"], limit=most)]
        left = set(some).difference(seen) if len(seen) == most else ()
        found |= {*seen, *(one for one in left if rows.find_one({"item": one}, ["_id"]) is not None)}
    return found


def is_concerned(database: Database, store: StoreId, persona: ObjectId) -> bool:
    """Return whether anybody did anything for or with a learner."""
    return database.collection("interactions", store).find_one({"peer": persona}, ["_id"]) is not None


def is_placed_in_course(database: Database, store: StoreId, item: str) -> bool:
    """Return whether any Statement places an item in a course."""
    condition = {"item": item, "in_course": True}
    return database.collection("interactions", store).find_one(condition, ["_id"]) is not None


def _document(store: StoreId, row: InteractionRow) -> dict[str, Any]:
    document: dict[str, Any] = {stored: getattr(row, name) for name, stored in _FIELDS}
    document["_id"] = _id(store, row.statement_id, row.ordinal)
    return document


def _id(store: StoreId, statement_id: str, ordinal: int) -> str:
    return f"{store}:{statement_id}:{ordinal}"


def row_from(document: dict[str, Any]) -> InteractionRow:
    """Return the interaction that a document holds."""
    try:
        return Interaction(*_values(document))
    except KeyError:  # written by an earlier version, and about to be read from the Statements again
        known = {name: document[stored] for name, stored in _FIELDS if stored in document}
        return Interaction(**known)
