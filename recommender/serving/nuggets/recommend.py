"""What a learner should look at next."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrs.auth.stores import Store
from lrs.personas import PersonaId
from recommender.catalogue.nuggets import definition_of
from recommender.ranking.lists import POOL, Knobs, best_first, diversify, popularity_penalty, rank
from recommender.ranking.mix import mix
from recommender.serving.context import Serving
from recommender.serving.nuggets.boosts import Boost, add_boost
from recommender.serving.nuggets.candidates import Candidates, find_candidates, find_done
from recommender.serving.nuggets.explanations import Explainer, Reader, reader_language
from recommender.serving.nuggets.filters import filter_mask
from recommender.serving.nuggets.prerequisites import needed_boost
from recommender.serving.nuggets.scores import Scores, Term, Terms, score_learner
from recommender.serving.nuggets.skill_gaps import Want, find_levels, find_wants, gap_boost
from recommender.serving.nuggets.started import begun_boost
from recommender.serving.paging import is_shown, make_token, read_token
from recommender.serving.state.catalogue import Shelf
from recommender.serving.state.learners import Learner
from schemas.recommendations import DEFAULT_LIMIT, NuggetQuery

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class NuggetRecommendation:
    """A nugget with its definition, its place (from 1), its score (deviations above the mean) and why."""

    activity: str
    definition: Mapping[str, Any]
    rank: int
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NuggetAnswer:
    """The recommendations of a page, best first; the version of the model that made them; the token of the next page.

    `model` is None while popularity answers, `more` is empty where nothing is left, `persona` is None for somebody
    never seen.
    """

    model: int | None
    recommendations: tuple[NuggetRecommendation, ...]
    more: str = ""
    persona: PersonaId | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand for a learner: what can be recommended, the scores with all boosts, the skills wanted."""

    shelf: Shelf
    learner: Learner
    candidates: Candidates
    scores: Scores
    wants: Mapping[str, Want]


def recommend_nuggets(serving: Serving, store: Store, query: NuggetQuery, accepted: str = "") -> NuggetAnswer:
    """Recommend nuggets to a learner; who was never seen gets the popular ones.

    Reasons are in the language that the query asks for, else in the one `accepted`, else in the learner's.

    Raises InvalidInputError for a filter that no nugget passes by its value, and for a token that is none.
    """
    shown = read_token(query.more) if query.more else frozenset()
    learner = serving.learners.find(store.id, query.identifier)
    standing = find_standing(serving, store, learner)
    order = _order(standing, query, _knobs(serving, query), len(shown) + query.limit + 1)
    nuggets = standing.shelf.columns.nuggets
    left = [position for position in order if not is_shown(nuggets[position].id, shown)]
    page = best_first(np.array(left[: query.limit], dtype=np.int64), standing.scores.values)
    found = _describe(standing, query.speaks or accepted, page, len(shown))
    more = make_token(shown, [one.activity for one in found]) if len(left) > query.limit else ""
    return NuggetAnswer(standing.shelf.version, found, more, learner.persona)


def first_page(serving: Serving, store: Store, learner: Learner) -> frozenset[str]:
    """Return the nuggets that a learner gets who asks for nothing in particular."""
    standing = find_standing(serving, store, learner)
    knobs = Knobs(serving.settings.popularity_penalty, serving.settings.diversity)
    chosen = _diverse(standing, standing.candidates.ready, knobs, DEFAULT_LIMIT)[:DEFAULT_LIMIT]
    return frozenset(standing.shelf.columns.nuggets[position].id for position in chosen)


