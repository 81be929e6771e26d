"""Who acted in which modality over days. Whole months are joined once, so that a window costs what its people do.

Acts are joined by person, not by nugget: a year of a store with many acts costs as much as one with few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from recommender.insights.months import month_of, month_start, next_month
from recommender.insights.organisation import NO_ACTS, Organisation
from recommender.insights.rollups import LIKING
from schemas.catalogue import MODALITIES

Array = np.ndarray[Any, np.dtype[Any]]
BEGINNING = -(10**6)
"""A day before every act."""
ANY = len(MODALITIES)
"""The row of acts of any strength, behind those of positive strength by modality."""


def acts_by_person(organisation: Organisation, since: int, until: int) -> Array:
    """Return how many acts each person did in a span of days (4 x P): by modality, and of any strength."""
    found = np.zeros((ANY + 1, organisation.person_count))
    for start, end in spans(since, until):
        part = organisation.keep_days(("acts", start, end), start, end, joined)
        found[:, : part.shape[1]] += part
    return found


def joined(acts: Array) -> Array:
    """Return how many acts each person did (4 x P): by modality where of positive strength, and of any strength."""
    count = int(acts["person"].max()) + 1 if len(acts) else 0
    liking = acts["flags"] & LIKING != 0
    rows = [liking & (acts["modality"] == code) for code in range(len(MODALITIES))]
    return (
        np.array(
            [
                np.bincount(acts["person"], weights=np.where(row, acts["acts"], 0), minlength=count)
                for row in (*rows, np.ones(len(acts), dtype=bool))
            ]
        )
        .reshape(ANY + 1, count)
        .astype(np.float32)
    )


def seen(organisation: Organisation, since: int, until: int) -> Array:
    """Return who acted in a span of days (a mask)."""
    return np.asarray(acts_by_person(organisation, since, until)[ANY] > 0)


def first_acts(organisation: Organisation, since: int, until: int, flag: int) -> Array:
    """Return the first act with a flag of each person with each nugget in a span of days."""
    first = max(since, min(organisation.days, default=until))
    return _known_firsts(organisation, first, until, flag)[0] if first < until else NO_ACTS


def _known_firsts(organisation: Organisation, since: int, until: int, flag: int) -> tuple[Array, Array]:
    """Return the first acts, and their pairs in ascending order.

    Those until the last day are kept: that day changes all the time, the others seldom.
    """

    def find_earlier() -> tuple[Array, Array]:
        parts = [
            organisation.keep_days(("first", flag, *days), *days, lambda acts: _firsts(acts, flag))
            for days in spans(since, until - 1)
        ]
        found = _firsts(np.concatenate([NO_ACTS, *parts]), flag)
        return found, np.sort(pairs_of(found))

    def find() -> tuple[Array, Array]:
        acts, known = organisation.keep_while(
            ("firsts", flag, since, until - 1), since, until - 1, find_earlier
        )
        last = _firsts(organisation.acts(until - 1, until), flag)
        pairs = pairs_of(last)
        places = np.searchsorted(known, pairs)
        is_new = np.append(known, -1)[places] != pairs
        new = np.sort(pairs[is_new])
        return np.concatenate([acts, last[is_new]]), np.insert(known, np.searchsorted(known, new), new)

    return organisation.keep_while(("all firsts", flag, since, until), since, until, find)


def _firsts(acts: Array, flag: int) -> Array:
    acts = acts[(acts["flags"] & flag != 0) & (acts["item"] >= 0)]
    _, first = np.unique(pairs_of(acts), return_index=True)  # acts are in the order of days
    return np.asarray(acts[np.sort(first)])


def pairs_of(acts: Array) -> Array:
    """Return the person and the nugget of each act as one number."""
    return acts["person"].astype(np.int64) << 32 | acts["item"].astype(np.int64)


def spans(since: int, until: int) -> list[tuple[int, int]]:
    """Return the days of a window by month, the last day by itself: it changes all the time, the others seldom."""
    months = spans_by_month(since, until - 1).values()
    return [*months, (until - 1, until)] if since < until else []


def spans_by_month(since: int, until: int) -> Mapping[str, tuple[int, int]]:
    """Return the days of each month of a window, as far as they lie in it."""
    return {month_of(start): (max(since, start), min(until, end)) for start, end in _months(since, until)}


def _months(since: int, until: int) -> Iterator[tuple[int, int]]:
    start = month_start(since)
    while start < until:
        end = next_month(start)
        yield start, end
        start = end
