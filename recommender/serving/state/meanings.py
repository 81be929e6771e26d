"""The meanings of the nuggets of each store, kept up to date beside the requests."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import changed_ids, find_nuggets, nugget_ids
from recommender.catalogue.encoder import find_encoder
from recommender.catalogue.meanings import (
    AT_ONCE,
    ENCODED_AT_ONCE,
    Meanings,
    encode_titles,
    find_outdated,
    load_meanings,
)
from recommender.serving.state.cache import Refreshed
from recommender.storage.entries import Revision, find_revision

MOST_STORES = 1000
REST = 20
"""After computing some meanings, at least so many times its duration passes before the next ones."""
LOAD_AGAIN_S = 600.0
NEAREST, FLOOR = 20, 0.45
"""Of titles that do not hold the words of a query, half of those at the floor are about it: docs/decisions/0029."""
LONGEST_QUERY = 200
NONE = Meanings()


@dataclass(frozen=True, slots=True)
class _Read:
    """Meanings of a revision, loaded at a time (monotonic); nuggets `due` may have other titles now."""

    meanings: Meanings
    revision: Revision
    due: frozenset[str]
    loaded: float
    rests_until: float = 0.0


class MeaningIndex:
    """Keeps the meanings of each store.

    Trainings compute them. A process that is asked for something by its meaning computes those of new and changed
    titles too, a few at a time in the background. A process loads the encoder in the background once a store has
    meanings, as the first search would wait for seconds. Without the extra `semantic` there are no meanings, and what
    uses them works without.
    """

    def __init__(self, database: Database, refresh_s: float = 1.0) -> None:
        self._database = database
        self._rest = REST if refresh_s else 0
        self._encoder = find_encoder()
        self._asked: set[StoreId] = set()
        self._cache: Refreshed[StoreId, _Read] = Refreshed(self._read, refresh_s, MOST_STORES)

    def find(self, store: StoreId) -> Meanings:
        """Return the meanings known so far."""
        return self._cache.get(store).meanings if self._encoder else NONE

    def near(self, store: StoreId, text: str) -> dict[str, float]:
        """Return the nuggets whose titles are near to a text, in any language, with the cosines, the nearest first."""
        if self._encoder is None or not text.strip():
            return {}
        self._asked.add(store)
        meanings = self.find(store)
        if not meanings.rows:
            return {}
        vector = self._encoder.encode([text[:LONGEST_QUERY]])[0].astype(np.float32)
        return meanings.nearest(vector / max(1e-9, float(np.linalg.norm(vector))), NEAREST, FLOOR)

    def _read(self, store: StoreId, previous: _Read | None) -> _Read:
        start, is_asked = time.monotonic(), store in self._asked
        revision = find_revision(self._database, store)
        if previous is None or (not is_asked and start >= previous.loaded + LOAD_AGAIN_S):
            due, found = frozenset(nugget_ids(self._database, store)), load_meanings(self._database, store)
            if found.rows and self._encoder:
                self._encoder.load()
            return _Read(found, revision, due, start)
        is_current = previous.revision == revision and not previous.due
        if not is_asked or is_current or start < previous.rests_until:
            return previous
        renewed = self._renew(store, previous, revision)
        end = time.monotonic()
        return replace(renewed, rests_until=end + self._rest * (end - start))

    def _renew(self, store: StoreId, previous: _Read, revision: Revision) -> _Read:
        """Look at some of the nuggets that may have other titles now, and compute a few meanings."""
        assert self._encoder is not None
        changed = changed_ids(self._database, store, previous.revision, revision)
        due = previous.due | changed
        # A set has another order in each process, so that several processes share the work.
        looked_at = [*changed, *(due - changed)][:AT_ONCE]
        nuggets = find_nuggets(self._database, store, looked_at)
        titles = list(find_outdated(previous.meanings.digests, nuggets, self._encoder).items())
        made = encode_titles(self._database, store, dict(titles[:ENCODED_AT_ONCE]), self._encoder)
        left = due - set(looked_at) | {name for name, _ in titles[ENCODED_AT_ONCE:]}
        return replace(previous, meanings=previous.meanings.with_meanings(made), revision=revision, due=left)
