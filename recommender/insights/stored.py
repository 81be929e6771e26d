"""Reads what a process of its own counts, so that requests do not share their process with counting.

A stored answer is used as long as it was counted for the people who agree now, until the same day, and within the
last hour. Otherwise the request says what it waits for, and waits a little.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from bson import ObjectId
from msgspec import MsgspecError

from lrs.personas import Agreeing, PersonaId
from lrs.storage.database import Database
from recommender.errors import FiguresCountedError
from recommender.insights.answers import Answer
from recommender.insights.people import PERSON
from recommender.insights.written import read
from recommender.serving.state.cache import Refreshed
from recommender.storage.answers import Counted, Wish, find_body, find_counted, note_asked

OLDEST_US = 3_600_000_000
LOOKED_S = 1.0
"""So long at most a process uses what it read before it looks again."""
NOTED_US = 5_000_000
"""That a question was asked is noted so often at most."""
LONGEST_S = 4.0
"""So long a request waits for its answers, all together; a page has to say something within five seconds."""
PAUSES_S = (0.01, 0.02, 0.05)
MOST_ANSWERS = 2000
Found = Answer | tuple[PersonaId, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What an answer has to have been counted for: the people who agree (a digest), and the day before which."""

    agreeing: str
    day: int

    def fits(self, counted: Counted, now: int) -> bool:
        """Return whether an answer may still be shown."""
        is_same = (counted.agreeing, counted.day) == (self.agreeing, self.day)
        return is_same and now - counted.counted < OLDEST_US


@dataclass(frozen=True, slots=True)
class _Held:
    counted: Counted
    found: Found


class StoredAnswers:
    """The answers that a process has read; `waits_until` says until when (monotonic) the present request waits."""

    def __init__(self, database: Database, waits_until: Callable[[], float]) -> None:
        self._database = database
        self._waits_until = waits_until
        self._answers: Refreshed[Wish, _Held | None] = Refreshed(
            self._read, LOOKED_S, MOST_ANSWERS, serves_old=lambda held, age_s: False
        )

    def find(self, wish: Wish, state: Callable[[], State]) -> Found:
        """Return the answer to a question; raise FiguresCountedError where it takes longer than a request waits."""
        held = self._answers.get(wish)
        if held is not None and state().fits(held.counted, _now()):
            return held.found
        return self._wait(wish, state, self._waits_until())

    def _wait(self, wish: Wish, state: Callable[[], State], until: float) -> Found:
        pauses, pause, is_noted = iter(PAUSES_S), 0.0, False
        while True:
            counted, asked = find_counted(self._database, wish)
            if counted is not None and state().fits(counted, _now()):
                found = _found(wish, find_body(self._database, wish, counted))
                if found is not None:
                    return found
            if not (is_noted and asked):  # all answers of the store may have been dropped since
                note_asked(self._database, wish, _now(), wanted=True)
                is_noted = True
            if time.monotonic() >= until:
                raise FiguresCountedError("These figures are being counted; ask again in a few seconds.")
            pause = next(pauses, pause)
            time.sleep(pause)

    def _read(self, wish: Wish, previous: _Held | None) -> _Held | None:
        counted, asked = find_counted(self._database, wish)
        if counted is None:
            return None
        if _now() - asked > NOTED_US:
            note_asked(self._database, wish, _now(), wanted=False)
        if previous is not None and previous.counted == counted:
            return previous
        found = _found(wish, find_body(self._database, wish, counted))
        return None if found is None else _Held(counted, found)


def _now() -> int:
    return time.time_ns() // 1000


def _found(wish: Wish, body: bytes | None) -> Found | None:
    """Return the answer in a document; None where there is none, or one that another version wrote in another form."""
    if body is None:
        return None
    try:
        return read(body, Answer) if wish.by != (PERSON,) else tuple(map(ObjectId, read(body, list[str])))
    except MsgspecError:
        return None


@lru_cache(256)
def digest_of(*agreeing: Agreeing | None) -> str:
    """Return what differs where other people agree; nobody can tell from it who they are."""
    digest = sha256()
    for some in agreeing:
        if some is not None:
            digest.update(b"but" if some.others else b"only")
            digest.update(b"".join(one.binary for one in sorted(some.named)))
    return digest.hexdigest()[:32]
