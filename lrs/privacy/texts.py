"""Erases documents and definitions: those of a person go, a pseudonym is put into those of others."""

from __future__ import annotations

from hashlib import sha256

from lrs.documents import etag_of
from lrs.privacy.statements import Traces
from lrs.statements.pseudonyms import rewrite_any
from lrs.storage.database import Database, Row
from lrs.storage.personal_data import Condition, Erasing, remove_rows, rewrite_texts


def erase_documents(condition: Condition, database: Database, erasing: Erasing) -> int:
    """Erase the documents about a person; return how many changed."""
    removed = remove_rows("documents", condition, database, erasing)
    return removed + _rewrite(database, erasing, ("documents", "body"))


def erase_activities(condition: Condition, database: Database, erasing: Erasing) -> int:
    """Erase the definitions that say something of a person; return how many changed."""
    removed = remove_rows("activities", condition, database, erasing)
    return removed + _rewrite(database, erasing, ("activities", "text"))


def _rewrite(database: Database, erasing: Erasing, place: tuple[str, str]) -> int:
    traces = Traces(erasing)

    def change(text: bytes) -> bytes:
        return rewrite_any(traces.rewriting, text) if traces.may_stand_in(text) else text

    return rewrite_texts(database, erasing.person.store, place, change, _MORE[place[0]])


def _of_document(body: bytes) -> Row:
    return {"size": len(body), "etag": etag_of(body)}


def _of_definition(text: bytes) -> Row:
    return {"digest": sha256(text).digest()}


_MORE = {"documents": _of_document, "activities": _of_definition}
