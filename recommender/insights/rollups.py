"""Day rollups: the acts of a day, joined where one person did the same with the same nugget, as arrays.

They hold exact people, not sketches of how many there were, so that days can be joined to windows and people left
out who do not want to be counted.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from bson import ObjectId

from lrs.storage.database import Database, StoreId
from recommender.storage.insights import (
    Part,
    find_acts_of_day,
    find_marks,
    find_undone,
    remove_marks,
    write_day,
)
from recommender.storage.locks import acquire_lock, release_lock, renewed_lock
from recommender.storage.reading import find_reading
from schemas.catalogue import MODALITIES

Array = np.ndarray[Any, np.dtype[Any]]
ROW = np.dtype(
    [
        *(("person", "<u4"), ("peer", "<i4"), ("item", "<i4"), ("verb", "<u2"), ("modality", "u1")),
        *(("flags", "u1"), ("progress", "u1"), ("acts", "<u4")),
    ]
)
"""What one person did with one nugget on one day: positions of people and names (-1: none), progress in percent."""
LIKING, TAKING, COMPLETED, FAILED, POSTING, PRIVATE = 1, 2, 4, 8, 16, 32
"""Flags: of positive strength, the nugget was taken, completed, failed, own post written, nobody is to be named."""
NO_PROGRESS = 255
ROWS_PER_PART = 200_000
LOCK, LEASE_S = "insights", 15
BUDGET_S = 5.0
"""About so long (s) rollups are made at a time, the newest days first."""
_logger = logging.getLogger("recommender.insights")


def roll_up(database: Database, store: StoreId, budget_s: float = BUDGET_S) -> int:
    """Make the days again that have changed, the newest first; return how many were made.

    One process at a time does so, and nobody while all Statements are being read again.
    """
    if not find_marks(database, store)[1] or find_reading(database, store).again:
        return 0
    token = acquire_lock(database, store, LOCK, LEASE_S)
    if token is None:
        return 0
    try:
        with renewed_lock(database, store, LOCK, token, LEASE_S):
            return _roll_up(database, store, time.monotonic() + budget_s)
    finally:
        release_lock(database, store, LOCK, token)


def _roll_up(database: Database, store: StoreId, until: float) -> int:
    marks, days = find_marks(database, store)
    undone = find_undone(database, store)
    left = sorted(days)
    while left and (len(left) == len(days) or time.monotonic() < until):
        day = left.pop()
        write_day(database, store, day, parts_of(day, find_acts_of_day(database, store, day), undone))
    remove_marks(database, store, marks, left)
    return len(days) - len(left)


def parts_of(
    day: int, acts: Iterable[Mapping[str, Any]], undone: Collection[tuple[ObjectId, str]] = ()
) -> list[Part]:
    """Join the acts of a day, without those that the person took back; pure, whatever their order."""
    joined: dict[tuple[Any, ...], list[int]] = {}
    for act in acts:
        if (act["persona"], act["statement_id"]) not in undone:
            found = joined.setdefault(_key(act), [0, NO_PROGRESS])
            found[0] += 1
            found[1] = _further(found[1], act["progress"])
    rows = sorted(joined.items(), key=lambda pair: tuple(map(str, pair[0])))
    return [
        _part(day, number, rows[start : start + ROWS_PER_PART])
        for number, start in enumerate(range(0, len(rows), ROWS_PER_PART))
    ]


def _key(act: Mapping[str, Any]) -> tuple[Any, ...]:
    told = (
        (LIKING, act["strength"] > 0),
        (TAKING, act["positive"]),
        (COMPLETED, act["completed"]),
        (FAILED, act["failed"]),
        (POSTING, act["makes_post"]),
        (PRIVATE, act["private"]),
    )
    flags = sum(flag for flag, is_so in told if is_so)
    return act["persona"], act["peer"], act["item"] or "", act["verb"], act["kind"], flags


def _further(before: int, progress: float | None) -> int:
    """Return the greater progress in percent."""
    if progress is None:
        return before
    percent = min(100, max(0, round(progress * 100)))
    return percent if before == NO_PROGRESS else max(before, percent)


def _part(day: int, number: int, rows: Sequence[tuple[tuple[Any, ...], list[int]]]) -> Part:
    people: dict[ObjectId, int] = {}
    names: dict[str, int] = {}
    table = np.zeros(len(rows), ROW)
    for at, ((persona, peer, item, verb, kind, flags), (acts, progress)) in enumerate(rows):
        table[at] = (
            people.setdefault(persona, len(people)),
            -1 if peer is None else people.setdefault(peer, len(people)),
            names.setdefault(item, len(names)) if item else -1,
            names.setdefault(verb, len(names)),
            MODALITIES.index(kind) if kind in MODALITIES else MODALITIES.index("informal"),
            flags,
            progress,
            acts,
        )
    return Part(day, number, b"".join(one.binary for one in people), tuple(names), table.tobytes())
