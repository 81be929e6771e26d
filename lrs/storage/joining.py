"""Joined work: several threads that want the same kind of work at the same time share one run of it.

The first thread becomes the leader and runs the work of every waiting thread. Threads that arrive meanwhile form the
next group, which the first of them leads. A thread never waits for others to join it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lrs.errors import ServiceUnavailableError

Item = TypeVar("Item")
Outcome = Exception | None


def _held() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class _Turn(Generic[Item]):
    """One item and its outcome; `woken` is released when it is done, or when its thread becomes the leader."""

    item: Item
    woken: threading.Lock = field(default_factory=_held)  # far cheaper than an Event
    done: bool = False
    outcome: Outcome = None


class Joined(Generic[Item]):
    """`work` takes the items of a group and returns, for each, None or the error to raise in its thread."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Outcome]]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._waiting: list[_Turn[Item]] = []
        self._busy = False

    def do(self, item: Item) -> None:
        """Return when the work is done for an item; raise its outcome if that is an error."""
        turn = _Turn(item)
        with self._lock:
            self._waiting.append(turn)
            leads, self._busy = not self._busy, True
        if not leads:
            turn.woken.acquire()
        if not turn.done:
            self._lead()
        if turn.outcome is not None:
            raise turn.outcome

    def _lead(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting, []
        outcomes: Sequence[Outcome] = [_unforeseen() for _ in group]
        try:
            outcomes = self._work([turn.item for turn in group])
        finally:
            self._finish(group, outcomes)

    def _finish(self, group: Sequence[_Turn[Item]], outcomes: Sequence[Outcome]) -> None:
        with self._lock:
            following = self._waiting[:1]
            self._busy = bool(following)
        for turn, outcome in zip(group, outcomes, strict=True):
            turn.outcome, turn.done = outcome, True
        for turn in (*group, *following):
            turn.woken.release()


def _unforeseen() -> ServiceUnavailableError:
    return ServiceUnavailableError("Storing this with other requests failed; send the request again.")