def find_standing(serving: Serving, store: Store, learner: Learner) -> Standing:
    """Judge and score everything for a learner: the model, skill gaps, popularity, then prerequisites."""
    settings = serving.settings
    shelf = serving.shelves.find(store.id, serving.models.find(store.id, learner.persona))
    candidates = find_candidates(shelf, learner, time.time_ns() // 1000)
    done = find_done(shelf, candidates)
    wants = find_wants(learner.features, shelf.roles, find_levels(learner.features, done))
    scores = add_boost(
        _score(shelf, learner, candidates), _penalty(shelf, candidates, settings.popularity_penalty)
    )
    scores = add_boost(scores, gap_boost(shelf.columns, wants, settings.gap_weight))
    scores = add_boost(scores, begun_boost(shelf.columns, learner.history, scores, settings.begun_least))
    needed = needed_boost(
        shelf.columns, scores.values, candidates.eligible, candidates.blocked, candidates.done
    )
    return Standing(shelf, learner, candidates, add_boost(scores, needed), wants)


def first_nuggets(serving: Serving, standing: Standing) -> list[int]:
    """Return the positions of the nuggets that the learner is shown who asks for nothing in particular."""
    query = NuggetQuery({}, "")
    return _order(standing, query, _knobs(serving, query), query.limit)[: query.limit]


def find_reader(standing: Standing, speaks: str) -> Reader:
    """Return to whom reasons are told: in the language asked for, else in one that the learner reads."""
    features = standing.learner.features
    return Reader(speaks or reader_language(features), features, standing.wants)


def _score(shelf: Shelf, learner: Learner, candidates: Candidates) -> Scores:
    if shelf.model is not None:
        return score_learner(shelf.model, learner.history, learner.features, candidates.eligible)
    values = 0.0 - popularity_penalty(shelf.popularity, candidates.eligible, 1.0)  # never -0.0

    def terms_of(items: Sequence[int]) -> list[Terms]:
        return [(Term("popularity", "", float(values[item])),) for item in items]

    return Scores(values, np.zeros(0), (), terms_of)


def _penalty(shelf: Shelf, candidates: Candidates, weight: float) -> Boost:
    """Popularity alone is not held against anything."""
    weight = weight if shelf.model is not None else 0.0
    return Boost("popularity", popularity_penalty(shelf.popularity, candidates.eligible, weight))


def _knobs(serving: Serving, query: NuggetQuery) -> Knobs:
    settings = serving.settings
    diversity = settings.diversity if query.diversity is None else query.diversity
    return Knobs(settings.popularity_penalty, diversity)


def _order(standing: Standing, query: NuggetQuery, knobs: Knobs, limit: int) -> list[int]:
    """Return at least `limit` positions in the order they are shown in, if there are so many."""
    mask = standing.candidates.ready & filter_mask(standing.shelf.columns, query.filters)
    if not query.mix:
        return _diverse(standing, mask, knobs, limit)
    modality = standing.shelf.columns.named["modality"]
    kinds = {kind: _diverse(standing, mask & modality.among({kind}), knobs, limit) for kind in query.mix}
    unwanted = [kind for kind, share in query.mix.items() if share == 0]
    return mix(kinds, query.mix, _diverse(standing, mask & ~modality.among(unwanted), knobs, limit))


def _diverse(standing: Standing, mask: Array, knobs: Knobs, limit: int) -> list[int]:
    values = standing.scores.values
    ranked = rank(values, mask, standing.shelf.popularity, max(limit, POOL))
    ordered: list[int] = diversify(ranked, values, standing.shelf.vectors, knobs.diversity, limit).tolist()
    return ordered


def _describe(
    standing: Standing, speaks: str, page: Sequence[int] | Array, before: int
) -> tuple[NuggetRecommendation, ...]:
    explainer = Explainer(standing.shelf, standing.scores, find_reader(standing, speaks))
    nuggets = standing.shelf.columns.nuggets
    positions = [int(position) for position in page]
    return tuple(
        NuggetRecommendation(
            nuggets[position].id,
            definition_of(nuggets[position]),
            place,
            round(float(standing.scores.values[position]), 4),
            reasons,
        )
        for place, (position, reasons) in enumerate(
            zip(positions, explainer.explain(positions), strict=True), start=before + 1
        )
    )
