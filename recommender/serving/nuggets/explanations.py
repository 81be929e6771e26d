"""Reasons in plain words, made from the contributions that really add up to the score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from recommender.catalogue.nuggets import Nugget
from recommender.dataset.dataset import EVERYONE
from recommender.dataset.sparse import line_of
from recommender.messages import LANGUAGES, can_say, language_name, say
from recommender.serving.audience_claims import (
    find_similar_learners,
    go_together,
    is_popular_in,
    is_taken_by,
)
from recommender.serving.nuggets.contributions import Contribution, Contributions
from recommender.serving.nuggets.scores import Scores
from recommender.serving.nuggets.skill_gaps import Want
from recommender.serving.nuggets.started import ENROLLED, STARTED
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.storage.user_features import UserFeatures
from recommender.vocabulary.extensions import plain_text, primary_language

Array = np.ndarray[Any, np.dtype[Any]]
MOST_REASONS = 3
MOST_CITATIONS = 3
FEW_TAKERS, MANY_TAKERS = 10, 200
MIN_SHARE = 0.15
"""A contribution is told first if it is more than this share of all that add to the score."""
MIN_LIKENESS = 0.2
"""The cosine of their features from which on two nuggets are called similar."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The person who reads reasons: the language to use, the learner's features, and the skills wanted."""

    language: str
    features: UserFeatures = UserFeatures()
    wants: Mapping[str, Want] = field(default_factory=dict)


