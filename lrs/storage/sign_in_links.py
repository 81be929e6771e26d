"""Links that sign somebody in once, in MongoDB: found by the digest of what the link holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timezone

from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Whom a link signs in, with which scopes, until when (us); the platform that said who it is, if one did."""

    learner: str
    name: str
    scopes: tuple[str, ...]
    expires_us: int
    issuer: str | None = None
    client: str | None = None


def insert_link(database: Database, store: StoreId, digest: str, row: LinkRow) -> None:
    """Keep a link until it expires."""
    kept = {
        "_id": f"{store}:{digest}",
        **asdict(row),
        "scopes": list(row.scopes),
        "expires": datetime.fromtimestamp(row.expires_us / 1_000_000, timezone.utc),
    }
    with unavailable_when_unreachable():
        database.collection("sign_in_links", store).insert_many([kept])


def find_link(database: Database, store: StoreId, digest: str) -> LinkRow | None:
    """Return a link, or None."""
    with unavailable_when_unreachable():
        found = database.collection("sign_in_links", store).find_one({"_id": f"{store}:{digest}"})
    if not found:
        return None
    scopes = tuple(found["scopes"])
    return LinkRow(
        found["learner"], found["name"], scopes, found["expires_us"], found["issuer"], found["client"]
    )


def take_link(database: Database, store: StoreId, digest: str) -> bool:
    """Remove a link; return whether it was there. Of two who use it at the same time one alone finds it."""
    with unavailable_when_unreachable():
        return bool(database.collection("sign_in_links", store).delete_many({"_id": f"{store}:{digest}"}))
