"""Recommends nuggets to a learner: candidates, scores, boosts, the list, and reasons."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from typing import Any

import numpy as np

from lrs.auth.stores import Store
from lrs.personas import PersonaId
from recommender.catalogue.nuggets import definition_of
from recommender.config import RecommenderSettings
from recommender.interactions.takers import count_takers
from recommender.messages import catalogue_language
from recommender.ranking.lists import ListSettings, best_first
from recommender.ranking.places import nth_best
from recommender.ranking.popularity_penalty import differ, popularity_penalty
from recommender.serving.context import Serving
from recommender.serving.nuggets.agreed import as_agreed
from recommender.serving.nuggets.boosts import Boost, add_boost
from recommender.serving.nuggets.candidates import Candidates, find_candidates, find_done
from recommender.serving.nuggets.explanations import Explainer, Reader, reader_language
from recommender.serving.nuggets.exploring import Page, chances, explore, hourly_seed, share_of_places
from recommender.serving.nuggets.lately import RecentUse, count_lately
from recommender.serving.nuggets.listing import listed, ordered, promise
from recommender.serving.nuggets.prerequisites import needed_boost
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.nuggets.scores import Scores, score_by_popularity, score_learner
from recommender.serving.nuggets.shelves import own_acts
from recommender.serving.nuggets.skill_gaps import find_levels, find_wants, gap_boost
from recommender.serving.nuggets.turned_down import backwards, backwards_boost, disliked_boost
from recommender.serving.nuggets.what_is_missing import say_what_is_missing
from recommender.serving.paging import Marks, is_shown
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.learners import Learner
from schemas.recommendations import NuggetQuery

Array = np.ndarray[Any, np.dtype[Any]]
DAY_US = 86_400_000_000
MIN_EXPLORED = 3
"""On a page with fewer ranks, all go to the best."""
NEAR_THE_TOP = 10
"""Nuggets that teach what is wanted come nearer to the learner's tenth best score."""


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
    never seen, and for one who refused to be recommended to by the past. `message` says why there is nothing, or
    which goals nothing leads to; `language` is that of all texts.
    `probabilities` say how likely each was to be shown, empty where all were certain.
    """

    model: int | None
    recommendations: tuple[NuggetRecommendation, ...]
    more: str = ""
    persona: PersonaId | None = None
    message: str = ""
    language: str = ""
    probabilities: tuple[float, ...] = ()


def recommend_nuggets(
    serving: Serving,
    store: Store,
    query: NuggetQuery,
    accepted: str = "",
    scored: ScoredCatalogue | None = None,
) -> NuggetAnswer:
    """Recommend nuggets to a learner; one never seen gets the popular ones.

    `scored` spares reading and scoring where that was done for this learner already.
    Reasons are in the language that the query asks for, else in the one `accepted`, else in the learner's. Raises
    InvalidInputError for a filter value that no nugget has, and for an invalid token.
    """
    shown = serving.nugget_pages.read(store.id, query.more)
    scored = scored or find_scored(serving, store, query.identifier)
    learner = scored.learner
    mask = listed(scored, query)
    scored = promise(serving.settings, scored, query, mask)
    page = _find_page(serving, store, scored, query, mask, shown)
    reader = find_reader(scored, query.speaks or accepted)
    counted = serving.counted.find(store.id).without(learner.persona)
    takers = partial(count_takers, serving.database, store.id, counted)
    explainer = Explainer(scored.snapshot, scored.scores, reader, takers, scored.recent_use)
    found = _describe(scored, explainer, page, len(shown))
    ids = [one.activity for one in found]
    more = serving.nugget_pages.write(store.id, shown, ids) if page.has_more else ""
    message = "" if shown else say_what_is_missing(scored, query, reader, is_empty=not found)
    language = catalogue_language(reader.language)
    version = scored.snapshot.version
    return NuggetAnswer(version, found, more, learner.noted_as(store), message, language, page.probabilities)


def find_scored(serving: Serving, store: Store, identifier: str) -> ScoredCatalogue:
    """Read a learner as of now, and score the catalogue for that one."""
    return score_catalogue(serving, store, serving.learners.find(store.id, identifier))


def score_catalogue(serving: Serving, store: Store, learner: Learner) -> ScoredCatalogue:
    """Judge and score all nuggets for a learner: the model, then the boosts, prerequisites last.

    The order matters: each boost moves nuggets in relation to the scores so far, and a prerequisite comes to the score
    of the nugget that needs it.
    """
    settings = serving.settings
    snapshot = serving.catalogue.find(store.id, serving.models.find(store.id, learner.persona))
    learner = as_agreed(learner, store, snapshot)
    columns, now = snapshot.columns, time.time_ns() // 1000
    candidates = find_candidates(snapshot, learner, now, settings.later_days * DAY_US)
    ready = candidates.ready
    had = find_levels(learner.features, find_done(snapshot, candidates))
    wants = find_wants(learner.features, snapshot.roles, had)
    takes = serving.takes.find(store.id)
    counts = count_lately(snapshot, takes, learner.features, now)
    scores, lists = _score(snapshot, learner, candidates, counts, settings)
    if wants:
        target = nth_best(scores.values, ready, NEAR_THE_TOP)
        scores = add_boost(scores, gap_boost(columns, wants, scores.values, target, settings.gap_weight))
    if learner.history.disliked:
        scores = add_boost(scores, disliked_boost(snapshot, learner.history.disliked, scores.values, ready))
    completed = [columns.nuggets[one] for one in columns.positions(learner.history.completed)]
    backward = backwards(columns, completed)
    scores = add_boost(scores, backwards_boost(scores.values, ready, backward))
    needed = needed_boost(columns, scores.values, candidates.eligible, candidates.blocked, candidates.done)
    needed = replace(needed, values=np.where(backward, 0.0, needed.values))  # the learner is beyond these
    scores = add_boost(scores, needed)
    meanings = serving.meanings.find(store.id)
    used = RecentUse(takes, learner.features, serving.counted.find(store.id).without(learner.persona))
    return ScoredCatalogue(
        snapshot, learner, candidates, scores, wants, backward, used, lists=lists, meanings=meanings
    )


def first_nuggets(serving: Serving, store: Store, scored: ScoredCatalogue) -> tuple[int, ...]:
    """Return the positions of the nuggets on the first page of a query without any parameters."""
    query = NuggetQuery({}, "")
    mask = listed(scored, query)
    promising = promise(serving.settings, scored, query, mask)
    return _find_page(serving, store, promising, query, mask, frozenset()).positions


def find_reader(scored: ScoredCatalogue, speaks: str) -> Reader:
    """Return the reader of reasons, in the language asked for, else in one that the learner reads."""
    features = scored.learner.features
    acts = own_acts(scored.candidates)
    labels = scored.snapshot.labels
    language, is_stranger = speaks or reader_language(features), not scored.learner.is_known
    return Reader(language, features, scored.wants, acts, labels, is_stranger)


def _score(
    snapshot: CatalogueSnapshot,
    learner: Learner,
    candidates: Candidates,
    counts: Mapping[str, Array],
    settings: RecommenderSettings,
) -> tuple[Scores, ListSettings]:
    """Score by the model, less its popularity penalty; return the settings of the list, too.

    There is no penalty where popularity itself is the score (without a model, and for learners without a past), and
    where the model scores all candidates the same.
    """
    if snapshot.model is None:
        lists = replace(ListSettings.of({}, settings), penalty=0.0)
        return score_by_popularity(snapshot.popularity, candidates.eligible, counts), lists
    scores = score_learner(snapshot.model, learner.history, learner.features, candidates.eligible, counts)
    lists = ListSettings.of(snapshot.model.facts, settings)
    if not scores.past or not differ(scores.values, candidates.eligible):
        lists = replace(lists, penalty=0.0)
    values = popularity_penalty(snapshot.penalised, candidates.eligible, lists.penalty)
    return add_boost(scores, Boost("popularity", values)), lists


def _find_page(
    serving: Serving, store: Store, scored: ScoredCatalogue, query: NuggetQuery, mask: Array, shown: Marks
) -> Page:
    """Return a page of what may be listed (a mask), with some nuggets that few were shown yet.

    There is no place for those on a shelf, in a mix, on a page of one or two, and where one is promised. Learners never
    seen get none, as nobody could tell afterwards what came of it.
    """
    settings, values = serving.settings, scored.scores.values
    order = ordered(settings, scored, query, mask, len(shown) + query.limit + 1)
    columns = scored.snapshot.columns
    left = [position for position in order if not is_shown(columns.nuggets[position].id, shown)]
    ranked = tuple(best_first(np.array(left[: query.limit], dtype=np.int64), values).tolist())
    page = Page(ranked, len(ranked), has_more=len(left) > query.limit)
    learner, share = scored.learner.persona, settings.exploration
    at_stake = ranked[query.limit - ceil(query.limit * share) :]
    has_place = at_stake and query.limit >= MIN_EXPLORED and not (query.mix or query.shelf)
    if learner is None or not has_place or {*at_stake} & {*scored.promised}:
        return page
    weights = chances(scored.snapshot, serving.showings.find(store.id), values, mask & ~scored.backward)
    seed, share = hourly_seed(learner, len(shown)), share_of_places(columns, weights, share)
    explored = explore(page, weights, columns.digests, seed, query.limit, share)
    drawn = explored.positions[explored.explored :]
    return page if any(is_shown(columns.nuggets[one].id, shown) for one in drawn) else explored


def _describe(
    scored: ScoredCatalogue, explainer: Explainer, page: Page, before: int
) -> tuple[NuggetRecommendation, ...]:
    nuggets = scored.snapshot.columns.nuggets
    reasons_of = explainer.explain(list(page.positions), page.positions[page.explored :])
    return tuple(
        NuggetRecommendation(
            nuggets[position].id,
            definition_of(nuggets[position]),
            number,
            round(float(scored.scores.values[position]), 4),
            reasons,
        )
        for number, (position, reasons) in enumerate(
            zip(page.positions, reasons_of, strict=True), start=before + 1
        )
    )