class Explainer:
    """Explains the nuggets of one answer in their order; no earlier act is cited too often in it.

    `count_takers` counts the learners who took a nugget as of now; without it those of the training are told.
    """

    def __init__(
        self,
        snapshot: CatalogueSnapshot,
        scores: Scores,
        reader: Reader,
        count_takers: Callable[[str], int] | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._count_takers = count_takers
        self._model = snapshot.model
        self._nuggets = snapshot.columns.nuggets
        self._scores = scores
        self._reader = reader
        self._cited: Counter[str] = Counter()
        self._features: dict[int, dict[int, float]] = {}

    def explain(self, items: Sequence[int]) -> list[tuple[str, ...]]:
        """Return one to three reasons for each item, the one that adds most to the score first.

        If no large contribution can be put into words, the reason is a smaller one, or what learners with a
        similar history took, or how many learners took the item.
        """
        split = self._scores.contributions_of(items)
        return [self._reasons(contributions, item) for item, contributions in zip(items, split, strict=True)]

    def _reasons(self, contributions: Contributions, item: int) -> tuple[str, ...]:
        adding = sorted((one for one in contributions if one.value > 0), key=lambda one: -one.value)
        minimum = MIN_SHARE * sum(one.value for one in adding)
        large = [one for one in adding if one.value > minimum]
        texts = dict.fromkeys(islice(self._texts(large, item), MOST_REASONS))
        return tuple(texts) or (next(self._lesser_texts(adding[len(large) :], contributions, item)),)

    def _say(self, key: str, **values: object) -> str:
        return say(self._reader.language, key, **values)

    def _texts(self, contributions: Iterable[Contribution], item: int) -> Iterator[str]:
        return (text for one in contributions if (text := self._text(one, item)))

    def _lesser_texts(
        self, small: Sequence[Contribution], contributions: Contributions, item: int
    ) -> Iterator[str]:
        yield from self._texts([one for one in small if one.kind == "history"], item)
        if self._is_taken_by_similar_learners(contributions, item):
            yield self._say("alike")
        yield from self._texts([one for one in small if one.kind != "history"], item)
        yield self._count(item)

    def _text(self, one: Contribution, item: int) -> str:
        """Put one contribution into words that are true, or return nothing."""
        if one.name == self._nuggets[item].id:
            return self._own_act(one)
        if one.kind == "history":
            return self._citation(one, item)
        if one.kind == "needed":
            return self._say("needed_before", name=self._title(one.name))
        if one.kind == "wanted":
            return want_text(self._reader, one.name)
        if one.kind == "popularity" or one.name == EVERYONE:
            return self._say("popular") if self._is_popular(item) else ""
        return self._side_text(one.name, item)

    def _own_act(self, one: Contribution) -> str:
        """Say that the learner began the item itself; a mere look at it is no reason to look again."""
        if one.verb == ENROLLED:
            return self._say("enrolled")
        return self._say("begun") if one.verb in STARTED else ""

    def _title(self, activity: str) -> str:
        """Return the title of a nugget, empty if it has none: nobody can read its address."""
        return display_title(self._snapshot.nugget(activity), self._reader.language, "")

    def _citation(self, one: Contribution, item: int) -> str:
        """Cite an earlier nugget: as the cause if both teach the same, else as taken together, else as similar."""
        title = self._title(one.name)
        if not title or self._cited[one.name] == MOST_CITATIONS:
            return ""
        text = ""
        if self._teach_the_same(one.name, item):
            text = because(self._reader.language, one.verb, title)
        elif self._go_together(one.name, item):
            text = self._say("also_taken", name=title)
        elif self._are_alike(one.name, item):
            text = self._say("similar", name=title)
        self._cited[one.name] += bool(text)
        return text

    def _go_together(self, earlier: str, item: int) -> bool:
        return self._model is not None and go_together(self._model, self._model.item_index[earlier], item)

    def _are_alike(self, earlier: str, item: int) -> bool:
        """Return whether a cold nugget, which is scored by its features, has features like those of an earlier one."""
        if self._model is None or not self._model.cold[item]:
            return False
        one, other = self._features_of(item), self._features_of(self._model.item_index[earlier])
        return sum(one[name] * other[name] for name in one.keys() & other.keys()) >= MIN_LIKENESS

    def _features_of(self, item: int) -> dict[int, float]:
        """Return the weights of an item's features (with so few numbers, a dict is faster than a sparse matrix)."""
        if item not in self._features and self._model is not None:
            positions, weights = line_of(self._model.features, item)
            self._features[item] = dict(zip(positions.tolist(), weights.tolist(), strict=True))
        return self._features[item]

    def _teach_the_same(self, earlier: str, item: int) -> bool:
        """Return whether two nuggets share a stated skill, or neither states any."""
        before = self._snapshot.nugget(earlier)
        one, other = before.skills if before else (), self._nuggets[item].skills
        return not frozenset(one).isdisjoint(other) or not (one or other)

    @cached_property
    def _similar_learners(self) -> Array:
        index = self._snapshot.columns.index
        assert self._model is not None
        return find_similar_learners(self._model, [index[name] for name in self._scores.past])

    def _is_taken_by_similar_learners(self, contributions: Contributions, item: int) -> bool:
        if self._model is None:
            return False
        past = [one.value for one in contributions if one.kind == "history"]
        return sum(past) > 0 and is_taken_by(self._model, self._similar_learners, item)

    def _is_popular(self, item: int) -> bool:
        """Tell whether enough learners took the item; without a model those who took it back are counted too."""
        few = FEW_TAKERS if self._model is None else 0
        return self._takers(item, few) >= self._snapshot.popular_from

    def _takers(self, item: int, many: int) -> int:
        """Return how many learners took the item: as of now, unless they are so many that counting takes long."""
        number = int(self._snapshot.learner_counts[item])
        if self._count_takers is None or number >= many:
            return number
        return self._count_takers(self._nuggets[item].id)

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
            named = features.team_name
            return self._say("team_named", team=named) if named else self._say("team")
        if kind == "role":
            return self._say("role", role=features.role)
        return self._say("skill_popular", skill=skill_name(value)) if kind == "skill" else ""

    def _language_text(self, language: str, item: int) -> str:
        own = self._nuggets[item].language
        if not own or own != language:
            return ""
        return self._say("language", language=language_name(self._reader.language, own))

    def _count(self, item: int) -> str:
        """Say how many learners took the item; of one that nobody took, that the learner has not completed it.

        Nothing is claimed of everybody: what nobody took, many may have opened.
        """
        number = self._takers(item, MANY_TAKERS)
        return self._say("taken", count=number) if number else self._say("untried")


def want_text(reader: Reader, skill: str) -> str:
    """Say which role (the learner's own, or one asked about) or goal wants a skill; nothing if none does."""
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
    """Return the first of a learner's languages that has a message catalogue, else the first one."""
    own = (features.language, *features.languages)
    return next((tag for tag in own if tag.lower().split("-")[0] in LANGUAGES), features.language)


def skill_name(skill: str) -> str:
    """Return a skill as people say it: the last part of an address, any other name as it is."""
    if "://" not in skill:
        return skill
    return skill.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]


def display_title(nugget: Nugget | None, language: str, fallback: str) -> str:
    """Return a nugget's title, in a language if it has one in it; `fallback` without any title."""
    return (nugget.title(language) if nugget else "") or fallback
