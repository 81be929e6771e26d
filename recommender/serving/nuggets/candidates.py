"""Which nuggets may be recommended to a learner, and which of them need a prerequisite first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender.catalogue.nuggets import Nugget
from recommender.interactions.history import Positive
from recommender.serving.nuggets.prerequisites import find_blocked
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.learners import Learner
from recommender.serving.state.nugget_table import NuggetColumns
from recommender.vocabulary.extensions import primary_language

Array = np.ndarray[Any, np.dtype[Any]]


LATER_US = 7 * 86_400_000_000
"""How long what was put off stays away, and then comes first."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """For each of I nuggets: `done` by the learner, `eligible` for recommendation, `blocked` by a prerequisite.

    `begun` are the nuggets begun, assigned or signed up for that are open and not finished; `put_off` holds those
    that wait, and `back` those that have waited long enough, by the time (us) at which they were put off.
    """

    done: Array
    eligible: Array
    blocked: Array
    begun: tuple[Positive, ...] = ()
    put_off: Mapping[str, int] = field(default_factory=dict)
    back: Mapping[str, int] = field(default_factory=dict)

    @property
    def ready(self) -> Array:
        """Return which nuggets may be recommended now."""
        ready: Array = self.eligible & ~self.blocked
        return ready


def find_candidates(
    snapshot: CatalogueSnapshot, learner: Learner, now_us: int, later_us: int = LATER_US
) -> Candidates:
    """Judge all nuggets: those done, disliked, put off, made by the learner, closed, or not readable are left out.

    What the learner began needs neither a language that the learner is known to read nor its prerequisites.
    """
    columns, history = snapshot.columns, learner.history
    put_off = {item: at for item, at in history.postponed.items() if now_us < at + later_us}
    back = {item: at for item, at in history.postponed.items() if at + later_us <= now_us < at + 2 * later_us}
    done = columns.mask(columns.positions(history.done))
    away = columns.positions(history.disliked | history.made | put_off.keys())
    opened = snapshot.is_open(now_us) & ~done & ~columns.mask(away)
    begun = [one for one in history.begun if one.item in columns.index and opened[columns.index[one.item]]]
    own = columns.mask(columns.positions(one.item for one in begun))
    eligible = opened & (are_readable(columns, learner) | own)
    blocked = find_blocked(columns, done, history.done) & ~own
    return Candidates(done, eligible, blocked, tuple(begun), put_off, back)


def find_done(snapshot: CatalogueSnapshot, candidates: Candidates) -> list[Nugget]:
    """Return the nuggets that the learner has done."""
    return [snapshot.columns.nuggets[position] for position in np.flatnonzero(candidates.done)]


def read_languages(columns: NuggetColumns, learner: Learner) -> frozenset[str]:
    """Return the languages that a learner reads: stated ones, that of the own pages, those of nuggets taken."""
    features = learner.features
    taken = (columns.index.get(positive.item) for positive in learner.history.positives)
    read = {columns.nuggets[position].language for position in taken if position is not None}
    read |= {primary_language(tag) for tag in (features.language, *features.languages)}
    return frozenset(read - {""})


def are_readable(columns: NuggetColumns, learner: Learner) -> Array:
    """Return which nuggets are in a language that the learner reads, or state none; all if no language is known."""
    read = read_languages(columns, learner)
    if not read:
        return np.ones(len(columns.nuggets), dtype=bool)
    return columns.named["language"].among({"", *read})
