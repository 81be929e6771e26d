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
    for start, end in spans_by_month(since, until).values():
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

    def find(_: Array) -> Array:
        parts = [
            organisation.keep_days(("first", flag, start, end), start, end, lambda acts: _firsts(acts, flag))
            for start, end in spans_by_month(first, until).values()
        ]
        return _firsts(np.concatenate([NO_ACTS, *parts]), flag)

    return organisation.keep_days(("all first", flag, since, until), first, until, find)


def _firsts(acts: Array, flag: int) -> Array:
    acts = acts[(acts["flags"] & flag != 0) & (acts["item"] >= 0)]
    _, first = np.unique(pairs_of(acts), return_index=True)  # acts are in the order of days
    return np.asarray(acts[np.sort(first)])


def pairs_of(acts: Array) -> Array:
    """Return the person and the nugget of each act as one number."""
    return acts["person"].astype(np.int64) << 32 | acts["item"].astype(np.int64)


def spans_by_month(since: int, until: int) -> Mapping[str, tuple[int, int]]:
    """Return the days of each month of a window, as far as they lie in it."""
    return {month_of(start): (max(since, start), min(until, end)) for start, end in _months(since, until)}


def _months(since: int, until: int) -> Iterator[tuple[int, int]]:
    start = month_start(since)
    while start < until:
        end = next_month(start)
        yield start, end
        start = end
