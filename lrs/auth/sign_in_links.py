"""Links that sign somebody in: each works once, within a quarter of an hour."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from hashlib import sha256

from lrs.auth.credentials import Credential
from lrs.auth.pseudonyms import StorePseudonyms
from lrs.auth.scopes import require_known_scopes
from lrs.auth.sessions import SECOND_US, SECRET_BYTES, Voucher, page_key, taken_apart
from lrs.auth.stores import Store, require_open, store_by_id
from lrs.errors import ForbiddenError, NotFoundError
from lrs.storage.database import Database
from lrs.storage.sign_in_links import LinkRow, find_link, insert_link, take_link
from lrs.storage.stored_time import now_us

VALID_MINUTES = 15
PATH = "/sign-in/link"


class SignInLinks:
    """Makes links, and signs in whoever brings one."""

    def __init__(
        self, database: Database, pseudonyms: StorePseudonyms, clock_us: Callable[[], int] = now_us
    ) -> None:
        self._database = database
        self._pseudonyms = pseudonyms
        self._now = clock_us

    def make(
        self,
        store: Store,
        learner: str,
        scopes: Collection[str],
        name: str,
        voucher: Voucher | None = None,
    ) -> str:
        """Return what a link holds that signs a learner (canonical identifier) in; raise RequestRefusedError.

        With a `voucher`, a session that begins with the link ends once the store does not trust that one any more.
        """
        require_known_scopes(list(scopes))
        require_open(store)
        secret = secrets.token_hex(SECRET_BYTES)
        expires = self._now() + VALID_MINUTES * 60 * SECOND_US
        kept = self._pseudonyms.identifier(store, learner)
        shown = store.name if store.key_check else name
        vouched = (voucher.issuer, voucher.client) if voucher else (None, None)
        row = LinkRow(kept, shown, tuple(sorted(scopes)), expires, *vouched)
        insert_link(self._database, store.id, _digest(secret), row)
        return f"{store.id}{secret}"

    def is_valid(self, token: str) -> bool:
        """Return whether a link would sign somebody in now. Programs that look at mails do not use it up."""
        return self._find(token) is not None

    def redeem(self, token: str) -> tuple[Credential, Voucher | None] | None:
        """Return what a link allows, and use it up; None if it was used, has expired or was made elsewhere."""
        found = self._find(token)
        if found is None:
            return None
        store, digest, row = found
        if not take_link(self._database, store.id, digest):
            return None
        key = page_key(self._database, store.id, row.learner)
        voucher = Voucher(row.issuer, row.client) if row.issuer else None
        return Credential(key, row.name, store, frozenset(row.scopes), row.learner), voucher

    def _find(self, token: str) -> tuple[Store, str, LinkRow] | None:
        apart = taken_apart(token)
        if apart is None:
            return None
        digest = _digest(apart[1])
        row = find_link(self._database, apart[0], digest)
        if row is None or self._now() >= row.expires_us:
            return None
        try:
            store = store_by_id(self._database, apart[0])
            require_open(store)
        except (ForbiddenError, NotFoundError):
            return None
        return store, digest, row


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
