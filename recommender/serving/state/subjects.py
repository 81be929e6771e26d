"""What acts may be about: nuggets, and posts that are none yet, by skill and by the words of their titles."""

from __future__ import annotations

import re
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import changed_ids, find_nuggets, managed_ids
from recommender.catalogue.nuggets import Nugget
from recommender.serving.state.cache import Refreshed
from recommender.storage.entries import Revision, find_revision
from recommender.storage.harvested import all_harvested
from recommender.vocabulary.extensions import skill_name

Array = np.ndarray[Any, np.dtype[Any]]
Places = Mapping[str, Array]
REFRESHES = 5
"""How many times less often a change of the catalogue is looked for here than a newer model."""
REST = 20
"""After arranging all subjects, at least so many times its duration passes before the next time."""
MOST_STORES = 1000
SHORTEST_PREFIX = 4
NOWHERE = np.zeros(0, dtype=np.int64)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Texts:
    """What a subject is found by: its skills, and the words of its titles and skills."""

    skills: tuple[str, ...]
    words: frozenset[str]


@dataclass(frozen=True)
class Subjects:
    """The subjects of a store by id; positions are in the order of `ids`."""

    texts: Mapping[str, Texts]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of all subjects."""
        return tuple(self.texts)

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Return the position of each subject by its id."""
        return {name: position for position, name in enumerate(self.ids)}

    @cached_property
    def skills(self) -> Places:
        """Return the positions of the subjects with each skill."""
        return _positions(one.skills for one in self.texts.values())

    @cached_property
    def _words(self) -> Places:
        return _positions(one.words for one in self.texts.values())

    @cached_property
    def _vocabulary(self) -> Sequence[str]:
        return sorted(self._words)

    def with_word(self, word: str) -> Array:
        """Return the positions of the subjects with a word; one of four letters or more may begin another."""
        if len(word) < SHORTEST_PREFIX:
            return self._words.get(word, NOWHERE)
        found = [self._words[one] for one in self._beginning(word)]
        return np.unique(np.concatenate(found)) if found else NOWHERE

    def _beginning(self, word: str) -> Iterator[str]:
        for position in range(bisect_left(self._vocabulary, word), len(self._vocabulary)):
            if not self._vocabulary[position].startswith(word):
                return
            yield self._vocabulary[position]


def texts_of(nugget: Nugget) -> Texts:
    """Return what a nugget is found by."""
    names = map(skill_name, nugget.skills)
    return Texts(nugget.skills, frozenset(words_of(" ".join([*nugget.titles.values(), *names]))))


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, each once."""
    return list(dict.fromkeys(_WORD.findall(text.lower())))


def _positions(names: Iterable[Iterable[str]]) -> dict[str, Array]:
    found: dict[str, list[int]] = defaultdict(list)
    for position, some in enumerate(names):
        for name in some:
            found[name].append(position)
    return {name: np.array(positions, dtype=np.int64) for name, positions in found.items()}


@dataclass(frozen=True, slots=True)
class _Read:
    subjects: Subjects
    revision: Revision
    rests_until: float


class SubjectIndex:
    """Keeps the subjects of each store; reads in the background what changed."""

    def __init__(self, database: Database, refresh_s: float = 1.0) -> None:
        self._database = database
        self._rest = REST if refresh_s else 0
        self._cache: Refreshed[StoreId, _Read] = Refreshed(self._read, REFRESHES * refresh_s, MOST_STORES)

    def find(self, store: StoreId) -> Subjects:
        """Return the subjects of a store, hidden ones and posts that wait too."""
        return self._cache.get(store).subjects

    def _read(self, store: StoreId, previous: _Read | None) -> _Read:
        start, revision = time.monotonic(), find_revision(self._database, store)
        if previous and (previous.revision == revision or start < previous.rests_until):
            return previous
        harvested = all_harvested(self._database, store)
        ids = {name for name, row in harvested.items() if not row.gone} | managed_ids(self._database, store)
        known = dict(previous.subjects.texts) if previous else {}
        news = changed_ids(self._database, store, previous.revision, revision) if previous else ids
        found = find_nuggets(self._database, store, sorted((news | (ids - known.keys())) & ids))
        known |= {name: texts_of(nugget) for name, nugget in found.items()}
        subjects = Subjects({name: known[name] for name in sorted(ids)})
        end = time.monotonic()
        return _Read(subjects, revision, end + self._rest * (end - start))
