"""Everybody who may be met in a store, as arrays: what is known of them beside what they took."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from lrs.personas import agreeing_personas
from lrs.storage.database import Database, StoreId
from recommender.catalogue.learners import all_features
from recommender.serving.peers.social_evidence import HELPING
from recommender.serving.state.cache import update_beside
from recommender.storage.helpers import count_helped
from recommender.storage.user_features import UserFeatures
from recommender.vocabulary.extensions import plain_text, primary_language

Array = np.ndarray[Any, np.dtype[Any]]
Positions = Mapping[str, Array]
REFRESHES = 60
"""How many times less often people are read again than models are looked for."""
CONSENT_REFRESHES = 3
"""The same for who agreed to be suggested."""
MOST_KEPT = 4
NOBODY = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class People:
    """P learners: the positions of those with each skill, goal, language and team; who `agreed` to be suggested.

    `features` are by position, `helped` (P) tells for how many others each did something. `rows` has the
    position of each learner of the model.
    """

    personas: tuple[str, ...]
    index: Mapping[str, int]
    features: tuple[UserFeatures, ...]
    skills: Positions
    goals: Positions
    languages: Positions
    teams: Positions
    agreed: Array
    helped: Array
    rows: Array

    def mask(self, positions: Array) -> Array:
        """Return, for each of the P learners, whether the position is among these."""
        mask = np.zeros(len(self.personas), dtype=bool)
        mask[positions] = True
        return mask

    def with_others(self, personas: Iterable[str]) -> People:
        """Return these people and others of whom nothing is known but that they were met; consent is asked later."""
        new = tuple(sorted({one for one in personas if one not in self.index}))
        if not new:
            return self
        more = {one: len(self.personas) + place for place, one in enumerate(new)}
        return replace(
            self,
            personas=self.personas + new,
            index={**self.index, **more},
            features=self.features + (UserFeatures(),) * len(new),
            agreed=np.concatenate([self.agreed, np.ones(len(new), dtype=bool)]),
            helped=np.concatenate([self.helped, np.zeros(len(new), dtype=np.float32)]),
        )


def build_people(
    features: Mapping[str, UserFeatures],
    trained: Iterable[str],
    agreed: Iterable[str],
    helped: Mapping[str, int],
) -> People:
    """Arrange learners by their persona: those of whom features are known, and those the model was `trained` on."""
    users = tuple(trained)
    personas = tuple(sorted(features.keys() | set(users)))
    index = {one: position for position, one in enumerate(personas)}
    known = tuple(features.get(one, UserFeatures()) for one in personas)
    return People(
        personas=personas,
        index=index,
        features=known,
        skills=_positions([map(plain_text, one.skills) for one in known]),
        goals=_positions([map(plain_text, one.goals) for one in known]),
        languages=_positions([spoken(one) for one in known]),
        teams=_positions([[one.team] for one in known]),
        agreed=_mask(index, agreed),
        helped=np.array([helped.get(one, 0) for one in personas], dtype=np.float32),
        rows=np.array([index[one] for one in users], dtype=np.int64),
    )


def spoken(features: UserFeatures) -> set[str]:
    """Return the languages of a learner, without regions."""
    return {primary_language(tag) for tag in (features.language, *features.languages)} - {""}


def _mask(index: Mapping[str, int], names: Iterable[str]) -> Array:
    mask = np.zeros(len(index), dtype=bool)
    mask[[index[one] for one in names if one in index]] = True
    return mask


def _positions(values: Iterable[Iterable[str]]) -> dict[str, Array]:
    found: dict[str, list[int]] = defaultdict(list)
    for position, names in enumerate(values):
        for name in set(names):
            if name:
                found[name].append(position)
    return {name: np.array(places, dtype=np.int64) for name, places in found.items()}


@dataclass(slots=True)
class _Kept:
    people: People
    at: float
    asked: float
    lock: threading.Lock


class PeopleIndex:
    """Keeps the people of each store and model; reads them again now and then, beside the requests."""

    def __init__(self, database: Database, refresh_s: float = 1.0) -> None:
        self._database = database
        self._refresh_s = refresh_s
        self._kept: dict[tuple[StoreId, int | None], _Kept] = {}
        self._lock = threading.Lock()

    def find(self, store: StoreId, version: int | None, trained: Sequence[str]) -> People:
        """Return the people of a store: who asks when they are a minute old lets them be read again, for the next.

        A minute is 60 times RECOMMENDER_REFRESH_MS; for consents it is 3 times. Only the first request of a store
        and model waits. `version` is that of the model, which was trained on these learners; None without a model.
        """
        key = (store, version)
        kept = self._kept.get(key)
        if kept is None:
            with self._lock:
                kept = self._kept.get(key) or self._keep(key, self._read(store, trained))
        if time.monotonic() - kept.asked >= CONSENT_REFRESHES * self._refresh_s:
            self._look(kept, store, trained)
        return kept.people

    def _look(self, kept: _Kept, store: StoreId, trained: Sequence[str]) -> None:
        if kept.lock.acquire(blocking=False):
            is_old = time.monotonic() - kept.at >= REFRESHES * self._refresh_s
            update = (
                partial(self._update, kept, store, trained) if is_old else partial(self._ask, kept, store)
            )
            update_beside(kept.lock, update, at_once=not self._refresh_s)

    def _update(self, kept: _Kept, store: StoreId, trained: Sequence[str]) -> None:
        asked = time.monotonic()
        kept.people = self._read(store, trained)
        kept.at = kept.asked = asked

    def _ask(self, kept: _Kept, store: StoreId) -> None:
        """Ask who agrees to be suggested."""
        asked = time.monotonic()
        agreed = _mask(kept.people.index, map(str, agreeing_personas(self._database, store)))
        kept.people, kept.asked = replace(kept.people, agreed=agreed), asked

    def _keep(self, key: tuple[StoreId, int | None], people: People) -> _Kept:
        earlier = [one for one in self._kept if one[0] == key[0]]
        for one in earlier[: max(0, len(earlier) + 1 - MOST_KEPT)]:
            del self._kept[one]
        now = time.monotonic()
        self._kept[key] = _Kept(people, now, now, threading.Lock())
        return self._kept[key]

    def _read(self, store: StoreId, trained: Sequence[str]) -> People:
        found = all_features(self._database, store)
        helped = count_helped(self._database, store, HELPING)
        return build_people(
            {str(persona): one for persona, one in found.items()},
            trained,
            map(str, agreeing_personas(self._database, store)),
            {str(persona): others for persona, others in helped.items()},
        )
