"""From the scored catalogue to the order of a list: which nuggets, what is promised, diversity, shares and mix."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from recommender.config import RecommenderSettings
from recommender.ranking.diversity import POOL, diversify
from recommender.ranking.doubles import find_doubles
from recommender.ranking.lists import rank
from recommender.ranking.mix import mix
from recommender.ranking.places import keep_within
from recommender.serving.nuggets.balance import find_balance
from recommender.serving.nuggets.boosts import add_boost
from recommender.serving.nuggets.explanations import reader_language
from recommender.serving.nuggets.filters import filter_mask
from recommender.serving.nuggets.promised import find_promised, in_order_of_time, promised_boost
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.nuggets.shelves import shelf_acts, shelf_mask
from schemas.recommendations import NuggetQuery

Array = np.ndarray[Any, np.dtype[Any]]
MOST_DONE = 200
"""Of more nuggets done, the doubles are not looked for: each is compared with the hundred best."""


def listed(scored: ScoredCatalogue, query: NuggetQuery) -> Array:
    """Return which nuggets may be in the list that a query asks for (a mask)."""
    columns, candidates = scored.snapshot.columns, scored.candidates
    mask = filter_mask(columns, query.filters)
    if query.shelf:
        return mask & shelf_mask(
            columns, candidates, query.shelf, scored.snapshot.is_open(time.time_ns() // 1000)
        )
    unwanted = [name for name, share in query.mix.items() if share == 0]
    mask = mask & candidates.ready & ~columns.named["modality"].among(unwanted)
    own = columns.mask(columns.positions(one.item for one in candidates.begun))
    return mask & (own | ~_doubles(scored, mask, own))


def _doubles(scored: ScoredCatalogue, mask: Array, own: Array) -> Array:
    """Return which of the best nuggets of a list (a mask) say the same as others, or as done or `own` ones."""
    snapshot = scored.snapshot
    if not scored.meanings.rows:
        return np.zeros_like(mask)
    nuggets = snapshot.columns.nuggets
    best = rank(scored.scores.values, mask, snapshot.popularity, POOL).tolist()
    done = np.flatnonzero(scored.candidates.done | own)[:MOST_DONE].tolist()
    found = find_doubles(
        [nuggets[one] for one in best],
        [nuggets[one] for one in done],
        scored.meanings,
        reader_language(scored.learner.features),
    )
    return snapshot.columns.mask(np.array([best[place] for place in found], dtype=np.int64))


def promise(
    settings: RecommenderSettings, scored: ScoredCatalogue, query: NuggetQuery, mask: Array
) -> ScoredCatalogue:
    """Raise what is promised in the list (a mask): see `find_promised`; a shelf is put in the order of time."""
    columns, values, ranks = scored.snapshot.columns, scored.scores.values, settings.promised_ranks
    if query.shelf:
        acts = shelf_acts(scored.candidates, query.shelf)
        return replace(scored, scores=add_boost(scored.scores, in_order_of_time(columns, acts, values, mask)))
    promised = find_promised(scored, mask, ranks)
    boost = promised_boost(columns, promised, values, mask, ranks)
    return replace(scored, scores=add_boost(scored.scores, boost), promised=tuple(promised))


def ordered(
    settings: RecommenderSettings, scored: ScoredCatalogue, query: NuggetQuery, mask: Array, limit: int
) -> list[int]:
    """Return at least `limit` positions in the order in which they are shown, if there are so many."""
    snapshot, values = scored.snapshot, scored.scores.values
    diversity = scored.lists.diversity if query.diversity is None else query.diversity
    balance = find_balance(snapshot.columns, scored.learner.history, scored.wants, settings.calibration)

    def diverse(mask: Array) -> list[int]:
        ranked = rank(values, mask, snapshot.popularity, max(limit, POOL))
        if query.shelf:
            return list(ranked)
        chosen: list[int] = diversify(ranked, values, snapshot.vectors, diversity, limit, balance).tolist()
        return chosen

    if query.mix:
        modality = snapshot.columns.named["modality"]
        orders = {name: diverse(mask & modality.among({name})) for name in query.mix}
        return mix(orders, query.mix, diverse(mask))
    return keep_within(diverse(mask), scored.promised, settings.promised_ranks)
