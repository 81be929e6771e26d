"""Roles that an identity provider says its people have: entered for a learner when a token says another than before."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from cachetools import TTLCache

from lrs.batched_writes import BatchedWrites
from lrs.errors import ErasedPersonError, LrsError
from lrs.logging import log_failure
from lrs.personas import find_person
from lrs.storage.database import Database, StoreId
from recommender.catalogue.editing import import_lines
from recommender.storage.entries import find_entries
from schemas.tables import Line

WITHIN_S = 0.2
REMEMBERED_S = 600.0
MOST_REMEMBERED = 50_000
ROLE = "role"

_logger = logging.getLogger("recommender.roles")

Noted = tuple[StoreId, str, str]


class TokenRoles:
    """Notes roles as tokens come, and enters in the background those that are new. `stop` it at the end."""

    def __init__(self, database: Database, pause_s: float = WITHIN_S) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._remembered: TTLCache[tuple[StoreId, str], str] = TTLCache(MOST_REMEMBERED, REMEMBERED_S)
        self._writes: BatchedWrites[Noted] = BatchedWrites("token roles", self._enter, pause_s)
        self.stop = self._writes.flush

    def note(self, store: StoreId, learner: str, roles: Sequence[str]) -> None:
        """Note the roles that a token brings for a learner (a canonical identifier); the first one counts."""
        if not roles:
            return
        with self._lock:
            if self._remembered.get((store, learner)) == roles[0]:
                return
            self._remembered[store, learner] = roles[0]
        self._writes.add((store, learner, roles[0]))

    def _enter(self, noted: Sequence[Noted]) -> None:
        for store, learner, role in dict.fromkeys(noted):
            try:
                if self._entered(store, learner) != role:
                    line = Line(1, {"agent": learner, ROLE: role}, frozenset({ROLE}))
                    import_lines(self._database, store, "learners", [line])
            except ErasedPersonError:
                continue  # remembered, so that not every token tries again
            except LrsError as error:
                with self._lock:
                    self._remembered.pop((store, learner), None)
                log_failure(_logger, "role_not_entered", error=type(error).__name__)

    def _entered(self, store: StoreId, learner: str) -> str | None:
        """Return the role that was entered of a learner, whose first id counts most."""
        person = find_person(self._database, store, learner)
        ids = [str(one) for one in person.ids] if person else []
        entries = find_entries(self._database, store, "learners", ids) if ids else {}
        roles = (entries[one].values.get(ROLE) for one in ids if one in entries)
        return next(filter(None, roles), None)
