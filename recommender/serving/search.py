"""Finds nuggets, skills and people for a few words: by the words themselves, and by what titles mean."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lrs.auth.stores import Store
from lrs.personas import PersonaId
from recommender.catalogue.catalogue import find_nuggets
from recommender.catalogue.labels import Labels
from recommender.catalogue.nuggets import Nugget, definition_of
from recommender.catalogue.search import Searchable
from recommender.messages import catalogue_language
from recommender.serving.context import Serving
from recommender.serving.peers.recommend import PeerAnswer, recommend_peers
from recommender.serving.state.subjects import words_of
from recommender.vocabulary.extensions import skill_name
from schemas.peers import PeerQuery
from schemas.recommendations import NuggetFilters
from schemas.search import FACETS, SearchQuery

MINUTES = (5, 15, 30, 60, 120)
"""The values offered for the longest duration."""
MINUTE_S = 60
MOST_VALUES, MOST_SKILLS, MOST_PEOPLE = 20, 8, 5
MIN_TEACHING = 2
"""Of a skill that the words do not name, so many of the nuggets found must teach it."""


NOBODY, NO_LABELS, NO_FILTERS = PeerAnswer(None, ()), Labels(), NuggetFilters()


@dataclass(frozen=True, slots=True)
class Hit:
    """A nugget that fits, and how well: 1 and more by its words, below by its meaning."""

    nugget: Nugget
    score: float

    @property
    def activity(self) -> str:
        """Return the id of the nugget."""
        return self.nugget.id

    @property
    def definition(self) -> Mapping[str, Any]:
        """Return what is shown of the nugget."""
        return definition_of(self.nugget)


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a property, and how many of the nuggets found have it."""

    value: str
    nuggets: int


@dataclass(frozen=True, slots=True)
class FoundSkill:
    """A skill that fits, its name, and how many open nuggets teach it."""

    skill: str
    label: str
    nuggets: int


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """A page of the nuggets found, the best first, of `total`; facets, skills and people.

    `persona` is the learner who asked, None for one never seen. `labels` name skills in any language.
    """

    nuggets: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[FacetValue, ...]]
    skills: tuple[FoundSkill, ...]
    peers: PeerAnswer
    language: str
    persona: PersonaId | None = None
    labels: Labels = NO_LABELS


def search(serving: Serving, store: Store, query: SearchQuery, accepted: str = "") -> SearchAnswer:
    """Find what fits the words of a query; people only for a learner who asks, and only those who agreed."""
    now = time.time_ns() // 1000
    near = serving.meanings.near(store.id, query.text)
    open_ones = [one for one in serving.nugget_search.iterate(store.id) if one.nugget.is_open(now)]
    fitting = [hit for one in open_ones if (hit := fit(one, query.text.lower(), near))]
    passing = fitting
    if query.filters != NO_FILTERS:
        passing = [one for one in fitting if passes(one.nugget, query.filters)]
    found = sorted(passing, key=_best_first)
    page = _as_now(serving, store, found[query.skip : query.skip + query.limit], now)
    asker = serving.learners.find(store.id, query.identifier) if query.identifier else None
    language = catalogue_language(query.speaks or accepted or (asker.features.language if asker else ""))
    persona = asker.persona if asker else None
    labels = serving.catalogue.find(store.id, serving.models.find(store.id, persona)).labels
    taught = Counter(skill for one in open_ones for skill in one.nugget.skills)
    return SearchAnswer(
        page,
        len(found),
        find_facets([one.nugget for one in fitting], query.filters),
        find_skills(query.text, taught, found, labels, language),
        _find_peers(serving, store, query, accepted) if asker else NOBODY,
        language,
        persona,
        labels,
    )


def search_and_note(serving: Serving, store: Store, query: SearchQuery, accepted: str = "") -> SearchAnswer:
    """Find what fits, and keep what was searched for, of a learner who is counted; further pages are no new search."""
    answer = search(serving, store, query, accepted)
    persona = answer.persona
    if persona and not query.skip and persona in serving.counted.find(store.id):
        serving.searches.note(store.id, persona, query.text, found=bool(answer.total))
    shown = [str(one.persona) for one in answer.peers.recommendations]
    serving.impressions.note(store.id, answer.peers.persona, answer.peers.model, shown, "peers")
    return answer


