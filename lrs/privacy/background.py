"""Erasures and removals that run in a thread, so that the request that begins one is answered at once."""

from __future__ import annotations

import threading

from lrs.privacy.erasing import ErasureWish, Holdings, begin_erasure
from lrs.privacy.retention import Selection, begin_removal
from lrs.privacy.upkeep import finish_erasure
from lrs.storage.database import Database, StoreId
from lrs.storage.erasures import ErasureRow


def start_erasure(database: Database, store: StoreId, wish: ErasureWish, holdings: Holdings) -> ErasureRow:
    """Begin to erase a person, or go on after an interruption; return the erasure. Raise NotFoundError."""
    erasure = begin_erasure(database, store, wish, holdings)
    _start(database, store, erasure.id, holdings)
    return erasure


def start_removal(database: Database, store: StoreId, selection: Selection, holdings: Holdings) -> str:
    """Begin to remove the Statements of a selection; return the id under which it is among the erasures."""
    removal = begin_removal(database, store, selection)
    _start(database, store, removal, holdings)
    return removal


def _start(database: Database, store: StoreId, erasure_id: str, holdings: Holdings) -> None:
    arguments = (database, store, erasure_id, holdings)
    threading.Thread(target=finish_erasure, args=arguments, name="erasure", daemon=True).start()
