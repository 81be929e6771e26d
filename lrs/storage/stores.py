"""The stores and the credentials in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mongoengine.errors import NotUniqueError

from lrs.errors import DuplicateNameError
from lrs.storage.database import StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.records import CredentialRecord, StoreRecord
from lrs.storage.stored_time import now_us


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A store as it was kept."""

    id: StoreId
    name: str
    created: int
    default_version: str
    versions: tuple[str, ...]
    peer_suggestions: str


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
    name: str, default_version: str, versions: Sequence[str], peer_suggestions: str
) -> StoreRow:
    """Keep a new store; raise DuplicateNameError if the name is taken."""
    record = StoreRecord(
        name=name,
        created_us=now_us(),
        default_version=default_version,
        versions=list(versions),
        peer_suggestions=peer_suggestions,
    )
    try:
        with unavailable_when_unreachable():
            record.save(force_insert=True)
    except NotUniqueError as error:
        raise DuplicateNameError(f"There is a store {name!r} already; choose another name.") from error
    return _store_row(record.to_mongo())


def find_store_row(**condition: Any) -> StoreRow | None:
    """Return the store that matches, or None."""
    if "id" in condition:  # asked for with every request, so past MongoEngine
        condition = {"_id": condition["id"]}
    with unavailable_when_unreachable():
        document = StoreRecord._get_collection().find_one(condition)
    return _store_row(document) if document else None


def list_store_rows() -> list[StoreRow]:
    """Return all stores, by name."""
    with unavailable_when_unreachable():
        return [_store_row(record.to_mongo()) for record in StoreRecord.objects.order_by("name")]


def update_store_row(store: StoreId, **values: Any) -> None:
    """Change settings of a store."""
    with unavailable_when_unreachable():
        StoreRecord.objects(id=store).update_one(**values)


def insert_credential_row(row: CredentialRow) -> None:
    """Keep a new credential."""
    with unavailable_when_unreachable():
        CredentialRecord(
            key=row.key,
            store=row.store,
            secret_digest=row.secret_digest,
            name=row.name,
            scopes=list(row.scopes),
            created_us=row.created,
        ).save(force_insert=True)


def find_credential_row(key: str) -> CredentialRow | None:
    """Return the credential with this key, or None."""
    with unavailable_when_unreachable():
        document = CredentialRecord._get_collection().find_one({"key": key})
    return _credential_row(document) if document else None


def list_credential_rows(store: StoreId) -> list[CredentialRow]:
    """Return the credentials of a store, oldest first."""
    with unavailable_when_unreachable():
        rows = CredentialRecord._get_collection().find({"store": store}).sort("created_us", 1)
        return [_credential_row(row) for row in rows]


def revoke_credential_row(key: str) -> bool:
    """Take a credential away; return whether there was one to take."""
    with unavailable_when_unreachable():
        changed = CredentialRecord.objects(key=key, revoked_us=None).update_one(revoked_us=now_us())
    return bool(changed)


def _store_row(document: Any) -> StoreRow:
    return StoreRow(
        document["_id"],
        document["name"],
        document["created_us"],
        document["default_version"],
        tuple(document["versions"]),
        document["peer_suggestions"],
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
