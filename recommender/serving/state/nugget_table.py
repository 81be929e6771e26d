"""The nuggets of a catalogue as arrays, so that all of them are judged at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np
import scipy.sparse as sp

from recommender.catalogue.nuggets import Nugget

Array = np.ndarray[Any, np.dtype[Any]]
LEVELS: Mapping[str, int] = {"beginner": 1, "intermediate": 2, "advanced": 3}


@dataclass(frozen=True, slots=True)
class Column:
    """One property of all nuggets: the distinct `values`, and for each nugget the index of its own (`codes`, I)."""

    values: tuple[str, ...]
    codes: Array

    def among(self, wanted: Collection[str]) -> Array:
        """Return which nuggets have one of these values (a mask)."""
        chosen = np.array([value in wanted for value in self.values], dtype=bool)
        return np.asarray(chosen[self.codes])


@dataclass(frozen=True, slots=True)
class NuggetColumns:
    """The properties of I nuggets: `seconds` (nan: unknown), `closes` and `born` (us, see Nugget), `levels` (1 to 3, 0:
    unknown), which are `private`, and `digests` of their ids (32 bits).

    `skills` holds the positions of the nuggets that teach each skill, `skill_counts` (I) the number of skills of
    each nugget. `requires` (I x I) has a 1 where the row's nugget requires the column's; `requires_unknown` (I)
    marks nuggets with prerequisites outside the catalogue. `steps` holds the ids of the nuggets entered within each
    course or path.
    """

    nuggets: tuple[Nugget, ...]
    index: Mapping[str, int]
    named: Mapping[str, Column]
    seconds: Array
    closes: Array
    born: Array
    digests: Array
    levels: Array
    private: Array
    skills: Mapping[str, Array]
    skill_counts: Array
    requires: sp.csr_matrix
    requires_unknown: Array
    steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def is_open(self, now_us: int) -> Array:
        """Return which nuggets may be recommended at a time (us)."""
        return np.asarray(now_us < self.closes)

    def positions(self, activities: Iterable[str]) -> Array:
        """Return the positions of those of these nuggets that are in the catalogue."""
        return np.array([self.index[one] for one in activities if one in self.index], dtype=np.int64)

    def mask(self, positions: Array) -> Array:
        """Return a mask (I) that is true at these positions."""
        mask = np.zeros(len(self.nuggets), dtype=bool)
        mask[positions] = True
        return mask


NO_POSITIONS = np.zeros(0, dtype=np.int64)


def build_columns(nuggets: Sequence[Nugget]) -> NuggetColumns:
    """Build the arrays of these nuggets."""
    index = {nugget.id: position for position, nugget in enumerate(nuggets)}
    requires, unknown = _requirements(nuggets, index)
    return NuggetColumns(
        nuggets=tuple(nuggets),
        index=index,
        named={
            "format": _column([nugget.format for nugget in nuggets]),
            "modality": _column([nugget.modality for nugget in nuggets]),
            "language": _column([nugget.language for nugget in nuggets]),
            "level": _column([nugget.level for nugget in nuggets]),
        },
        seconds=np.array(
            [np.nan if nugget.duration_s is None else nugget.duration_s for nugget in nuggets], np.float64
        ),
        closes=np.array([nugget.closes_us for nugget in nuggets], dtype=np.int64),
        born=np.array([nugget.born for nugget in nuggets], dtype=np.int64),
        digests=np.array([crc32(nugget.id.encode()) for nugget in nuggets], dtype=np.uint64),
        private=np.array([nugget.private for nugget in nuggets], dtype=bool),
        levels=np.array([LEVELS.get(nugget.level, 0) for nugget in nuggets], dtype=np.int8),
        skills=_teaching(nuggets),
        skill_counts=np.array([len(nugget.skills) for nugget in nuggets], dtype=np.int32),
        requires=requires,
        requires_unknown=unknown,
        steps=_steps(nuggets),
    )


def _column(texts: Sequence[str]) -> Column:
    values = tuple(sorted(set(texts)))
    codes = {value: code for code, value in enumerate(values)}
    return Column(values, np.array([codes[text] for text in texts], dtype=np.int32))


def _teaching(nuggets: Sequence[Nugget]) -> dict[str, Array]:
    found: dict[str, list[int]] = defaultdict(list)
    for position, nugget in enumerate(nuggets):
        for skill in nugget.skills:
            found[skill].append(position)
    return {skill: np.array(positions, dtype=np.int64) for skill, positions in found.items()}


def _steps(nuggets: Sequence[Nugget]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for nugget in nuggets:
        if nugget.within and nugget.within != nugget.id:
            found[nugget.within].append(nugget.id)
    return {course: tuple(ids) for course, ids in found.items()}


def _requirements(nuggets: Sequence[Nugget], index: Mapping[str, int]) -> tuple[sp.csr_matrix, Array]:
    unknown = np.zeros(len(nuggets), dtype=bool)
    pairs: list[tuple[int, int]] = []
    for position, nugget in enumerate(nuggets):
        others = [one for one in nugget.prerequisites if one != nugget.id]
        pairs += [(position, index[one]) for one in others if one in index]
        unknown[position] = any(one not in index for one in others)
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    ones = np.ones(len(pairs), dtype=np.float32)
    return sp.csr_matrix((ones, (rows, columns)), shape=(len(nuggets), len(nuggets))), unknown
