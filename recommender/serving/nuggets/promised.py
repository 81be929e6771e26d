"""Promised nuggets: what the learner began, put off or stated as a goal, and what is new and much used, come first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any

import numpy as np

from recommender.interactions.history import Positive
from recommender.interactions.unfinished import ASSIGNED
from recommender.ranking.places import lifts_into_first
from recommender.serving.nuggets.boosts import Boost
from recommender.serving.nuggets.lately import find_bursts
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.nuggets.skill_gaps import Want, teaching
from recommender.serving.state.nugget_table import NuggetColumns

Array = np.ndarray[Any, np.dtype[Any]]
MOST_OF_A_KIND = 2
TINY_STEP = 1e-6


def find_promised(scored: ScoredCatalogue, mask: Array, ranks: int) -> list[int]:
    """Return the positions of the nuggets of a list (a mask) that come within the first `ranks`.

    These are the nuggets begun, assigned or signed up for last, the best one for each goal, what was put off and is
    back, and what is new and used by many already: two of each at most, in turns, so that at least one rank is left to
    the best of all.
    """
    columns, candidates = scored.snapshot.columns, scored.candidates
    kinds = (
        _begun(scored, mask),
        _for_goals(columns, scored.wants, scored.scores.values, mask),
        _known(columns, candidates.back, mask),
        _much_used(scored, mask & candidates.ready & ~scored.backward),
    )
    found = (one for turn in zip_longest(*map(_first, kinds)) for one in turn if one is not None)
    return list(dict.fromkeys(found))[: max(0, ranks - 1)]


def promised_boost(
    columns: NuggetColumns, promised: list[int], scores: Array, mask: Array, ranks: int
) -> Boost:
    """Raise promised nuggets of a list (a mask) to the score that a rank within the first `ranks` takes."""
    values = lifts_into_first(scores, mask, promised, ranks)
    return Boost("promised", values, {one: columns.nuggets[one].id for one in promised})


def in_order_of_time(columns: NuggetColumns, acts: Iterable[Positive], scores: Array, mask: Array) -> Boost:
    """Give the scores of the nuggets of a shelf (a mask) to the same nuggets in another order, the newest first.

    Tiny steps keep the order where scores are equal.
    """
    newest = [columns.index[one.item] for one in acts if one.item in columns.index]
    shelf = [one for one in reversed(newest) if mask[one]]
    values = np.zeros(len(scores))
    values[shelf] = np.sort(scores[shelf])[::-1] - TINY_STEP * np.arange(len(shelf)) - scores[shelf]
    return Boost("promised", values, {one: columns.nuggets[one].id for one in shelf})


def _first(found: Iterator[int]) -> Iterator[int]:
    return (one for _, one in zip(range(MOST_OF_A_KIND), found, strict=False))


def _begun(scored: ScoredCatalogue, mask: Array) -> Iterator[int]:
    """Yield what was begun last; of what would lead backwards only the last, where there is nothing else."""
    columns, newest = scored.snapshot.columns, list(reversed(scored.candidates.begun))
    assigned = {columns.index[one.item] for one in newest if one.verb == ASSIGNED}
    found = list(_known(columns, (one.item for one in newest), mask))
    forward = [one for one in found if one in assigned or not scored.backward[one]]
    return iter(forward or found[:1])


def _much_used(scored: ScoredCatalogue, mask: Array) -> Iterator[int]:
    used = scored.recent_use
    return find_bursts(scored.snapshot.columns, used, mask) if used else iter(())


def _known(columns: NuggetColumns, items: Iterable[str], mask: Array) -> Iterator[int]:
    positions = (columns.index.get(item) for item in items)
    return (one for one in positions if one is not None and mask[one])


def _for_goals(
    columns: NuggetColumns, wants: Mapping[str, Want], scores: Array, mask: Array
) -> Iterator[int]:
    """Yield the best nugget of the list for each goal that one of them leads to."""
    for goal in dict.fromkeys(want.goal for want in wants.values() if want.goal):
        own = [teaching(columns, want) for want in wants.values() if want.goal == goal]
        positions = np.unique(np.concatenate(own))
        positions = positions[mask[positions]]
        if len(positions):
            yield int(positions[np.argmax(scores[positions])])
