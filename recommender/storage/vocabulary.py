"""The rows by which a store's vocabulary differs from the defaults, in MongoDB as JSON text."""

from __future__ import annotations

from lrs.storage.database import Database, StoreId
from lrs.storage.record_sets import records_of, rows_of
from recommender.storage.records import VocabularyRecord
from recommender.vocabulary.meanings import Vocabulary
from recommender.vocabulary.tables import TABLES, Rows, TableName, make_vocabulary
from schemas.json_text import dump_json

NO_ROWS = b"{}"


def find_vocabulary(database: Database, store: StoreId) -> Vocabulary:
    """Return what verbs and Activity types mean in a store; the same object as long as nothing changes."""
    found = rows_of(database, VocabularyRecord, store).find_by_ids([f"{store}:{name}" for name in TABLES])
    texts = {row["_id"]: bytes(row["text"]) for row in found}
    return make_vocabulary(texts.get(f"{store}:verbs", NO_ROWS), texts.get(f"{store}:types", NO_ROWS))


def find_own_rows(database: Database, store: StoreId, name: TableName) -> bytes:
    """Return a store's own rows as JSON text."""
    row = records_of(database, VocabularyRecord, store)(key=f"{store}:{name}").as_pymongo().first()
    return bytes(row["text"]) if row else NO_ROWS


def write_own_rows(database: Database, store: StoreId, name: TableName, rows: Rows) -> None:
    """Replace a store's own rows."""
    kept = records_of(database, VocabularyRecord, store)(key=f"{store}:{name}")
    kept.update_one(upsert=True, text=dump_json(rows))
