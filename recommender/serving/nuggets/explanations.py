"""Reasons in plain words, taken from the terms that really make up the score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from recommender.catalogue.nuggets import Nugget
from recommender.dataset.dataset import EVERYONE
from recommender.dataset.sparse import line_of
from recommender.messages import LANGUAGES, can_say, language_name, say
from recommender.serving.nuggets.audience_claims import find_alike, go_together, is_popular_in, is_taken_by
from recommender.serving.nuggets.scores import Scores, Term, Terms
from recommender.serving.nuggets.skill_gaps import Want
from recommender.serving.state.catalogue import Shelf
from recommender.storage.user_features import UserFeatures
from recommender.vocabulary.extensions import plain_text, primary_language

Array = np.ndarray[Any, np.dtype[Any]]
MOST_REASONS = 3
MOST_CITATIONS = 3
LEAST_SHARE = 0.15
LEAST_LIKENESS = 0.2
"""The cosine of their features from which on two nuggets are called similar."""


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom reasons are told: the language they are told in, what is known of the learner, and the skills wanted."""

    language: str
    features: UserFeatures = UserFeatures()
    wants: Mapping[str, Want] = field(default_factory=dict)


class Explainer:
    """Explains the nuggets of one answer one after the other; no earlier act is cited too often in it."""

    def __init__(self, shelf: Shelf, scores: Scores, reader: Reader) -> None:
        self._shelf = shelf
        self._model = shelf.model
        self._nuggets = shelf.columns.nuggets
        self._scores = scores
        self._reader = reader
        self._cited: Counter[str] = Counter()
        self._features: dict[int, dict[int, float]] = {}

    def explain(self, items: Sequence[int]) -> list[tuple[str, ...]]:
        """Return, for each item, at most three reasons, the one that adds most to the score first; at least one.

        Where no term that adds much can be put into words, one that adds less is told, or what is known of
        those with a history alike, or how many took it.
        """
        told = self._scores.terms_of(items)
        return [self._reasons(terms, item) for item, terms in zip(items, told, strict=True)]

    def _reasons(self, terms: Terms, item: int) -> tuple[str, ...]:
        adding = sorted((term for term in terms if term.value > 0), key=lambda term: -term.value)
        least = LEAST_SHARE * sum(term.value for term in adding)
        telling = [term for term in adding if term.value > least]
        texts = dict.fromkeys(islice(self._texts(telling, item), MOST_REASONS))
        return tuple(texts) or (next(self._lesser_texts(adding[len(telling) :], terms, item)),)

    def _say(self, key: str, **values: object) -> str:
        return say(self._reader.language, key, **values)

    def _texts(self, terms: Iterable[Term], item: int) -> Iterator[str]:
        return (text for term in terms if (text := self._text(term, item)))

    def _lesser_texts(self, lesser: Sequence[Term], terms: Terms, item: int) -> Iterator[str]:
        yield from self._texts([term for term in lesser if term.kind == "history"], item)
        if self._is_taken_by_alike(terms, item):
            yield self._say("alike")
        yield from self._texts([term for term in lesser if term.kind != "history"], item)
        yield self._count(item)

    def _text(self, term: Term, item: int) -> str:
        """Put one term into words that are true, or return nothing."""
        if term.name == self._nuggets[item].id:
            return self._say("begun")
        if term.kind == "history":
            return self._citation(term, item)
        if term.kind == "needed":
            return self._say("needed_before", name=self._title(term.name))
        if term.kind == "wanted":
            return want_text(self._reader, term.name)
        if term.kind == "popularity" or term.name == EVERYONE:
            return self._say("popular") if self._shelf.takers[item] >= self._shelf.popular_from else ""
        return self._side_text(term.name, item)

    def _title(self, activity: str) -> str:
        return display_title(self._shelf.nugget(activity), self._reader.language, activity)

    def _citation(self, term: Term, item: int) -> str:
        """Name the earlier nugget: as the cause where both teach the same, as what others took too, or as similar."""
        if self._cited[term.name] == MOST_CITATIONS:
            return ""
        text = ""
        if self._teach_the_same(term.name, item):
            text = because(self._reader.language, term.verb, self._title(term.name))
        elif self._go_together(term.name, item):
            text = self._say("also_taken", name=self._title(term.name))
        elif self._are_alike(term.name, item):
            text = self._say("similar", name=self._title(term.name))
        self._cited[term.name] += bool(text)
        return text

    def _go_together(self, earlier: str, item: int) -> bool:
        return self._model is not None and go_together(self._model, self._model.item_index[earlier], item)

    def _are_alike(self, earlier: str, item: int) -> bool:
        """Tell whether a nugget that hardly anybody took is scored by its likeness to an earlier one."""
        if self._model is None or not self._model.cold[item]:
            return False
        one, other = self._features_of(item), self._features_of(self._model.item_index[earlier])
        return sum(one[name] * other[name] for name in one.keys() & other.keys()) >= LEAST_LIKENESS

    def _features_of(self, item: int) -> dict[int, float]:
        """Return the weights of an item's features (of few numbers a dict is faster than a sparse matrix)."""
        if item not in self._features and self._model is not None:
            positions, weights = line_of(self._model.features, item)
            self._features[item] = dict(zip(positions.tolist(), weights.tolist(), strict=True))
        return self._features[item]

    def _teach_the_same(self, earlier: str, item: int) -> bool:
        """Tell whether two nuggets share a stated skill; where neither states any, nothing is against it."""
        before = self._shelf.nugget(earlier)
        one, other = before.skills if before else (), self._nuggets[item].skills
        return not frozenset(one).isdisjoint(other) or not (one or other)

    @cached_property
    def _alike(self) -> Array:
        index = self._shelf.columns.index
        assert self._model is not None
        return find_alike(self._model, [index[name] for name in self._scores.past])

    def _is_taken_by_alike(self, terms: Terms, item: int) -> bool:
        if self._model is None:
            return False
        past = [term.value for term in terms if term.kind == "history"]
        return sum(past) > 0 and is_taken_by(self._model, self._alike, item)

    def _side_text(self, name: str, item: int) -> str:
        kind, _, value = name.partition(":")
        if kind == "language":
            return self._language_text(primary_language(value), item)
        if kind == "skill" and value in self._nuggets[item].skills:
            return self._say("skill", skill=skill_name(value))
        if self._model is None or not is_popular_in(self._model, name, item):
            return ""
        return self._segment_text(kind, value)

    def _segment_text(self, kind: str, value: str) -> str:
        features = self._reader.features
        if kind == "team":
            return (
                self._say("team_named", team=features.team_name) if features.team_name else self._say("team")
            )
        if kind == "role":
            return self._say("role", role=features.role)
        return self._say("skill_popular", skill=skill_name(value)) if kind == "skill" else ""

    def _language_text(self, language: str, item: int) -> str:
        own = self._nuggets[item].language
        if not own or own != language:
            return ""
        return self._say("language", language=language_name(self._reader.language, own))

    def _count(self, item: int) -> str:
        """Say how many took it, where no term of the score says more."""
        if item >= self._shelf.trained > 0:
            return self._say("new")
        number = int(self._shelf.takers[item])
        return self._say("taken", count=number) if number else self._say("untaken")


