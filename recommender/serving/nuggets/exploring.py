"""New nuggets get a chance: some places of a page go to suitable nuggets that few learners were shown so far."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrs.personas import PersonaId
from recommender.catalogue.nuggets import Nugget
from recommender.ranking.exploration import draw, kept_probabilities, seed_of
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.nugget_table import NuggetColumns
from recommender.serving.state.showings import ENOUGH, Showings

Array = np.ndarray[Any, np.dtype[Any]]
HOUR_US = 3_600_000_000
NEW_US = 30 * 24 * HOUR_US
"""A nugget is called new for so long."""
OLD_SHARE = 0.02
"""How much less likely older nuggets are drawn than new ones."""
OLD_PLACES = 0.2
"""The part of the explored places that is used while nothing new waits for its chance."""
SUITS = 2.0
"""Suitability is the exponential of the score, which counts within so many standard deviations."""


@dataclass(frozen=True, slots=True)
class Page:
    """Positions of a page, best first; from `explored` on they were drawn. More nuggets may follow on another page.

    Probabilities are empty where all were certain to be shown.
    """

    positions: tuple[int, ...]
    explored: int
    probabilities: tuple[float, ...] = ()
    has_more: bool = False


def chances(snapshot: CatalogueSnapshot, showings: Showings, scores: Array, mask: Array) -> Array:
    """Return the weights with which nuggets (I) are drawn; 0 for those not in the mask, or shown or taken enough.

    Those shown least, new ones, and those that suit the learner are the likelier.
    """
    missing = showings.missing(snapshot.columns)
    drawn = mask & (missing > 0) & (snapshot.learner_counts < ENOUGH)
    weights = missing * np.exp(np.clip(scores, -SUITS, SUITS))
    weights[snapshot.columns.born < time.time_ns() // 1000 - NEW_US] *= OLD_SHARE
    return np.where(drawn, weights, 0.0)


def share_of_places(columns: NuggetColumns, weights: Array, share: float) -> float:
    """Return the share of the places that is explored: less than the setting while nothing new may be drawn."""
    has_new = (columns.born[weights > 0] >= time.time_ns() // 1000 - NEW_US).any()
    return share if has_new else share * OLD_PLACES


def is_new(nugget: Nugget) -> bool:
    """Return whether a nugget came into the catalogue in the last days."""
    return nugget.born >= time.time_ns() // 1000 - NEW_US


def hourly_seed(learner: PersonaId, before: int) -> int:
    """Return the seed of a learner's page behind `before` nuggets shown: for an hour it draws the same ones."""
    return seed_of(learner, time.time_ns() // 1000 // HOUR_US, before)


def explore(page: Page, weights: Array, digests: Array, seed: int, limit: int, share: float) -> Page:
    """Put nuggets drawn by their weights in the last places of a page of `limit`."""
    weights = weights.copy()
    weights[list(page.positions)] = 0.0
    if not weights.any():
        return page
    drawn = draw(seed, limit, share, weights, digests)
    kept = page.positions[: limit - len(drawn.positions)]
    probabilities = (
        *kept_probabilities(len(kept), limit, share, int(np.count_nonzero(weights))),
        *drawn.probabilities,
    )
    return replace(page, positions=(*kept, *drawn.positions), explored=len(kept), probabilities=probabilities)
