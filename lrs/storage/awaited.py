"""Whether StatementRefs of a store may point at Statements that are not stored yet.

Usually none does: a Statement comes before what points at it. As long as that is so, who stores a Statement need not
look for what points at it already. Who stores a StatementRef before its target says so first, and goes on when no
process goes by the old state any more. See docs/decisions/0011-awaited-targets.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from pymongo.errors import BulkWriteError

from lrs.storage.database import Database, StoreId
from lrs.storage.references import Reference
from lrs.storage.statements.large_batches import LargeBatches, shown

HELD_S = 0.2
HEARD_AFTER_S = 0.25
Clock = Callable[[], float]


class AwaitedTargets:
    """What one process knows of one store; share it between threads."""

    def __init__(self, database: Database, store: StoreId, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._key = {"_id": store}
        self._states = database.collection("awaited_targets", store)
        self._references = database.collection("statement_references", store)
        self._statements = database.collection("statements", store)
        self._batches = LargeBatches(database, store)
        self._none_at: float | None = None
        self._some_since: float | None = None

    def may_be(self) -> bool:
        """Tell whether a Statement that was committed before this call may be pointed at already.

        False is held for `HELD_S`, less than anybody waits before he commits a StatementRef without its target. So
        such a one is committed after the Statement, and its own look for its target finds it.
        """
        asked = self._clock()
        if self._some_since is not None:
            return True
        if self._none_at is not None and asked - self._none_at < HELD_S:
            return False
        state = self._states.find_linearizable(self._key)
        if state is None:
            self._begin()
            return True
        if state["any"]:
            self._some_since = self._clock()
            return True
        self._none_at = asked
        return False

    def among(self, new: Sequence[bytes]) -> Sequence[bytes]:
        """Return the new Statements that may be pointed at already: all of them, or none."""
        return new if new and self.may_be() else []

    def expect(self, references: Sequence[Reference], together_with: Collection[bytes] = ()) -> None:
        """Return when `references` may be committed, `together_with` those Statements.

        If a target of them is not stored, every process knows by then that it is awaited.
        """
        targets = {bytes(item.target) for item in references} - set(together_with)
        if not targets or self._are_stored(targets):
            return
        if self._some_since is None:
            self._states.update_one(self._key, {"$set": {"any": True}}, upsert=True)
            self._some_since = self._clock()
        time.sleep(max(0.0, self._some_since + HEARD_AFTER_S - self._clock()))

    def _are_stored(self, targets: Collection[bytes]) -> bool:
        """Tell whether all of them are there to stay: of a batch not published yet, they may be removed."""
        found = self._statements.find({"_id": {"$in": list(targets)}}, ["seq", "voided"])
        self._batches.resolve(found)
        return len(shown(found)) == len(targets)

    def _begin(self) -> None:
        """Note the state of a store that has none. StatementRefs may be from before there were states."""
        known = self._references.find_one({}, ["_id"]) is not None
        with suppress(BulkWriteError):  # somebody else was faster; what he noted is read the next time
            self._states.insert_many([{**self._key, "any": known}])
