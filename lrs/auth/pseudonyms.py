"""Stores that are pseudonymous from the start: no identifier of a person reaches their data, only its pseudonym.

A pseudonym is a digest with the key of the store, which is a file in a folder apart from the data. Without the key
nobody finds out who is meant; with it, whoever asks by the identifier is answered.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from lrs.auth.pseudonym_keys import new_key, read_key, write_key
from lrs.auth.stores import NO_CONSENTS, Store, create_store, remove_store
from lrs.config import Settings
from lrs.errors import LrsError, RequestRefusedError, ServiceUnavailableError
from lrs.storage.database import Database, StoreId
from lrs.storage.stores import delete_store_row
from schemas.consents import Kind, Policy
from schemas.identifiers import identifier_of, identifiers_implied, is_pseudonym, pseudonymous_agent

HOME_PAGE = "https://learnerprise.org/xapi/pseudonyms"
"""The homePage of the accounts that stand for people."""
_PSEUDONYM = re.compile(rf"account\|{len(HOME_PAGE)}\|{re.escape(HOME_PAGE)}\|([0-9a-f]{{32}})")


def pseudonym_of(key: bytes, name: str) -> str:
    """Return what stands for a name, the same each time."""
    return hmac.digest(key, name.encode(), "sha256")[:16].hex()


class StorePseudonyms:
    """The pseudonyms of all stores; the key of each is read once."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.pseudonym_keys
        self._tools = f"account|{len(settings.authority)}|{settings.authority}|"
        self._keys: dict[StoreId, bytes] = {}

    def of(self, store: Store) -> Callable[[str], str] | None:
        """Return what gives the pseudonym of an identifier; None for a store that keeps identifiers.

        It is empty for tools, and for who was erased. Raise ServiceUnavailableError unless the key of the store is
        there.
        """
        if not store.key_check:
            return None
        key = self._keys.get(store.id) or self._read(store)
        return lambda identifier: self._pseudonym(key, identifier)

    def identifier(self, store: Store, identifier: str) -> str:
        """Return the identifier by which a store knows a person."""
        find = self.of(store)
        pseudonym = find(identifier) if find else ""
        found = identifier_of(pseudonymous_agent(pseudonym, home_page=HOME_PAGE)) if pseudonym else None
        return found or identifier

    def _pseudonym(self, key: bytes, identifier: str) -> str:
        if own := _PSEUDONYM.fullmatch(identifier):
            return own[1]
        if identifier.startswith(self._tools) or is_pseudonym(identifier):
            return ""
        plain = identifier.lower() if identifier.startswith("mbox|") else identifier
        return pseudonym_of(key, next(iter(identifiers_implied(plain)), plain))

    def _read(self, store: Store) -> bytes:
        path = self._path(store)
        try:
            key = read_key(path)
        except RequestRefusedError as error:
            raise ServiceUnavailableError(
                f"The key of the pseudonyms of the store {store.name!r} is not there ({error.message}) Put it back "
                "into LEARNERPRISE_PSEUDONYM_KEYS; without it nothing is stored or answered."
            ) from error
        if _check_of(key) != store.key_check:
            raise ServiceUnavailableError(
                f"{path} is not the key that the store {store.name!r} was created with; put that one back."
            )
        return self._keys.setdefault(store.id, key)

    def create_store(
        self,
        database: Database,
        name: str,
        *,
        default_version: str = "1.0.3",
        consents: Mapping[Kind, Policy] = NO_CONSENTS,
    ) -> Store:
        """Create a store that is pseudonymous, with a new key; raise DuplicateNameError if the name is taken."""
        key = new_key()
        store = create_store(
            database, name, default_version=default_version, consents=consents, key_check=_check_of(key)
        )
        try:
            write_key(self._path(store), key, makes_folder=True)
        except LrsError:
            delete_store_row(database, store.id)
            raise
        return store

    def remove_store(self, database: Database, store: Store, progress: Callable[[int, str], None]) -> int:
        """Remove a closed store, its key too; return how many documents."""
        count = remove_store(database, store, progress)
        self._path(store).unlink(missing_ok=True)
        return count

    def _path(self, store: Store) -> Path:
        return self._folder / f"{store.id}.key"


def _check_of(key: bytes) -> str:
    """Return by which a store knows its key again, and nobody finds it out."""
    return sha256(b"pseudonyms|" + key).hexdigest()