def fit(one: Searchable, text: str, near: Mapping[str, float]) -> Hit | None:
    """Return how well a nugget fits words in lower case: all in its titles before all in its texts, then by meaning."""
    cosine = near.get(one.nugget.id, 0.0)
    words = words_of(text) or [text]
    if text not in one.text and not all(word in one.text for word in words):
        return Hit(one.nugget, cosine) if cosine else None
    titles = " ".join(one.nugget.titles.values()).lower()
    in_titles = sum(word in titles for word in words) / len(words)
    return Hit(one.nugget, 1.0 + in_titles + (text in titles) + cosine)


def passes(nugget: Nugget, filters: NuggetFilters) -> bool:
    """Return whether a nugget has the properties asked for."""
    is_named = all(getattr(nugget, name) in wanted for name, wanted in filters.named().items())
    is_short = filters.max_minutes is None or _is_within(nugget, filters.max_minutes)
    return is_named and is_short and (not filters.skill or filters.skill in nugget.skills)


def find_facets(nuggets: Sequence[Nugget], filters: NuggetFilters) -> dict[str, tuple[FacetValue, ...]]:
    """Return by property its values, the most frequent first, among the nuggets that pass all other filters."""
    found = {}
    for name in FACETS:
        others = replace(filters, **{name: getattr(NuggetFilters(), name)})
        left = nuggets if others == NO_FILTERS else [one for one in nuggets if passes(one, others)]
        counts = Counter(value for nugget in left for value in _values_of(nugget, name))
        found[name] = _arranged(name, counts)
    return {name: values for name, values in found.items() if values}


def find_skills(
    text: str, taught: Mapping[str, int], hits: Iterable[Hit], labels: Labels, language: str
) -> tuple[FoundSkill, ...]:
    """Return the skills that the words name, then those that several of the nuggets found teach."""
    words = set(words_of(text))
    often = Counter(skill for hit in hits for skill in hit.nugget.skills)
    named = [one for one in taught if any(_names(words, name) for name in _names_of(one, labels))]
    named.sort(key=lambda one: (-taught[one], one))
    others = [one for one, count in often.most_common() if count >= MIN_TEACHING and one not in named]
    return tuple(
        FoundSkill(one, labels.find(one, language), taught.get(one, 0))
        for one in [*named, *others][:MOST_SKILLS]
    )


def _names(words: set[str], name: str) -> bool:
    own = set(words_of(name))
    return bool(own and words) and (own <= words or words <= own)


def _names_of(skill: str, labels: Labels) -> list[str]:
    return [skill_name(skill).replace("-", " "), *labels.by_name.get(skill, {}).values()]


def _best_first(hit: Hit) -> tuple[float, str]:
    return -hit.score, hit.nugget.id


def _is_within(nugget: Nugget, minutes: int) -> bool:
    return nugget.duration_s is not None and nugget.duration_s <= minutes * MINUTE_S


def _values_of(nugget: Nugget, facet: str) -> Sequence[str]:
    if facet == "skill":
        return nugget.skills
    if facet == "max_minutes":
        return [str(minutes) for minutes in MINUTES if _is_within(nugget, minutes)]
    value = getattr(nugget, facet)
    return [value] if value else []


def _arranged(facet: str, counts: Counter[str]) -> tuple[FacetValue, ...]:
    """Return the values, the most frequent first; durations from the shortest on."""
    order = (
        sorted(counts, key=int)
        if facet == "max_minutes"
        else sorted(counts, key=lambda one: (-counts[one], one))
    )
    return tuple(FacetValue(value, counts[value]) for value in order[:MOST_VALUES])


def _as_now(serving: Serving, store: Store, hits: Sequence[Hit], now: int) -> tuple[Hit, ...]:
    """Return the hits with all that is known of their nuggets now, without those closed meanwhile."""
    nuggets = find_nuggets(serving.database, store.id, [one.activity for one in hits])
    current = (replace(one, nugget=nuggets[one.activity]) for one in hits)
    return tuple(one for one in current if one.nugget.is_open(now))


def _find_peers(serving: Serving, store: Store, query: SearchQuery, accepted: str) -> PeerAnswer:
    topic = PeerQuery(query.agent or {}, query.identifier, MOST_PEOPLE, topic=query.text, speaks=query.speaks)
    return recommend_peers(serving, store, topic, accepted)