def want_text(reader: Reader, skill: str) -> str:
    """Say which role (the learner's own, or another one asked about) or own goal wants a skill; nothing if none."""
    want = reader.wants.get(skill)
    if want is None:
        return ""
    name = skill_name(skill)
    if want.role:
        is_own = plain_text(reader.features.role) == plain_text(want.role)
        key = "wanted_role" if is_own else "wanted_other_role"
        return say(reader.language, key, role=want.role, skill=name)
    if want.goal and want.goal != skill:
        return say(reader.language, "wanted_goal", goal=want.goal, skill=name)
    return say(reader.language, "wanted_skill", skill=name)


def because(language: str, verb: str, name: str) -> str:
    """Say which earlier act leads to a recommendation."""
    key = f"because.{verb}"
    return say(language, key if can_say(key) else "because.other", name=name)


def reader_language(features: UserFeatures) -> str:
    """Return the first of a learner's languages that there are texts in, else the first one."""
    own = (features.language, *features.languages)
    return next((tag for tag in own if tag.lower().split("-")[0] in LANGUAGES), features.language)


def skill_name(skill: str) -> str:
    """Return a skill as people say it: of an address, the last part."""
    if "://" not in skill:
        return skill
    return skill.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]


def display_title(nugget: Nugget | None, language: str, fallback: str) -> str:
    """Return a nugget's title in the learner's language or another, else its id."""
    return (nugget.title(language) if nugget else "") or fallback
