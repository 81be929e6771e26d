"""The manifest of a model as a MongoEngine document, and the indexes of the recommender's collections."""

from __future__ import annotations

import mongoengine as me
from pymongo import ASCENDING, IndexModel

from lrs.storage.database import CONNECTION, Database, unbounded

WRITING, READY = "writing", "ready"


class ModelRecord(me.Document):
    """The manifest of one model version; its arrays are in `model_arrays`, named with their SHA-256."""

    key = me.StringField(primary_key=True)
    store = me.ObjectIdField(required=True)
    version = me.IntField(required=True, min_value=1)
    status = me.StringField(required=True, choices=(WRITING, READY))
    created_us = me.LongField(required=True)
    format_version = me.IntField(required=True)
    settings = me.DictField(required=True)
    facts = me.DictField()
    evaluation = me.DictField()
    arrays = me.ListField(me.DictField())
    meta = {"collection": "models", "db_alias": CONNECTION, "auto_create_index": False}  # noqa: RUF012


def _index(*keys: str) -> IndexModel:
    return IndexModel([(key, ASCENDING) for key in keys])


INDEXES: dict[str, list[IndexModel]] = {
    "interactions": [
        _index("store", "persona", "at"),
        _index("store", "peer", "at"),
        _index("store", "statement_id"),
        _index("store", "item"),
        _index("store", "undoes"),
    ],
    "harvested_nuggets": [_index("store", "waiting")],
    "entered_nuggets": [_index("store")],
    "entered_roles": [_index("store")],
    "entered_learners": [_index("store")],
    "user_features": [_index("store", "persona"), _index("store", "sources")],
    "models": [_index("store", "version")],
    "model_arrays": [_index("store", "version", "name", "part")],
    "experiments": [_index("store", "number"), _index("store", "ended")],
    "impressions": [
        _index("store", "kind", "at"),
        IndexModel([("expires", ASCENDING)], expireAfterSeconds=0),
    ],
}
"""One index a query shape, each led by the store. What is read by its `_id` alone needs none."""


@unbounded()
def create_indexes(database: Database) -> None:
    """Create every declared index that is missing; those there already are left as they are."""
    for name, indexes in INDEXES.items():
        database.db[name].create_indexes(indexes)
