"""The records kept as MongoEngine documents, and the indexes of every collection of the LRS.

A class of records declares its own indexes; `INDEXES` holds those of the other collections.
"""

from __future__ import annotations

import mongoengine as me
from pymongo import ASCENDING, IndexModel

from lrs.storage.database import Database, unbounded
from lrs.storage.record_sets import OwnedRecord, create_record_indexes
from schemas.consents import POLICIES
from schemas.floors import FLOOR


class StoreRecord(me.Document):
    """A store (tenant). The one collection whose documents *are* stores rather than belong to one."""

    name = me.StringField(required=True, unique=True)
    created_us = me.LongField(required=True)
    default_version = me.StringField(required=True)
    versions = me.ListField(me.StringField(), required=True)
    closed_us = me.LongField()
    consents = me.DictField(field=me.StringField(choices=POLICIES))
    mail_rules = me.ListField(me.DictField())
    takes_forms = me.BooleanField(required=True)
    quota_mb = me.IntField(default=0)
    key_check = me.StringField(default="")
    takes_mail_sign_ins = me.BooleanField(default=False)
    entrances = me.ListField(me.DictField())  # of the demo alone: `lrs.auth.roles`
    platforms = me.ListField(me.DictField())  # fields and rules: `lrs.auth.platforms`
    retention = me.ListField(me.DictField())
    retained_us = me.LongField(default=0)
    floor = me.IntField(default=FLOOR)
    openid = me.DictField(default=None)  # fields and rules: `lrs.auth.providers`
    meta = {"collection": "stores", "auto_create_index": False}  # noqa: RUF012


class CredentialRecord(me.Document):
    """A key with the digest of its secret. Found by key alone: the key is what names the store.

    After a rotation the digest of the former secret is kept too, with the time until which it is let in.
    """

    key = me.StringField(required=True, unique=True)
    store = me.ObjectIdField(required=True)
    secret_digest = me.BinaryField(required=True)
    former_digest = me.BinaryField()
    former_until_us = me.LongField()
    name = me.StringField(required=True)
    scopes = me.ListField(me.StringField(), required=True)
    created_us = me.LongField(required=True)
    expires_us = me.LongField()
    revoked_us = me.LongField()
    last_used = me.StringField()
    revoked_tokens = me.ListField(me.DictField())
    meta = {  # noqa: RUF012
        "collection": "credentials",
        "auto_create_index": False,
        "indexes": [("store", "created_us")],
    }


class PersonaRecord(OwnedRecord):
    """A learner: one person behind one or more identifiers, those seen; `keys` are these and all that they imply.

    `choices` holds the consents by kind, each with the identifier it was made by; `chosen` are those that count.
    `joined` are the rows of people who are the same one, `ids` theirs; they stay `apart` from those of these ids.
    """

    identifiers = me.ListField(me.StringField(), required=True)
    keys = me.ListField(me.StringField(), required=True)
    name = me.StringField()
    trusted_name = me.StringField()
    entered_name = me.StringField()
    choices = me.DictField()
    chosen = me.ListField(me.StringField())
    joined = me.ListField(me.DictField())
    ids = me.ListField(me.ObjectIdField())
    apart = me.ListField(me.ObjectIdField())
    meta = {  # noqa: RUF012
        "collection": "personas",
        "indexes": [
            {"fields": ["store", "keys"], "unique": True},
            ("store", "chosen"),
            ("store", "ids"),
        ],
    }


class ErasureKeyRecord(OwnedRecord):
    """The random key by which a store names what was erased; it is destroyed with the store."""

    key = me.ObjectIdField(primary_key=True)
    secret = me.BinaryField(required=True)
    sent_again = me.StringField(required=True, choices=("refuse", "pseudonymise", "take"))
    number = me.IntField(required=True)
    edition = me.IntField(required=True)
    meta = {"collection": "erasure_keys"}  # noqa: RUF012


RECORDS = (StoreRecord, CredentialRecord, PersonaRecord, ErasureKeyRecord)


def _index(*keys: str, unique: bool = False) -> IndexModel:
    return IndexModel([(key, ASCENDING) for key in keys], unique=unique)


STATEMENT_INDEXES = [
    _index("store", "seq"),
    _index("store", "verbs", "seq"),
    _index("store", "agents", "seq"),
    _index("store", "related_agents", "seq"),
    _index("store", "activities", "seq"),
    _index("store", "related_activities", "seq"),
    _index("store", "registrations", "seq"),
]
"""One index a query shape: equality on the store and one filter, then the order key (see docs/storage.md)."""

INDEXES: dict[str, list[IndexModel]] = {
    "statements": STATEMENT_INDEXES,
    "statement_references": [_index("store", "target")],
    "activities": [_index("store", "activity", unique=True)],
    "attachments.files": [_index("store", "sha2", unique=True)],
    "attachments.chunks": [_index("store", "files_id", "n", unique=True)],
    "attachment_uploads": [_index("begun")],
    "refusals": [
        _index("store", "day"),
        IndexModel([("expires", ASCENDING)], expireAfterSeconds=0),
    ],
    "page_views": [
        _index("store", "day"),
        IndexModel([("expires", ASCENDING)], expireAfterSeconds=0),
    ],
    "persona_changes": [_index("store")],
    "sign_in_links": [IndexModel([("expires", ASCENDING)], expireAfterSeconds=0)],
    "sessions": [
        _index("store", "holder"),
        IndexModel([("expires", ASCENDING)], expireAfterSeconds=0),
    ],
    "audit": [
        _index("store", "number"),
        _index("store", "about", "number"),
        IndexModel([("expires", ASCENDING)], expireAfterSeconds=0),
    ],
    "rate_limits": [IndexModel([("expireAt", ASCENDING)], expireAfterSeconds=0)],
    "documents": [
        _index("store", "kind", "activity", "agent", "registration", "document_id", unique=True),
    ],
}


@unbounded()
def create_indexes(database: Database) -> None:
    """Create every declared index that is missing; those there already are left as they are."""
    for name, indexes in {**INDEXES, **database.engine.indexes}.items():
        database.db[name].create_indexes(list(indexes))
    create_record_indexes(database, RECORDS)
