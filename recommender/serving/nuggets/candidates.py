"""Which nuggets may be recommended to a learner, and which of them need a prerequisite first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.catalogue.nuggets import Nugget
from recommender.interactions.history import History
from recommender.serving.nuggets.prerequisites import find_blocked
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.learners import Learner
from recommender.serving.state.nugget_table import NuggetColumns
from recommender.vocabulary.extensions import primary_language

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Candidates:
    """For each of I nuggets: `done` by the learner, `eligible` for recommendation, `blocked` by a prerequisite."""

    done: Array
    eligible: Array
    blocked: Array

    @property
    def ready(self) -> Array:
        """Return which nuggets may be recommended now."""
        ready: Array = self.eligible & ~self.blocked
        return ready


def done_items(history: History) -> frozenset[str]:
    """Return the items and steps of courses that the learner completed or took, also a second ago."""
    return history.completed | history.steps | {positive.item for positive in history.positives}


def find_candidates(snapshot: CatalogueSnapshot, learner: Learner, now_us: int) -> Candidates:
    """Judge all nuggets: those done, disliked, made, hidden, expired or in a language not read are not eligible."""
    columns = snapshot.columns
    done_ids = done_items(learner.history)
    done = columns.mask(columns.positions(done_ids))
    unwanted = columns.mask(columns.positions(learner.history.disliked | learner.history.made))
    eligible = snapshot.is_open(now_us) & ~done & ~unwanted
    eligible &= _readable(columns, learner)
    return Candidates(done, eligible, find_blocked(columns, done, done_ids))


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


def _readable(columns: NuggetColumns, learner: Learner) -> Array:
    """Return which nuggets are in a language that the learner reads, or state none; all if no language is known."""
    read = read_languages(columns, learner)
    if not read:
        return np.ones(len(columns.nuggets), dtype=bool)
    return columns.named["language"].among({"", *read})
