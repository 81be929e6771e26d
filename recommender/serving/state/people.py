"""The people of a store who may be suggested as peers, as arrays: features, consents, help given, acquaintance."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lrs.personas import find_agreeing, personas_that_chose
from lrs.storage.database import Database, StoreId
from recommender.catalogue.learners import all_features
from recommender.interactions.acts_towards_others import HELPING
from recommender.ranking.acquaintance import Acquaintance, acquaintance
from recommender.serving.state.cache import Refreshed
from recommender.storage.acts_between import ActsBetween, count_acts_between
from recommender.storage.user_features import UserFeatures
from recommender.vocabulary.extensions import plain_text, primary_language

Array = np.ndarray[Any, np.dtype[Any]]
Positions = Mapping[str, Array]
FEATURE_REFRESHES = 60
"""How many times less often features are read again than a newer model is looked for."""
CONSENT_REFRESHES = 3
"""The same for consents to be suggested."""
MOST_KEPT = 1000
"""Most stores and versions of their models."""
NOBODY = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class People:
    """P learners, and the positions of those with each skill, goal, language and team.

    By position: `features`, `agreed` (P, consent to be suggested), `helped` (P, the number of others that a
    learner did something for). `rows` holds the position of each learner of the model. `acquaintance` is of the
    people known when it was made; those who joined later (`with_others`) have none.
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
    acquaintance: Acquaintance

    def mask(self, positions: Array) -> Array:
        """Return, for each of the P learners, whether the position is among these."""
        mask = np.zeros(len(self.personas), dtype=bool)
        mask[positions] = True
        return mask

    def without_acquaintance(self) -> People:
        """Return the same people without what they did for each other."""
        return replace(self, acquaintance=_acquaintance({}, ()))

    def with_others(self, personas: Iterable[str]) -> People:
        """Return these people and others of whom only the persona is known; their consent is checked later."""
        new = tuple(sorted({one for one in personas if one not in self.index}))
        if not new:
            return self
        more = {one: position for position, one in enumerate(new, start=len(self.personas))}
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
    acts: Sequence[ActsBetween] = (),
) -> People:
    """Build the arrays, ordered by persona.

    They hold the learners with known features, those the model was `trained` on, and those of whom there are `acts`.
    """
    users = tuple(trained)
    acting = {str(person) for one in acts for person in (one.learner, one.peer)}
    personas = tuple(sorted(features.keys() | set(users) | acting))
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
        helped=_count_helped(index, acts),
        rows=np.array([index[one] for one in users], dtype=np.int64),
        acquaintance=_acquaintance(index, acts),
    )


def spoken(features: UserFeatures) -> set[str]:
    """Return the languages of a learner, without regions."""
    return {primary_language(tag) for tag in (features.language, *features.languages)} - {""}


def _count_helped(index: Mapping[str, int], acts: Sequence[ActsBetween]) -> Array:
    """Return the number of others that each person did something for."""
    pairs = {(str(one.learner), one.peer) for one in acts if one.strength > 0 and one.verb in HELPING}
    return np.bincount([index[learner] for learner, _ in pairs], minlength=len(index)).astype(np.float32)


def _acquaintance(index: Mapping[str, int], acts: Sequence[ActsBetween]) -> Acquaintance:
    """Return who exchanged with whom, without those of whom one turned away from the other."""
    apart = {frozenset((one.learner, one.peer)) for one in acts if one.strength < 0}
    kept = [one for one in acts if one.strength > 0 and frozenset((one.learner, one.peer)) not in apart]
    return acquaintance(
        np.array([index[str(one.learner)] for one in kept], dtype=np.int64),
        np.array([index[str(one.peer)] for one in kept], dtype=np.int64),
        np.array([one.count for one in kept], dtype=np.float64),
        np.array([one.last for one in kept], dtype=np.int64),
        len(index),
    )


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
    return {name: np.array(positions, dtype=np.int64) for name, positions in found.items()}


@dataclass(frozen=True, slots=True)
class _Key:
    """Whose people are kept; the learners of a model belong to its version and need no comparison."""

    store: StoreId
    version: int | None
    trained: Sequence[str] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class _Read:
    """People, and when (monotonic) all that is known of them was read; who agreed is read more often."""

    people: People
    at: float


class PeopleIndex:
    """Keeps the people of each store and model, and reads them again in the background.

    Features are read again every 60 times `refresh_s`, consents every 3 times. Only the first request of a store
    and model waits.
    """

    def __init__(self, database: Database, refresh_s: float = 1.0) -> None:
        self._database = database
        self._features_age_s = FEATURE_REFRESHES * refresh_s
        self._cache: Refreshed[_Key, _Read] = Refreshed(self._read, CONSENT_REFRESHES * refresh_s, MOST_KEPT)

    def find(self, store: StoreId, version: int | None, trained: Sequence[str]) -> People:
        """Return the people of a store; a model of this `version` was trained on the learners `trained`."""
        return self._cache.get(_Key(store, version, trained)).people

    def _read(self, key: _Key, previous: _Read | None) -> _Read:
        now = time.monotonic()
        agreed = map(str, personas_that_chose(self._database, key.store, "peer", agrees=True))
        if previous and now - previous.at < self._features_age_s:
            mask = _mask(previous.people.index, agreed)
            return _Read(replace(previous.people, agreed=mask), previous.at)
        features = all_features(self._database, key.store)
        agreeing = find_agreeing(self._database, key.store, "recommendations")
        acts = [
            one
            for one in count_acts_between(self._database, key.store)
            if one.strength < 0 or (one.learner in agreeing and one.peer in agreeing)
        ]
        people = build_people(
            {str(persona): one for persona, one in features.items()},
            key.trained,
            agreed,
            acts,
        )
        return _Read(people, now)
