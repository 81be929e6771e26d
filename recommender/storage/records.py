"""The recommender's small records as MongoEngine documents, and the indexes of its other collections.

A key that begins with the id of its store names the record alone.
"""

from __future__ import annotations

import mongoengine as me
from pymongo import ASCENDING, IndexModel

from lrs.storage.database import Database, unbounded
from lrs.storage.record_sets import OwnedRecord, create_record_indexes

WRITING, READY, RETIRED = "writing", "ready", "retired"
EDITS_KEPT_S, ANSWERS_KEPT_S = 86_400, 7 * 86_400
"""A process asks for changes every second while it answers, and reads everything after an hour without a request."""


class ModelRecord(OwnedRecord):
    """The manifest of one model version; its arrays are in `model_arrays`, named with their SHA-256.

    A retired one has no arrays any more: it only tells how good it was.
    """

    key = me.StringField(primary_key=True)
    version = me.IntField(required=True, min_value=1)
    status = me.StringField(required=True, choices=(WRITING, READY, RETIRED))
    created_us = me.LongField(required=True)
    format_version = me.IntField(required=True)
    settings = me.DictField(required=True)
    facts = me.DictField()
    evaluation = me.DictField()
    arrays = me.ListField(me.DictField())
    # Not strict: one of another format may hold more, and must be readable enough to say that it does not load.
    meta = {"collection": "models", "indexes": [("store", "version")], "strict": False}  # noqa: RUF012


class CurrentModelRecord(OwnedRecord):
    """Which model version of a store answers, and which ones were promoted before it, the newest last."""

    key = me.ObjectIdField(primary_key=True)
    version = me.IntField(required=True, min_value=1)
    promotions = me.ListField(me.IntField(min_value=1), required=True)
    meta = {"collection": "current_models"}  # noqa: RUF012


class ModelSettingsRecord(OwnedRecord):
    """The training settings that a search found best for a store."""

    key = me.ObjectIdField(primary_key=True)
    settings = me.DictField(required=True)
    meta = {"collection": "model_settings"}  # noqa: RUF012


class ExperimentRecord(OwnedRecord):
    """Two model versions compared on live traffic; `share` percent of the learners get the second."""

    key = me.StringField(primary_key=True)
    number = me.IntField(required=True, min_value=1)
    versions = me.ListField(me.IntField(min_value=1), required=True, max_length=2)
    share = me.IntField(required=True, min_value=0, max_value=100)
    started = me.LongField(required=True)
    ended = me.LongField(null=True)
    promoted = me.IntField(null=True)
    meta = {  # noqa: RUF012
        "collection": "experiments",
        "indexes": [("store", "number"), ("store", "ended")],
    }


class LockRecord(OwnedRecord):
    """A job that one process at a time may do: the token of that process, since when, and until when it may go on."""

    key = me.StringField(primary_key=True)
    token = me.StringField(required=True)
    taken = me.DateTimeField(required=True)
    until = me.DateTimeField(required=True)
    meta = {"collection": "job_locks"}  # noqa: RUF012


class VocabularyRecord(OwnedRecord):
    """The rows of one table by which a store's vocabulary differs from the defaults, as JSON text."""

    key = me.StringField(primary_key=True)
    text = me.BinaryField(required=True)
    meta = {"collection": "vocabularies"}  # noqa: RUF012


class EditionsRecord(OwnedRecord):
    """How many times entries were changed, and how many times Statements brought something new."""

    key = me.StringField(primary_key=True)
    edits = me.IntField(required=True, min_value=0)
    harvests = me.IntField(required=True, min_value=0)
    meta = {"collection": "catalogue_editions"}  # noqa: RUF012


class EntryRecord(OwnedRecord):
    """An entry that a person made under a name: JSON text, so that keys with dots are kept."""

    key = me.StringField(primary_key=True)
    name = me.StringField(required=True)
    text = me.BinaryField(required=True)
    etag = me.StringField(required=True)
    made_us = me.LongField(required=True)
    meta = {"abstract": True, "indexes": [("store", "name")]}  # noqa: RUF012


class NuggetEntryRecord(EntryRecord):
    """An entry for a nugget, by Activity id."""

    meta = {"collection": "entered_nuggets"}  # noqa: RUF012


class RoleEntryRecord(EntryRecord):
    """An entry for a role, by its name in lower case."""

    meta = {"collection": "entered_roles"}  # noqa: RUF012


class LabelEntryRecord(EntryRecord):
    """The labels of a skill, a role or a team, by its name in lower case."""

    meta = {"collection": "entered_labels"}  # noqa: RUF012


class LearnerEntryRecord(EntryRecord):
    """An entry for a learner, by persona."""

    meta = {"collection": "entered_learners"}  # noqa: RUF012


RECORDS = (
    ModelRecord,
    CurrentModelRecord,
    ModelSettingsRecord,
    ExperimentRecord,
    LockRecord,
    VocabularyRecord,
    EditionsRecord,
    NuggetEntryRecord,
    RoleEntryRecord,
    LearnerEntryRecord,
    LabelEntryRecord,
)


def _index(*keys: str) -> IndexModel:
    return IndexModel([(key, ASCENDING) for key in keys])


INDEXES: dict[str, list[IndexModel]] = {
    "interactions": [
        _index("store", "persona", "at"),
        _index("store", "peer", "at"),
        _index("store", "statement_id"),
        _index("store", "item", "makes_post"),
        _index("store", "undoes"),
        _index("store", "about"),
        _index("store", "seq"),
        _index("store", "within", "at"),
        _index("store", "at"),
        _index("store", "verb", "at"),
    ],
    "insight_days": [_index("store", "day", "part")],
    "insight_versions": [_index("store", "day", "part")],
    "insight_marks": [_index("store")],
    "team_measures": [_index("store")],
    "insight_answers": [
        _index("store"),
        _index("wanted"),
        IndexModel([("asked", ASCENDING)], expireAfterSeconds=ANSWERS_KEPT_S),
    ],
    "harvested_nuggets": [
        _index("store", "waiting"),
        _index("store", "harvests"),
        _index("store", "touched"),
        _index("store", "dropped"),
    ],
    "nugget_edits": [
        _index("store", "edits"),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=EDITS_KEPT_S),
    ],
    "nugget_meanings": [_index("store")],
    "user_features": [_index("store", "persona"), _index("store", "sources")],
    "model_arrays": [_index("store", "version", "name", "part")],
    "own_settings": [
        _index("store", "feed"),
        _index("store", "mail"),
        _index("store", "report_mail"),
        _index("store", "erasure_asked"),
    ],
    "saved_queries": [_index("store", "owner", "_id"), _index("store", "shared", "_id")],
    "introductions": [_index("store", "asker"), _index("store", "asked")],
    "link_checks": [
        _index("store", "is_dead"),
        IndexModel([("expires", ASCENDING)], expireAfterSeconds=0),
    ],
    "searches": [
        _index("store", "persona"),
        _index("store", "at"),
        IndexModel([("expires", ASCENDING)], expireAfterSeconds=0),
    ],
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
    create_record_indexes(database, RECORDS)
