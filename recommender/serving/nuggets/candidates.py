"""Which nuggets may be recommended to a learner at all, and for which something else has to be done first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.catalogue.nuggets import Nugget
from recommender.interactions.history import History
from recommender.serving.nuggets.prerequisites import find_blocked
from recommender.serving.state.catalogue import Shelf
from recommender.serving.state.learners import Learner
from recommender.serving.state.nugget_table import NuggetColumns
from recommender.vocabulary.extensions import primary_language

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Candidates:
    """For each of I nuggets: `done` by the learner, `eligible` for recommendation, and `blocked` by a prerequisite."""

    done: Array
    eligible: Array
    blocked: Array

    @property
    def ready(self) -> Array:
        """Return what may be recommended now."""
        ready: Array = self.eligible & ~self.blocked
        return ready


def done_items(history: History) -> frozenset[str]:
    """Return what the learner completed or took, also a second ago."""
    return history.completed | {positive.item for positive in history.positives}


def find_candidates(shelf: Shelf, learner: Learner, now_us: int) -> Candidates:
    """Judge all nuggets: what is settled, hidden, expired or in a language not read is not eligible."""
    columns = shelf.columns
    done_ids = done_items(learner.history)
    done = _mask(columns, done_ids) | _known_by_model(shelf, learner)
    eligible = columns.is_open(now_us) & ~done & ~_mask(columns, learner.history.disliked)
    eligible &= _readable(columns, learner)
    return Candidates(done, eligible, find_blocked(columns, done, done_ids))


def find_done(shelf: Shelf, candidates: Candidates) -> list[Nugget]:
    """Return the nuggets that the learner is done with."""
    return [shelf.columns.nuggets[position] for position in np.flatnonzero(candidates.done)]


def read_languages(columns: NuggetColumns, learner: Learner) -> frozenset[str]:
    """Return the languages that a learner reads: stated ones, of the own pages, and of the nuggets taken so far."""
    features = learner.features
    taken = (columns.index.get(positive.item) for positive in learner.history.positives)
    read = {columns.nuggets[position].language for position in taken if position is not None}
    read |= {primary_language(tag) for tag in (features.language, *features.languages)}
    return frozenset(read - {""})


def _readable(columns: NuggetColumns, learner: Learner) -> Array:
    """Return, for each nugget, whether it is in a language the learner reads; all are where nothing is known."""
    read = read_languages(columns, learner)
    if not read:
        return np.ones(len(columns.nuggets), dtype=bool)
    return columns.named["language"].among({"", *read})


def _mask(columns: NuggetColumns, activities: frozenset[str]) -> Array:
    mask = np.zeros(len(columns.nuggets), dtype=bool)
    mask[[columns.index[one] for one in activities if one in columns.index]] = True
    return mask


def _known_by_model(shelf: Shelf, learner: Learner) -> Array:
    """Return what the training knew of a learner with so many rows that the oldest were not read."""
    mask = np.zeros(len(shelf.columns.nuggets), dtype=bool)
    if shelf.model is not None and learner.is_cut:
        position = shelf.model.user_index.get(str(learner.persona))
        if position is not None:
            mask[shelf.model.known[position].indices] = True
    return mask
