"""Recommends nuggets to a learner: candidates, scores, boosts, the list, and reasons."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from lrs.auth.stores import Store
from lrs.personas import PersonaId
from recommender.catalogue.nuggets import definition_of
from recommender.config import RecommenderSettings
from recommender.interactions.takers import count_takers
from recommender.ranking.diversity import POOL, diversify
from recommender.ranking.lists import ListSettings, best_first, rank
from recommender.ranking.mix import mix
from recommender.ranking.popularity_penalty import popularity_penalty
from recommender.serving.context import Serving
from recommender.serving.nuggets.boosts import Boost, add_boost
from recommender.serving.nuggets.candidates import Candidates, find_candidates, find_done
from recommender.serving.nuggets.explanations import Explainer, Reader, reader_language
from recommender.serving.nuggets.filters import filter_mask
from recommender.serving.nuggets.prerequisites import needed_boost
from recommender.serving.nuggets.scores import Scores, score_by_popularity, score_learner
from recommender.serving.nuggets.skill_gaps import Want, find_levels, find_wants, gap_boost
from recommender.serving.nuggets.started import started_boost
from recommender.serving.paging import is_shown
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.learners import Learner
from schemas.recommendations import NuggetQuery

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class NuggetRecommendation:
    """A nugget with its definition, its rank (from 1), its score (standard deviations above the mean) and reasons."""

    activity: str
    definition: Mapping[str, Any]
    rank: int
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NuggetAnswer:
    """One page of recommendations, best first, the version of the model, and the token of the next page.

    `model` is None while popularity answers, `more` is empty on the last page, `persona` is None for a learner
    never seen.
    """

    model: int | None
    recommendations: tuple[NuggetRecommendation, ...]
    more: str = ""
    persona: PersonaId | None = None


@dataclass(frozen=True, slots=True)
class ScoredCatalogue:
    """The catalogue scored for a learner: the candidates, the scores with all boosts, and the skills wanted.

    `lists` say by which popularity penalty the scores were changed, and how diverse the list is.
    """

    snapshot: CatalogueSnapshot
    learner: Learner
    candidates: Candidates
    scores: Scores
    wants: Mapping[str, Want]
    lists: ListSettings = ListSettings(0.0, 0.0)


def recommend_nuggets(serving: Serving, store: Store, query: NuggetQuery, accepted: str = "") -> NuggetAnswer:
    """Recommend nuggets to a learner; one never seen gets the popular ones.

    Reasons are in the language that the query asks for, else in the one `accepted`, else in the learner's. Raises
    InvalidInputError for a filter value that no nugget has, and for an invalid token.
    """
    shown = serving.nugget_pages.read(store.id, query.more)
    learner = serving.learners.find(store.id, query.identifier)
    scored = score_catalogue(serving, store, learner)
    order = _order(scored, query, len(shown) + query.limit + 1)
    nuggets = scored.snapshot.columns.nuggets
    left = [position for position in order if not is_shown(nuggets[position].id, shown)]
    page = best_first(np.array(left[: query.limit], dtype=np.int64), scored.scores.values)
    explainer = Explainer(
        scored.snapshot,
        scored.scores,
        find_reader(scored, query.speaks or accepted),
        partial(count_takers, serving.database, store.id),
    )
    found = _describe(scored, explainer, page, len(shown))
    ids = [one.activity for one in found]
    more = serving.nugget_pages.write(store.id, shown, ids) if len(left) > query.limit else ""
    return NuggetAnswer(scored.snapshot.version, found, more, learner.persona)


def score_catalogue(serving: Serving, store: Store, learner: Learner) -> ScoredCatalogue:
    """Judge and score all nuggets for a learner: the model, then the boosts, prerequisites last.

    The order matters: started nuggets are raised to a minimum of the score so far, and a prerequisite to the score
    of the nugget that needs it.
    """
    settings = serving.settings
    snapshot = serving.catalogue.find(store.id, serving.models.find(store.id, learner.persona))
    columns = snapshot.columns
    candidates = find_candidates(snapshot, learner, time.time_ns() // 1000)
    wants = find_wants(
        learner.features,
        snapshot.roles,
        find_levels(learner.features, find_done(snapshot, candidates)),
    )
    scores, lists = _score(snapshot, learner, candidates, settings)
    scores = add_boost(scores, gap_boost(columns, wants, settings.gap_weight))
    scores = add_boost(scores, started_boost(columns, learner.history, scores, settings.min_started_score))
    needed = needed_boost(columns, scores.values, candidates.eligible, candidates.blocked, candidates.done)
    return ScoredCatalogue(snapshot, learner, candidates, add_boost(scores, needed), wants, lists)


def first_nuggets(serving: Serving, scored: ScoredCatalogue) -> list[int]:
    """Return the positions of the nuggets on the first page of a query without any parameters."""
    query = NuggetQuery({}, "")
    return _order(scored, query, query.limit)[: query.limit]


def find_reader(scored: ScoredCatalogue, speaks: str) -> Reader:
    """Return the reader of reasons, in the language asked for, else in one that the learner reads."""
    features = scored.learner.features
    return Reader(speaks or reader_language(features), features, scored.wants)


def _score(
    snapshot: CatalogueSnapshot, learner: Learner, candidates: Candidates, settings: RecommenderSettings
) -> tuple[Scores, ListSettings]:
    """Score by the model, less its popularity penalty; return the settings of the list, too.

    There is no penalty where popularity itself is the score: without a model, and for learners without a past.
    """
    if snapshot.model is None:
        lists = replace(ListSettings.of({}, settings), penalty=0.0)
        return score_by_popularity(snapshot.popularity, candidates.eligible), lists
    scores = score_learner(snapshot.model, learner.history, learner.features, candidates.eligible)
    lists = ListSettings.of(snapshot.model.facts, settings)
    lists = lists if scores.past else replace(lists, penalty=0.0)
    values = popularity_penalty(snapshot.penalised, candidates.eligible, lists.penalty)
    return add_boost(scores, Boost("popularity", values)), lists


def _order(scored: ScoredCatalogue, query: NuggetQuery, limit: int) -> list[int]:
    """Return at least `limit` positions in the order in which they are shown, if there are so many."""
    diversity = scored.lists.diversity if query.diversity is None else query.diversity
    mask = scored.candidates.ready & filter_mask(scored.snapshot.columns, query.filters)
    if not query.mix:
        return _diverse(scored, mask, diversity, limit)
    modality = scored.snapshot.columns.named["modality"]
    orders = {name: _diverse(scored, mask & modality.among({name}), diversity, limit) for name in query.mix}
    unwanted = [name for name, share in query.mix.items() if share == 0]
    return mix(orders, query.mix, _diverse(scored, mask & ~modality.among(unwanted), diversity, limit))


def _diverse(scored: ScoredCatalogue, mask: Array, diversity: float, limit: int) -> list[int]:
    values = scored.scores.values
    ranked = rank(values, mask, scored.snapshot.popularity, max(limit, POOL))
    ordered: list[int] = diversify(ranked, values, scored.snapshot.vectors, diversity, limit).tolist()
    return ordered


def _describe(
    scored: ScoredCatalogue, explainer: Explainer, page: Sequence[int] | Array, before: int
) -> tuple[NuggetRecommendation, ...]:
    nuggets = scored.snapshot.columns.nuggets
    positions = [int(position) for position in page]
    return tuple(
        NuggetRecommendation(
            nuggets[position].id,
            definition_of(nuggets[position]),
            number,
            round(float(scored.scores.values[position]), 4),
            reasons,
        )
        for number, (position, reasons) in enumerate(
            zip(positions, explainer.explain(positions), strict=True), start=before + 1
        )
    )
