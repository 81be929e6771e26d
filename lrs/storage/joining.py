"""Joined work: what several threads want done at the same instant is done once, for all of them.

Whoever comes first leads: he does what is waiting and tells each its outcome. Who comes meanwhile forms the next
group, and the first of it leads that one. Nobody waits for company.
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
    """One item, and what became of it; `woken` is released when it is done, or when its thread is to lead."""

    item: Item
    woken: threading.Lock = field(default_factory=_held)  # far cheaper than an Event
    done: bool = False
    outcome: Outcome = None


class Joined(Generic[Item]):
    """`work` takes the items of a group and returns, for each, None or what is to be raised in its thread."""

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
    return ServiceUnavailableError("What was stored together with this failed; send the request again.")
