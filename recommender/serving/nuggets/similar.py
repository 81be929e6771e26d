"""Nuggets that are like another one: taught the same, taken by the same learners, or near in the model."""

from __future__ import annotations

import re
import time
from typing import Any

import numpy as np

from lrs.auth.stores import Store
from recommender.catalogue.nuggets import Nugget, definition_of
from recommender.errors import NotInCatalogueError
from recommender.messages import say
from recommender.ranking.lists import rank
from recommender.ranking.peers import takers
from recommender.serving.context import Serving
from recommender.serving.nuggets.audience_claims import go_together
from recommender.serving.nuggets.candidates import find_candidates
from recommender.serving.nuggets.explanations import display_title, reader_language, skill_name
from recommender.serving.nuggets.filters import filter_mask
from recommender.serving.nuggets.recommend import NuggetAnswer, NuggetRecommendation
from recommender.serving.state.catalogue import Shelf
from recommender.serving.state.nugget_table import NuggetColumns
from recommender.storage.user_features import UserFeatures
from schemas.recommendations import SimilarQuery

Array = np.ndarray[Any, np.dtype[Any]]
MOST_SKILLS = 3
_WORD = re.compile(r"[^\W\d_]{3,}")


def find_similar(serving: Serving, store: Store, query: SimilarQuery, accepted: str = "") -> NuggetAnswer:
    """Return the nuggets most like one; of a learner's, only those that may be recommended to that learner.

    Raises NotInCatalogueError for a nugget that nobody knows.
    """
    shelf = serving.shelves.find(store.id, serving.models.find(store.id))
    source = shelf.columns.index.get(query.activity)
    if source is None:
        raise NotInCatalogueError(
            f"{query.activity} is no nugget here; send the id of one that was taken or entered",
            path="activity",
        )
    features, mask = _who_asks(serving, store, shelf, query)
    mask = mask & filter_mask(shelf.columns, query.filters)
    mask[source] = False
    values = _likeness(shelf, source)
    chosen = rank(values, mask & (values > 0), shelf.popularity, query.limit).tolist()
    language = query.speaks or accepted or reader_language(features)
    found = tuple(
        _describe(shelf, source, position, place, float(values[position]), language)
        for place, position in enumerate(chosen, start=1)
    )
    return NuggetAnswer(shelf.version, found)


def _who_asks(
    serving: Serving, store: Store, shelf: Shelf, query: SimilarQuery
) -> tuple[UserFeatures, Array]:
    now = time.time_ns() // 1000
    if not query.identifier:
        return UserFeatures(), shelf.columns.is_open(now)
    learner = serving.learners.find(store.id, query.identifier)
    return learner.features, find_candidates(shelf, learner, now).ready


def _likeness(shelf: Shelf, source: int) -> Array:
    """Return for each nugget the mean of what can be compared, each from 0 to 1."""
    parts = [_shared(shelf.columns, source)]
    if shelf.model is not None:
        parts += [np.maximum(0.0, shelf.vectors @ shelf.vectors[source]), _taken_together(shelf, source)]
    else:
        parts.append(_shared_words(shelf.columns, source))
    mean: Array = np.mean(parts, axis=0)
    return mean


def _shared(columns: NuggetColumns, source: int) -> Array:
    """Return the skills that two nuggets share, of all skills of the two."""
    own = columns.nuggets[source].skills
    shared = np.zeros(len(columns.nuggets))
    for skill in own:
        shared[columns.skills[skill]] += 1
    share: Array = shared / np.maximum(1, columns.skill_counts + len(own) - shared)
    return share


def _taken_together(shelf: Shelf, source: int) -> Array:
    """Return the cosine of who took two nuggets."""
    assert shelf.model is not None
    size = len(shelf.columns.nuggets)
    rows = shelf.model.known[takers(shelf.model, source)]
    both = np.bincount(rows.indices, minlength=size).astype(np.float64)
    counts = np.diff(shelf.model.takers.indptr)
    cosine: Array = both / np.sqrt(np.maximum(1, counts * counts[source]))
    return cosine


def _shared_words(columns: NuggetColumns, source: int) -> Array:
    """Return the words of the titles that two nuggets share, of all words of the two."""
    own = _words(columns.nuggets[source])
    others = [_words(nugget) for nugget in columns.nuggets]
    return np.array([len(own & words) / max(1, len(own | words)) for words in others])


def _words(nugget: Nugget) -> set[str]:
    return {word.lower() for title in nugget.titles.values() for word in _WORD.findall(title)}


def _describe(
    shelf: Shelf, source: int, position: int, place: int, value: float, language: str
) -> NuggetRecommendation:
    nugget, reasons = shelf.columns.nuggets[position], _reasons(shelf, source, position, language)
    return NuggetRecommendation(nugget.id, definition_of(nugget), place, round(value, 4), tuple(reasons))


def _reasons(shelf: Shelf, source: int, position: int, language: str) -> list[str]:
    first, other = shelf.columns.nuggets[source], shelf.columns.nuggets[position]
    title = display_title(first, language, first.id)
    reasons = []
    shared = [skill_name(skill) for skill in first.skills if skill in other.skills][:MOST_SKILLS]
    if shared:
        reasons.append(say(language, "shared_skills", skills=", ".join(shared)))
    if shelf.model is not None and go_together(shelf.model, source, position):
        reasons.append(say(language, "also_taken", name=title))
    return reasons or [say(language, "similar", name=title)]
