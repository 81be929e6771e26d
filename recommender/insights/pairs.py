"""What each person did with each nugget over days, as one number for a pair of both.

Whole months are joined once, so a figure about nuggets costs what there is of people and nuggets, however much they do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from recommender.insights.activity import spans
from recommender.insights.counting import MOST_CELLS, OF_NUGGETS, Asked, Memberships, attribute
from recommender.insights.organisation import Organisation
from recommender.insights.rollups import COMPLETED, FAILED, LIKING, NO_PROGRESS, PRIVATE, TAKING
from recommender.interactions.unfinished import STARTED
from schemas.catalogue import MODALITIES

Array = np.ndarray[Any, np.dtype[Any]]
Part = tuple[Array, Array]
"""The pairs of some days (nugget and person in one number, ascending), and what was done."""
LIKED, TOOK, DONE, GAVE_UP, BEGAN, TOLD, TOLD_PART, LATELY = (1 << bit for bit in range(8))
"""What was done: an act of positive strength, taken, completed, failed or abandoned, begun, progress told, progress
on the way told, lately."""
FIRST_TENTH = 8
"""From this bit on: that so many tenths were reached."""
LOW = 0xFFFFFFFF
COMPLETE = 100


@dataclass(frozen=True, slots=True)
class Pairs:
    """What was done (items x people; an array, or sparse where there are very many) and whom and what to count.

    `people` (P) is 1 for those who are counted, `items` (I) for nuggets that pass the filters.
    """

    done: Any
    people: Array
    items: Array

    def where(self, test: Callable[[Array], Array]) -> Any:
        """Return 1 where a test of what was done holds, which it never does of nothing (items x people)."""
        if isinstance(self.done, np.ndarray):
            return (test(self.done) & self.items[:, None]).astype(np.float32)
        lengths = np.diff(self.done.indptr)
        found = (test(self.done.data) & np.repeat(self.items, lengths)).astype(np.float32)
        return csr_array((found, self.done.indices, self.done.indptr), shape=self.done.shape)

    def by_item(self, found: Any) -> Array:
        """Return how many people there are of each nugget."""
        return np.asarray(found @ self.people)

    def by_group(self, found: Any, groups: Memberships) -> list[int]:
        """Return how many different people there are in each group of nuggets."""
        owners = np.repeat(np.arange(len(groups.starts) - 1), np.diff(groups.starts))
        ones = np.ones(len(owners), dtype=np.float32)
        members = csr_array((ones, (groups.codes, owners)), shape=(len(groups.labels), found.shape[0]))
        return [int(one) for one in ((members @ found) > 0) @ self.people]

    def all_people(self, found: Any) -> int:
        """Return how many different people there are in all."""
        return int((np.asarray(found.sum(axis=0)) > 0) @ self.people)


def pairs_of_window(asked: Asked, modality: str = "", *, among: Array | None = None) -> Pairs:
    """Return the open acts on nuggets in the window, of those counted, or of those `among` them (positions)."""
    organisation, wanted = asked.organisation, modality or asked.filters.get("modality", "")
    people = asked.counted
    if among is not None:
        people = np.zeros(len(people), dtype=bool)
        people[among] = True
    items = np.ones(organisation.item_count, dtype=bool)
    for name, value in asked.filters.items():
        if name in OF_NUGGETS:
            items &= attribute(organisation, name).mask(value)
    key = ("pairs", asked.since, asked.until, wanted)
    done = organisation.keep(key, lambda: _join(organisation, asked.since, asked.until, wanted))
    return Pairs(done, people.astype(np.float32), items)


LEFT_DAYS = 30
"""A nugget that was begun and not touched for so long was left."""


def _join(organisation: Organisation, since: int, until: int, modality: str) -> Any:
    lately = max(since, until - LEFT_DAYS)
    parts = [_part(organisation, *days, modality) for days in spans(since, lately)]
    for pairs, words in (_part(organisation, *days, modality) for days in spans(lately, until)):
        parts.append((pairs, words | LATELY))
    shape = (organisation.item_count, organisation.person_count)
    return _dense(parts, shape) if shape[0] * shape[1] <= MOST_CELLS else _sparse(parts, shape)


def _dense(parts: Sequence[Part], shape: tuple[int, int]) -> Array:
    found = np.zeros(shape[0] * shape[1], dtype=np.uint32)
    for pairs, words in parts:
        found[(pairs >> 32) * shape[1] + (pairs & LOW)] |= words
    return found.reshape(shape)


def _sparse(parts: Sequence[Part], shape: tuple[int, int]) -> csr_array:
    pairs, words = _joined(*map(np.concatenate, zip(*parts, strict=True)))
    starts = np.searchsorted(pairs >> 32, np.arange(shape[0] + 1))
    return csr_array((words, pairs & LOW, starts), shape=shape)


def _joined(pairs: Array, words: Array) -> Part:
    """Return each pair once, with all that was done."""
    if not len(pairs):
        return pairs, words
    order = np.argsort(pairs, kind="stable")
    starts = np.flatnonzero(np.diff(pairs[order], prepend=-1))
    return pairs[order[starts]], np.bitwise_or.reduceat(words[order], starts)


def _part(organisation: Organisation, since: int, until: int, modality: str) -> Part:
    def make(acts: Array) -> Part:
        acts = acts[(acts["item"] >= 0) & (acts["flags"] & PRIVATE == 0)]
        if modality:
            acts = acts[acts["modality"] == (MODALITIES.index(modality) if modality in MODALITIES else 255)]
        pairs = acts["item"].astype(np.int64) << 32 | acts["person"].astype(np.int64)
        return _joined(pairs, _words(organisation, acts))

    return organisation.keep_days(("pairs", since, until, modality), since, until, make)


def _words(organisation: Organisation, acts: Array) -> Array:
    flags, progress = acts["flags"].astype(np.uint32), acts["progress"]
    is_liked, is_done, is_told = flags & LIKING != 0, flags & COMPLETED != 0, progress != NO_PROGRESS
    tenths = np.where(is_done, 10, np.where(is_told, progress // 10, 0)).astype(np.uint32)
    gave_up = (flags & FAILED != 0) | organisation.has_verb(acts, {"abandoned"})
    told = (
        (LIKED, is_liked),
        (TOOK, is_liked & (flags & TAKING != 0)),
        (DONE, is_done),
        (GAVE_UP, gave_up),
        (BEGAN, organisation.has_verb(acts, STARTED)),
        (TOLD, is_told),
        (TOLD_PART, progress < COMPLETE),
    )
    words = ((np.uint32(1) << tenths) - np.uint32(1)) << np.uint32(FIRST_TENTH)
    for bit, holds in told:
        words |= np.where(holds, np.uint32(bit), np.uint32(0))
    return np.asarray(words)
