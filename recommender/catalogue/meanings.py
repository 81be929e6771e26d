"""The meanings of a store's nuggets: vectors of their titles, computed again only where a title changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

import numpy as np

from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import find_nuggets, nugget_ids
from recommender.catalogue.encoder import DIMENSIONS, Encoder
from recommender.catalogue.nuggets import Nugget
from recommender.storage.meanings import (
    Meaning,
    delete_meanings,
    find_meanings,
    iterate_meanings,
    write_meanings,
)

Array = np.ndarray[Any, np.dtype[Any]]
AT_ONCE, ENCODED_AT_ONCE = 500, 64
ROWS_AT_ONCE = 2_048
"""So many vectors are made numbers that can be multiplied fast; all of them would take four times the memory."""


@dataclass(frozen=True, slots=True)
class Meanings:
    """The vectors of N nuggets (`vectors`, N x 512 signed bytes), with their `rows`, `lengths` (N) and `digests`.

    Bytes keep what 32-bit numbers know, and take 51 MB for 100,000 nuggets (measured: docs/decisions/0029).
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    vectors: Array = field(default_factory=lambda: np.zeros((0, DIMENSIONS), dtype=np.int8))
    lengths: Array = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    digests: Mapping[str, str] = field(default_factory=dict)

    def of(self, activities: Sequence[str]) -> Array:
        """Return the vectors of these nuggets, of length 1; 0 for those that have none."""
        rows = np.array([self.rows.get(one, -1) for one in activities], dtype=np.int64)
        found = np.zeros((len(rows), DIMENSIONS), dtype=np.float32)
        known = rows >= 0
        found[known] = self.vectors[rows[known]] / self.lengths[rows[known], None]
        return found

    def nearest(self, vector: Array, most: int, floor: float) -> dict[str, float]:
        """Return the cosines of the nuggets nearest to a vector of length 1, at least `floor`, the nearest first."""
        cosines = np.zeros(len(self.vectors), dtype=np.float32)
        for start in range(0, len(cosines), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            cosines[part] = (self.vectors[part].astype(np.float32) @ vector) / self.lengths[part]
        close = np.flatnonzero(cosines >= floor)
        best = close[np.argsort(-cosines[close], kind="stable")[:most]]
        names = tuple(self.rows)
        return {names[position]: float(cosines[position]) for position in best}

    def with_meanings(self, changed: Mapping[str, Meaning]) -> Meanings:
        """Return these meanings with others added or in their place."""
        if not changed:
            return self
        rows = {**self.rows}
        for activity in changed:
            rows.setdefault(activity, len(rows))
        vectors = np.concatenate([self.vectors, np.zeros((len(rows) - len(self.rows), DIMENSIONS), np.int8)])
        places = [rows[activity] for activity in changed]
        vectors[places] = [np.frombuffer(one.vector, dtype=np.int8) for one in changed.values()]
        lengths = np.concatenate([self.lengths, np.zeros(len(rows) - len(self.rows), dtype=np.float32)])
        lengths[places] = np.maximum(1e-9, np.linalg.norm(vectors[places].astype(np.float32), axis=1))
        digests = {activity: one.digest for activity, one in changed.items()}
        return Meanings(rows, vectors, lengths, {**self.digests, **digests})


def load_meanings(database: Database, store: StoreId) -> Meanings:
    """Return all meanings of a store as they were computed; titles may have changed since."""
    return Meanings().with_meanings(dict(iterate_meanings(database, store)))


def vectors_of(titles: Sequence[str], encoder: Encoder) -> Array:
    """Return a vector of length 1 for each title; 0 for an empty one."""
    written = [place for place, title in enumerate(titles) if title]
    found = np.zeros((len(titles), DIMENSIONS), dtype=np.float32)
    found[written] = encoder.encode([titles[place] for place in written])
    found /= np.maximum(1e-9, np.linalg.norm(found, axis=1, keepdims=True))
    return found


def find_outdated(
    known: Mapping[str, str], nuggets: Mapping[str, Nugget], encoder: Encoder
) -> dict[str, str]:
    """Return the titles of those of these nuggets whose digest is not the known one; hidden ones need no meaning."""
    titles = {name: nugget.title() for name, nugget in nuggets.items() if not nugget.hidden}
    return {
        name: title for name, title in titles.items() if title and _digest(title, encoder) != known.get(name)
    }


def encode_titles(
    database: Database, store: StoreId, titles: Mapping[str, str], encoder: Encoder
) -> dict[str, Meaning]:
    """Return the meanings of these titles; those that another process did not write yet are computed and written."""
    digests = {name: _digest(title, encoder) for name, title in titles.items()}
    found = find_meanings(database, store, titles)
    there = {name: one for name, one in found.items() if one.digest == digests[name]}
    left = [name for name in titles if name not in there]
    vectors = encoder.encode([titles[name] for name in left]) if left else ()
    made = {name: Meaning(digests[name], row.tobytes()) for name, row in zip(left, vectors, strict=True)}
    write_meanings(database, store, made)
    return there | made


def refresh_meanings(
    database: Database, store: StoreId, encoder: Encoder, progress: Callable[[str], None] = lambda line: None
) -> int:
    """Bring all meanings of a store up to date, and return how many were computed."""
    known = {name: one.digest for name, one in iterate_meanings(database, store)}
    ids = nugget_ids(database, store)
    delete_meanings(database, store, known.keys() - ids)
    done = 0
    for names in in_chunks(sorted(ids), AT_ONCE):
        titles = find_outdated(known, find_nuggets(database, store, names), encoder)
        for some in in_chunks(titles.items(), ENCODED_AT_ONCE):
            done += len(encode_titles(database, store, dict(some), encoder))
            progress(f"{done} titles read for their meaning")
    return done


def _digest(title: str, encoder: Encoder) -> str:
    return sha1(f"{encoder.name}\n{title}".encode(), usedforsecurity=False).hexdigest()[:16]
