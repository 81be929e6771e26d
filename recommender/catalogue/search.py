"""Searching the nuggets of a store: what is compared is kept in memory, so that a search reads no nugget.

A text index of the database would not do: the text that is searched is put together from definitions and entries,
any part of a word is found, and not every server has such an index.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

from cachetools import LRUCache

from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import find_nuggets, nugget_ids
from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.repairs import needs
from recommender.storage.entries import Revision, find_revision
from recommender.vocabulary.extensions import primary_language
from schemas.catalogue import NuggetQuery

MOST_BYTES = 64 * 1024 * 1024
"""So much text of all stores together is kept; a store with more is read again for each search."""
NUGGET_BYTES = 1_000
AT_ONCE = 100
REST, QUICK_S = 20, 0.02
"""What Statements brought shows after a pause of so many times what reading all took, unless that was quick."""


@dataclass(frozen=True, slots=True)
class Searchable:
    """A nugget without its descriptions, and all its texts in lower case."""

    nugget: Nugget
    text: str

    @classmethod
    def of(cls, nugget: Nugget) -> Searchable:
        """Return what is searched of a nugget."""
        texts = (nugget.id, *nugget.titles.values(), *nugget.descriptions.values())
        return cls(replace(nugget, descriptions={}), "\n".join(texts).lower())

    def matches(self, query: NuggetQuery, near: Container[str] = ()) -> bool:
        """Return whether the nugget is among those asked for; for the text it is enough to be `near` in meaning."""
        nugget = self.nugget
        wanted = (
            (query.format, nugget.format),
            (query.modality, nugget.modality),
            (query.level, nugget.level),
            (query.owner, nugget.owner.lower()),
            (primary_language(query.language), nugget.language),
        )
        return (
            all(not asked or asked == has for asked, has in wanted)
            and (not query.skill or query.skill in nugget.skills)
            and (query.hidden is None or query.hidden == nugget.hidden)
            and (query.entered is None or query.entered == nugget.managed)
            and (not query.repair or needs(nugget, query.repair, time.time_ns() // 1000))
            and (not query.text or query.text in self.text or nugget.id in near)
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """All nuggets of a store in the order of their ids (None: too much to keep), and the changes that they show."""

    nuggets: tuple[Searchable, ...] | None
    size: int
    revision: Revision
    rests_until: float

    def shows(self, revision: Revision) -> bool:
        """Return whether all edits show, and what Statements brought, unless that was read a moment ago."""
        is_same = self.revision == revision
        return is_same or (self.revision.edits == revision.edits and time.monotonic() < self.rests_until)


class NuggetSearch:
    """Finds the nuggets of a store that match; share it between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._kept: LRUCache[StoreId, _Read] = LRUCache(MOST_BYTES, lambda read: read.size)
        self._reading: dict[StoreId, threading.Lock] = {}

    def find_ids(self, store: StoreId, query: NuggetQuery, near: Container[str] = ()) -> Iterator[str]:
        """Yield the ids of the nuggets that match, in order, after the one that the query names."""
        for one in self.iterate(store):
            if one.nugget.id > query.after and one.matches(query, near):
                yield one.nugget.id

    def iterate(self, store: StoreId) -> Iterator[Searchable]:
        """Yield all nuggets, in the order of their ids."""
        kept = self._current(store).nuggets
        yield from self._iterate(store) if kept is None else kept

    def forget(self, store: StoreId) -> None:
        """Drop what is held of a store."""
        with self._lock:
            self._kept.pop(store, None)

    def _current(self, store: StoreId) -> _Read:
        revision = find_revision(self._database, store)
        with self._lock:
            kept = self._kept.get(store)
            reading = self._reading.setdefault(store, threading.Lock())
        if kept is not None and kept.shows(revision):
            return kept
        with reading:  # one thread reads, the others take what it read
            revision = find_revision(self._database, store)
            with self._lock:
                kept = self._kept.get(store)
            if kept is None or not kept.shows(revision):
                kept = self._read(store, revision)
                with self._lock:
                    self._kept[store] = kept
        return kept

    def _read(self, store: StoreId, revision: Revision) -> _Read:
        start = time.monotonic()
        nuggets, size = self._all(store)
        end = time.monotonic()
        rest = REST * (end - start) if end - start > QUICK_S else 0
        return _Read(nuggets, size, revision, end + rest)

    def _all(self, store: StoreId) -> tuple[tuple[Searchable, ...] | None, int]:
        """Return all nuggets and the bytes they take; None where they take too many."""
        nuggets, size = [], 0
        for one in self._iterate(store):
            nuggets.append(one)
            size += len(one.text) + NUGGET_BYTES
            if size > MOST_BYTES:
                return None, 0
        return tuple(nuggets), size

    def _iterate(self, store: StoreId) -> Iterator[Searchable]:
        for names in in_chunks(sorted(nugget_ids(self._database, store)), AT_ONCE):
            found = find_nuggets(self._database, store, names)
            yield from (Searchable.of(found[name]) for name in names)
