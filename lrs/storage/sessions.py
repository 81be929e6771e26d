"""Sign-in sessions of browsers in MongoDB: found by the digest of what the cookie holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as it is kept; times in microseconds.

    `holder` is who signed in: the learner (a canonical identifier), or the key of a credential. `issuer` is the
    OpenID Connect provider that said so or, with a `client`, the LTI platform; `secret` the digest of the credential's
    secret.
    """

    id: str
    holder: str
    key: str
    name: str
    scopes: tuple[str, ...]
    learner: str | None
    roles: tuple[str, ...]
    issuer: str | None
    client: str | None
    secret: bytes | None
    seen: int
    expires: int


def session_id(store: StoreId, digest: str) -> str:
    """Return the id of a session, which names its store."""
    return f"{store}:{digest}"


def insert_session(database: Database, store: StoreId, row: SessionRow) -> None:
    """Keep a new session until it expires."""
    kept = {
        "_id": row.id,
        "holder": row.holder,
        "key": row.key,
        "name": row.name,
        "scopes": list(row.scopes),
        "learner": row.learner,
        "roles": list(row.roles),
        "issuer": row.issuer,
        "client": row.client,
        "secret": row.secret,
        "seen_us": row.seen,
        "expires_us": row.expires,
        "expires": datetime.fromtimestamp(row.expires / 1_000_000, timezone.utc),
    }
    with unavailable_when_unreachable():
        database.collection("sessions", store).insert_many([kept])


def find_session(database: Database, store: StoreId, row_id: str) -> SessionRow | None:
    """Return the session with this id, or None."""
    with unavailable_when_unreachable():
        found = database.collection("sessions", store).find_one({"_id": row_id})
    return _row(found) if found else None


def note_seen(database: Database, store: StoreId, row_id: str, now: int) -> None:
    """Note that a session was used."""
    with unavailable_when_unreachable():
        database.collection("sessions", store).update_one({"_id": row_id}, {"$set": {"seen_us": now}})


def delete_session(database: Database, store: StoreId, row_id: str) -> None:
    """End one session."""
    with unavailable_when_unreachable():
        database.collection("sessions", store).delete_many({"_id": row_id})


def delete_sessions_of(database: Database, store: StoreId, holder: str) -> int:
    """End every session of somebody; return how many there were."""
    with unavailable_when_unreachable():
        return database.collection("sessions", store).delete_many({"holder": holder})


def _row(found: Mapping[str, Any]) -> SessionRow:
    return SessionRow(
        id=found["_id"],
        holder=found["holder"],
        key=found["key"],
        name=found["name"],
        scopes=tuple(found["scopes"]),
        learner=found["learner"],
        roles=tuple(found["roles"]),
        issuer=found["issuer"],
        client=found["client"],
        secret=found["secret"],
        seen=found["seen_us"],
        expires=found["expires_us"],
    )
