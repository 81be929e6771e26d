"""Whether StatementRefs of a store may point at Statements that are not stored yet.

Usually none does: a Statement comes before what points at it. As long as that is so, who stores a Statement need not
look for what points at it already. Who stores a StatementRef before its target says so first, and goes on when no
process goes by the old state any more. See docs/decisions/0011-awaited-targets.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence

from lrs.storage.database import Database, StoreId
from lrs.storage.inserts import insert_free
from lrs.storage.statements.large_batches import LargeBatches, shown
from lrs.storage.statements.references import Reference

HELD_S = 0.5
HEARD_AFTER_S = 0.75


class AwaitedTargets:
    """What one process knows of one store; share it between threads."""

    def __init__(
        self, database: Database, store: StoreId, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._key = {"_id": store}
        self._states = database.collection("awaited_targets", store)
        self._references = database.collection("statement_references", store)
        self._statements = database.collection("statements", store)
        self._batches = LargeBatches(database, store)
        self._none_asked: float | None = None  # when the question began whose answer was that there are none
        self._some_known: float | None = None  # since when it is known here that there are some
        self._all_know = False  # that there are some

    def may_be(self) -> bool:
        """Tell whether a Statement that was committed before this call may be pointed at already.

        False is held for `HELD_S`, less than anybody waits before he commits a StatementRef without its target. So
        such a one is committed after the Statement, and its own look for its target finds it.
        """
        asked = self._clock()
        if self._some_known is not None:
            return True
        if self._none_asked is not None and asked - self._none_asked < HELD_S:
            return False
        return self._ask(asked)

    def among(self, new: Sequence[bytes]) -> Sequence[bytes]:
        """Return the new Statements that may be pointed at already: all of them, or none."""
        return new if new and self.may_be() else []

    def _ask(self, asked: float) -> bool:
        state = self._states.find_linearizable(self._key)
        if state is None:
            self._note_first_state()
            return True
        if not state["any"]:
            self._none_asked = asked
            return False
        self._some_known = self._clock()
        self._all_know = state["all_know"]
        return True

    def _note_first_state(self) -> None:
        """Note the state of a store that has none: its StatementRefs may be from before there were states."""
        known = self._references.find_one({}, ["_id"]) is not None
        self._insert(any_awaited=known)

    def _insert(self, *, any_awaited: bool) -> bool:
        """Insert the state; return False if there is one. Not an upsert: two at once are where servers differ."""
        state = {**self._key, "any": any_awaited, "all_know": False}
        return not insert_free(self._states, [state], ordered=True)

    def expect(self, references: Sequence[Reference], together_with: Collection[bytes] = ()) -> None:
        """Return when `references` may be committed, `together_with` those Statements.

        If a target of them is not stored, every process knows by then that it is awaited.
        """
        targets = {bytes(item.target) for item in references} - set(together_with)
        if not targets or self._all_know or self._are_stored(targets):
            return
        known = self._some_known or self._announce()
        if not self._all_know:
            time.sleep(max(0.0, known + HEARD_AFTER_S - self._clock()))
            self._states.update_one(self._key, {"$set": {"all_know": True}})
            self._all_know = True

    def _announce(self) -> float:
        """Note that there are some; return since when that is known here."""
        while self._some_known is None:
            if not self._insert(any_awaited=True):
                self._states.update_one(self._key, {"$set": {"any": True}})
            self._ask(self._clock())
        return self._some_known

    def _are_stored(self, targets: Collection[bytes]) -> bool:
        """Tell whether all of them are there to stay: of a batch not published yet, they may be removed."""
        found = self._statements.find({"_id": {"$in": list(targets)}}, ["seq", "voided"])
        self._batches.resolve(found)
        return len(shown(found)) == len(targets)
