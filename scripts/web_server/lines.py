"""Who is next: the requests that wait, in one line for each store and kind of work, served in turn.

However many requests one store sends, another store's next one waits for no more than a free thread; and some
threads are never given to the first store.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lrs.config import Settings

Item = TypeVar("Item")
UNKNOWN = "unknown"
"""The line of requests of which it is not known yet which store their credential opens, if any."""
PRESENT_S = 10.0
"""A store counts as present for so long after its last request."""
LARGE_PER_THREAD, SPARE_PER_THREAD = 1 / 8, 1 / 4


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work: how many of it one store may have in hand, and all stores together, and how many may wait.

    `alone` is what one store may have in hand while no other is present.
    """

    name: str
    of_a_store: int
    of_all: int
    waiting: int
    alone: int


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of work of one process: small requests, large answers, large bodies."""

    light: Kind
    heavy: Kind
    batch: Kind
    threads: int

    @classmethod
    def from_settings(cls, settings: Settings) -> Kinds:
        """Return the kinds for so many threads: a quarter more than one store may have in hand."""
        threads, waiting = settings.threads, settings.max_waiting
        few = max(1, int(threads * LARGE_PER_THREAD))
        return cls(
            light=Kind("light", threads, 2 * threads, threads + waiting, threads),
            heavy=Kind("heavy", few, 2 * few, few + max(1, waiting // 16), few),
            batch=Kind("batch", few, 2 * few, threads + waiting, threads),
            threads=threads + max(1, int(threads * SPARE_PER_THREAD)),
        )


@dataclass(slots=True)
class _Line(Generic[Item]):
    """What one store waits for, of one kind, and how many of it are in hand."""

    store: Hashable
    kind: Kind
    waiting: deque[Item] = field(default_factory=deque)
    in_hand: int = 0


class Lines(Generic[Item]):
    """All lines of a process; not safe between threads."""

    def __init__(self) -> None:
        self._lines: OrderedDict[tuple[Hashable, str], _Line[Item]] = OrderedDict()
        self._in_hand: dict[str, int] = {}
        self._seen: OrderedDict[Hashable, float] = OrderedDict()

    def add(self, store: Hashable, kind: Kind, item: Item, now: float) -> bool:
        """Let an item wait in the line of its store; return False where too many do."""
        if store is not UNKNOWN:
            self._note_present(store, now)
        line = self._lines.get((store, kind.name))
        if line is None:
            line = self._lines[store, kind.name] = _Line(store, kind)
        if line.in_hand + len(line.waiting) >= kind.waiting:
            return False
        line.waiting.append(item)
        return True

    def take(self) -> tuple[Item, tuple[Hashable, str]] | None:
        """Return the next item and its line, which goes to the end; None where all that wait must go on waiting."""
        for name, line in self._lines.items():
            if line.waiting and self._may_take(line):
                line.in_hand += 1
                self._in_hand[line.kind.name] = self._in_hand.get(line.kind.name, 0) + 1
                self._lines.move_to_end(name)
                return line.waiting.popleft(), name
        return None

    def done(self, name: tuple[Hashable, str]) -> None:
        """Note that an item of a line is in hand no more."""
        line = self._lines[name]
        line.in_hand -= 1
        self._in_hand[line.kind.name] -= 1
        if not line.in_hand and not line.waiting:
            del self._lines[name]

    def _may_take(self, line: _Line[Item]) -> bool:
        kind = line.kind
        most = kind.alone if len(self._seen) < 2 else kind.of_a_store
        return line.in_hand < most and self._in_hand.get(kind.name, 0) < max(kind.of_all, most)

    def _note_present(self, store: Hashable, now: float) -> None:
        self._seen[store] = now
        self._seen.move_to_end(store)
        while next(iter(self._seen.values())) < now - PRESENT_S:
            self._seen.popitem(last=False)
