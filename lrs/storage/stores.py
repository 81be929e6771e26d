"""The stores and the credentials in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mongoengine.errors import NotUniqueError

from lrs.errors import DuplicateNameError
from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.record_sets import records_of_all_stores
from lrs.storage.records import CredentialRecord, StoreRecord
from lrs.storage.stored_time import now_us


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A store as it was kept; `closed` is the time (us) from which no credential is let in, or None."""

    id: StoreId
    name: str
    created: int
    default_version: str
    versions: tuple[str, ...]
    peer_suggestions: str
    takes_forms: bool
    quota_mb: int
    closed: int | None = None


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A credential as it was kept; `revoked` is the time (us) it was taken away, or None."""

    key: str
    store: StoreId
    secret_digest: bytes
    name: str
    scopes: tuple[str, ...]
    created: int
    revoked: int | None


def insert_store_row(
    database: Database, name: str, default_version: str, versions: Sequence[str], peer_suggestions: str
) -> StoreRow:
    """Insert a new store; raise DuplicateNameError if the name is taken."""
    record = StoreRecord(
        name=name,
        created_us=now_us(),
        default_version=default_version,
        versions=list(versions),
        peer_suggestions=peer_suggestions,
        takes_forms=True,
    )
    try:
        with unavailable_when_unreachable():
            records_of_all_stores(database, StoreRecord).insert(record)
    except NotUniqueError as error:
        raise _taken(name) from error
    return _store_row(record.to_mongo())


def find_store_row(database: Database, **condition: Any) -> StoreRow | None:
    """Return the store that matches, or None."""
    with unavailable_when_unreachable():
        document = records_of_all_stores(database, StoreRecord)(**condition).as_pymongo().first()
    return _store_row(document) if document else None


def list_store_rows(database: Database) -> list[StoreRow]:
    """Return all stores, by name."""
    with unavailable_when_unreachable():
        rows = records_of_all_stores(database, StoreRecord).order_by("name").as_pymongo()
        return [_store_row(row) for row in rows]


def update_store_row(database: Database, store: StoreId, **values: Any) -> bool:
    """Change settings of a store; return whether there is such a store. Raise DuplicateNameError for a taken name."""
    try:
        with unavailable_when_unreachable():
            return bool(records_of_all_stores(database, StoreRecord)(id=store).update_one(**values))
    except NotUniqueError as error:
        raise _taken(values["name"]) from error


def delete_store_row(database: Database, store: StoreId) -> None:
    """Remove a store, but nothing of what belongs to it."""
    with unavailable_when_unreachable():
        records_of_all_stores(database, StoreRecord)(id=store).delete()


def insert_credential_row(database: Database, row: CredentialRow) -> None:
    """Insert a new credential."""
    record = CredentialRecord(
        key=row.key,
        store=row.store,
        secret_digest=row.secret_digest,
        name=row.name,
        scopes=list(row.scopes),
        created_us=row.created,
    )
    with unavailable_when_unreachable():
        records_of_all_stores(database, CredentialRecord).insert(record)


def find_credential_row(database: Database, key: str) -> CredentialRow | None:
    """Return the credential with this key, or None."""
    with unavailable_when_unreachable():
        document = records_of_all_stores(database, CredentialRecord)(key=key).as_pymongo().first()
    return _credential_row(document) if document else None


def find_credential_rows(database: Database, keys: Sequence[str]) -> list[CredentialRow]:
    """Return the credentials with these keys, revoked ones too."""
    with unavailable_when_unreachable():
        found = records_of_all_stores(database, CredentialRecord)(key__in=list(keys)).as_pymongo()
        return [_credential_row(row) for row in found]


def list_credential_rows(database: Database, store: StoreId) -> list[CredentialRow]:
    """Return the credentials of a store, oldest first."""
    with unavailable_when_unreachable():
        rows = records_of_all_stores(database, CredentialRecord)(store=store).order_by("created_us")
        return [_credential_row(row) for row in rows.as_pymongo()]


def revoke_credential_row(database: Database, key: str, **condition: Any) -> bool:
    """Revoke a credential, if it fits the condition; return whether there was one to revoke."""
    with unavailable_when_unreachable():
        valid = records_of_all_stores(database, CredentialRecord)(key=key, revoked_us=None, **condition)
        return bool(valid.update_one(revoked_us=now_us()))


def _taken(name: str) -> DuplicateNameError:
    return DuplicateNameError(f"There is a store {name!r} already; choose another name.")


def _store_row(document: Any) -> StoreRow:
    return StoreRow(
        document["_id"],
        document["name"],
        document["created_us"],
        document["default_version"],
        tuple(document["versions"]),
        document["peer_suggestions"],
        document["takes_forms"],
        document["quota_mb"],
        document.get("closed_us"),
    )


def _credential_row(document: Any) -> CredentialRow:
    return CredentialRow(
        document["key"],
        document["store"],
        bytes(document["secret_digest"]),
        document["name"],
        tuple(document["scopes"]),
        document["created_us"],
        document.get("revoked_us"),
    )
