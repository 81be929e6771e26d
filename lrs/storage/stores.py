"""The stores and the credentials in MongoDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mongoengine.errors import NotUniqueError

from lrs.errors import DuplicateNameError
from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.record_sets import records_of_all_stores
from lrs.storage.records import CredentialRecord, StoreRecord
from lrs.storage.stored_time import now_us
from schemas.consents import Kind, Policy
from schemas.floors import FLOOR
from schemas.people import MailRule
from schemas.retention import RetentionRule


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A store as it was kept; `closed` is the time (us) from which no credential is let in, or None."""

    id: StoreId
    name: str
    created: int
    default_version: str
    versions: tuple[str, ...]
    consents: Mapping[Kind, Policy]
    takes_forms: bool
    quota_mb: int
    mail_rules: tuple[MailRule, ...] = ()
    closed: int | None = None
    openid: Mapping[str, Any] | None = None
    key_check: str = ""
    takes_mail_sign_ins: bool = False
    entrances: Sequence[Mapping[str, Any]] = ()
    retention: tuple[RetentionRule, ...] = ()
    floor: int = FLOOR
    platforms: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A credential as it was kept; times in microseconds, None for what has not happened and will not.

    `former_digest` is of the secret before the last rotation, which is let in until `former_until`. `last_used` is a
    day (UTC). `revoked_tokens` are the ids of learners' tokens that were revoked before they expired.
    """

    key: str
    store: StoreId
    secret_digest: bytes
    name: str
    scopes: tuple[str, ...]
    created: int
    revoked: int | None = None
    expires: int | None = None
    former_digest: bytes | None = None
    former_until: int | None = None
    last_used: str | None = None
    revoked_tokens: frozenset[str] = frozenset()


def insert_store_row(
    database: Database,
    name: str,
    default_version: str,
    versions: Sequence[str],
    consents: Mapping[Kind, Policy],
    key_check: str = "",
) -> StoreRow:
    """Insert a new store; raise DuplicateNameError if the name is taken."""
    record = StoreRecord(
        name=name,
        created_us=now_us(),
        default_version=default_version,
        versions=list(versions),
        consents=dict(consents),
        takes_forms=True,
        key_check=key_check,
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


def list_store_rows_with(database: Database, **condition: Any) -> list[StoreRow]:
    """Return the stores that match, by name."""
    with unavailable_when_unreachable():
        rows = records_of_all_stores(database, StoreRecord)(**condition).order_by("name").as_pymongo()
        return [_store_row(row) for row in rows]


def take_due_rows(database: Database, before: int) -> Iterator[StoreRow]:
    """Yield the stores whose rules of retention were not carried out since a time (us); each process gets others.

    A store that is yielded counts as done from then on.
    """
    stores = records_of_all_stores(database, StoreRecord)
    due = {"retention.0": {"$exists": True}, "retained_us": {"$lt": before}}
    with unavailable_when_unreachable():
        for row in list(stores(__raw__=due).as_pymongo()):
            if stores(id=row["_id"], retained_us__lt=before).update_one(retained_us=now_us()):
                yield _store_row(row)


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
        expires_us=row.expires,
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


def update_credential_row(database: Database, key: str, values: Mapping[str, Any], **condition: Any) -> bool:
    """Change a credential that is not revoked, if it fits the condition; return whether there was such a one."""
    with unavailable_when_unreachable():
        valid = records_of_all_stores(database, CredentialRecord)(key=key, revoked_us=None, **condition)
        return bool(valid.update_one(**values))


def note_last_use(database: Database, keys: Sequence[str], day: str) -> None:
    """Keep the day (UTC, such as 2026-11-30) on which credentials were used last."""
    with unavailable_when_unreachable():
        known = records_of_all_stores(database, CredentialRecord)(key__in=list(keys), last_used__ne=day)
        known.update(last_used=day)


def add_revoked_token(database: Database, key: str, token: str, expires: int, most: int) -> bool:
    """Keep that a token of a credential was revoked, until it expires (us); return False if `most` are kept already."""
    with unavailable_when_unreachable():
        own = records_of_all_stores(database, CredentialRecord)(key=key)
        own.update_one(pull__revoked_tokens={"expires": {"$lte": now_us()}})
        room = own(__raw__={f"revoked_tokens.{most - 1}": {"$exists": False}})
        return bool(room.update_one(push__revoked_tokens={"token": token, "expires": expires}))


def _taken(name: str) -> DuplicateNameError:
    return DuplicateNameError(f"There is a store {name!r} already; choose another name.")


def _store_row(document: Any) -> StoreRow:
    return StoreRow(
        document["_id"],
        document["name"],
        document["created_us"],
        document["default_version"],
        tuple(document["versions"]),
        document.get("consents", {}),
        document["takes_forms"],
        document["quota_mb"],
        tuple(MailRule(**one) for one in document.get("mail_rules", ())),
        document.get("closed_us"),
        document.get("openid"),
        document.get("key_check", ""),
        document.get("takes_mail_sign_ins", False),
        document.get("entrances", ()),
        tuple(RetentionRule(**one) for one in document.get("retention", ())),
        document.get("floor", FLOOR),
        document.get("platforms", ()),
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
        document.get("expires_us"),
        _bytes_or_none(document.get("former_digest")),
        document.get("former_until_us"),
        document.get("last_used"),
        frozenset(one["token"] for one in document.get("revoked_tokens", ())),
    )


def _bytes_or_none(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
