"""Nuggets similar to another one: they teach the same skills, are taken together, or are close in the model."""

from __future__ import annotations

import re
import time
from typing import Any

import numpy as np

from lrs.auth.stores import Store
from recommender.catalogue.meanings import Meanings
from recommender.catalogue.nuggets import Nugget, definition_of
from recommender.errors import NotInCatalogueError
from recommender.messages import catalogue_language, say
from recommender.ranking.diversity import POOL
from recommender.ranking.doubles import find_doubles
from recommender.ranking.lists import rank
from recommender.ranking.peers import learners_who_took
from recommender.serving.audience_claims import go_together
from recommender.serving.context import Serving
from recommender.serving.nuggets.candidates import find_candidates
from recommender.serving.nuggets.explanations import display_title, reader_language
from recommender.serving.nuggets.filters import filter_mask
from recommender.serving.nuggets.recommend import DAY_US, NuggetAnswer, NuggetRecommendation
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.learners import Learner
from recommender.serving.state.meanings import FLOOR, NEAREST
from recommender.serving.state.nugget_table import NuggetColumns
from recommender.storage.user_features import UserFeatures
from schemas.recommendations import SimilarQuery

Array = np.ndarray[Any, np.dtype[Any]]
MOST_SKILLS = 3
_WORD = re.compile(r"[^\W\d_]{3,}")


def find_similar(serving: Serving, store: Store, query: SimilarQuery, accepted: str = "") -> NuggetAnswer:
    """Return the nuggets most similar to one; for a learner, only those that may be recommended to the learner.

    Raises NotInCatalogueError for an unknown nugget.
    """
    snapshot = serving.catalogue.find(store.id, serving.models.find(store.id))
    source = snapshot.columns.index.get(query.activity)
    if source is None:
        raise NotInCatalogueError(
            f"{query.activity} is not a nugget here; send the id of one that was taken or entered",
            path="activity",
        )
    learner = serving.learners.find(store.id, query.identifier) if query.identifier else None
    features, mask = _eligible(serving, snapshot, learner)
    mask = mask & filter_mask(snapshot.columns, query.filters)
    mask[source] = False
    meanings = serving.meanings.find(store.id)
    values = _likeness(snapshot, source, meanings)
    ranked = rank(values, mask & (values > 0), snapshot.popularity, max(query.limit, POOL)).tolist()
    own, nuggets = reader_language(features), snapshot.columns.nuggets
    doubles = find_doubles([nuggets[one] for one in ranked[:POOL]], [nuggets[source]], meanings, own)
    chosen = [one for place, one in enumerate(ranked) if place not in doubles][: query.limit]
    language = query.speaks or accepted or own
    found = []
    for number, position in enumerate(chosen, start=1):
        nugget = nuggets[position]
        is_known = learner is not None and learner.is_known
        reasons = tuple(_reasons(snapshot, source, position, language, is_known=is_known))
        score = round(float(values[position]), 4)
        found.append(NuggetRecommendation(nugget.id, definition_of(nugget), number, score, reasons))
    return NuggetAnswer(snapshot.version, tuple(found), language=catalogue_language(language))


def _eligible(
    serving: Serving, snapshot: CatalogueSnapshot, learner: Learner | None
) -> tuple[UserFeatures, Array]:
    """Return the learner's features, and which nuggets may be recommended to the learner, or to anybody."""
    now = time.time_ns() // 1000
    if learner is None:
        return UserFeatures(), snapshot.is_open(now)
    later_us = serving.settings.later_days * DAY_US
    return learner.features, find_candidates(snapshot, learner, now, later_us).ready


def _likeness(snapshot: CatalogueSnapshot, source: int, meanings: Meanings) -> Array:
    """Return the likeness of each nugget: the mean of all that can be compared, each from 0 to 1."""
    parts = [_shared_skills(snapshot.columns, source)]
    if snapshot.model is not None:
        cosine = np.maximum(0.0, snapshot.vectors @ snapshot.vectors[source])
        parts += [cosine, _taken_together(snapshot, source)]
    else:
        near = _near_in_meaning(snapshot.columns, source, meanings)
        parts.append(np.maximum(near, _shared_words(snapshot.columns, source)))
    mean: Array = np.mean(parts, axis=0)
    return mean


def _shared_skills(columns: NuggetColumns, source: int) -> Array:
    """Return which share of all skills of two nuggets is common to both (Jaccard index)."""
    own = columns.nuggets[source].skills
    shared = np.zeros(len(columns.nuggets))
    for skill in own:
        shared[columns.skills[skill]] += 1
    share: Array = shared / np.maximum(1, columns.skill_counts + len(own) - shared)
    return share


def _taken_together(snapshot: CatalogueSnapshot, source: int) -> Array:
    """Return the cosine between the learners of two nuggets."""
    assert snapshot.model is not None
    size = len(snapshot.columns.nuggets)
    rows = snapshot.model.known[learners_who_took(snapshot.model, source)]
    both = np.bincount(rows.indices, minlength=size).astype(np.float64)
    counts = snapshot.learner_counts
    cosine: Array = both / np.sqrt(np.maximum(1, counts * counts[source]))
    return cosine


def _shared_words(columns: NuggetColumns, source: int) -> Array:
    """Return which share of all words of two nuggets' titles is common to both (Jaccard index)."""
    own = _words(columns.nuggets[source])
    others = [_words(nugget) for nugget in columns.nuggets]
    return np.array([len(own & words) / max(1, len(own | words)) for words in others])


def _near_in_meaning(columns: NuggetColumns, source: int, meanings: Meanings) -> Array:
    """Return the cosines of the nuggets whose titles are near in meaning; 0 for all others."""
    name = columns.nuggets[source].id
    found = np.zeros(len(columns.nuggets))
    for activity, cosine in meanings.nearest(meanings.of([name])[0], NEAREST, FLOOR).items():
        if activity in columns.index:
            found[columns.index[activity]] = cosine
    return found


def _words(nugget: Nugget) -> set[str]:
    return {word.lower() for title in nugget.titles.values() for word in _WORD.findall(title)}


def _reasons(
    snapshot: CatalogueSnapshot, source: int, position: int, language: str, *, is_known: bool
) -> list[str]:
    """Say what two nuggets have in common; only a learner who is known is told what others took."""
    first, other = snapshot.columns.nuggets[source], snapshot.columns.nuggets[position]
    title = "" if first.hidden else display_title(first, language, "")
    tells_of_others = is_known and not (snapshot.is_private(source) or snapshot.is_private(position))
    reasons = []
    shared = [snapshot.labels.find(skill, language) for skill in first.skills if skill in other.skills][
        :MOST_SKILLS
    ]
    if shared:
        reasons.append(say(language, "shared_skills", skills=", ".join(shared)))
    if not title:
        return reasons
    if tells_of_others and snapshot.model is not None and go_together(snapshot.model, source, position):
        reasons.append(say(language, "also_taken", name=title))
    return reasons or [say(language, "similar", name=title)]
