"""Reasons in plain words, made from the contributions that really add up to the score."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from typing import Any, NamedTuple

import numpy as np

from recommender.catalogue.labels import Labels
from recommender.catalogue.nuggets import Nugget
from recommender.dataset.dataset import EVERYONE
from recommender.dataset.sparse import line_of
from recommender.messages import LANGUAGES, can_say, language_name, say
from recommender.models.trends import TREND
from recommender.serving.audience_claims import (
    find_similar_learners,
    go_together,
    is_popular_in,
    is_taken_by,
)
from recommender.serving.nuggets.contributions import Contribution, Contributions
from recommender.serving.nuggets.exploring import is_new
from recommender.serving.nuggets.lately import DAYS, RecentUse
from recommender.serving.nuggets.scores import Scores
from recommender.serving.nuggets.skill_gaps import Want, teaches
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.storage.user_features import UserFeatures
from recommender.vocabulary.extensions import plain_text, primary_language
from schemas.floors import told

Array = np.ndarray[Any, np.dtype[Any]]
MOST_REASONS = 3
MOST_LESSER = 10
"""How many of the smaller contributions are tried where the larger ones were told before."""
FEW_TAKERS, MANY_TAKERS = 10, 200
MIN_SHARE = 0.15
"""A contribution is told first if it is more than this share of all that add to the score."""
LANGUAGE_TRAIT = "language:"
MIN_LIKENESS = 0.2
"""The cosine of their features from which on two nuggets are called similar."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The person who reads reasons: the language to use, the learner's features, and the skills wanted.

    `acts` says of nuggets (ids) what the learner did with them: the key of a text. `labels` name skills and roles.
    One who `is_stranger` is told nothing of what others did.
    """

    language: str
    features: UserFeatures = UserFeatures()
    wants: Mapping[str, Want] = field(default_factory=dict)
    acts: Mapping[str, str] = field(default_factory=dict)
    labels: Labels = Labels()
    is_stranger: bool = False

    def named(self, name: str) -> str:
        """Return how a skill, a role or a team is called in the reader's language."""
        return self.labels.find(name, self.language)


class Claim(NamedTuple):
    """Something true about a nugget; one that does not lead may only follow another, one that cites is not repeated."""

    text: str
    leads: bool = True
    cites: bool = False


class Explainer:
    """Explains the nuggets of one answer in their order, each with another sentence as far as there is one.

    `count_takers` counts the learners who took a nugget as of now; without it those of the training are told.
    `recent_use` tells who used it in the last days; without it nothing is said of that.
    """

    def __init__(
        self,
        snapshot: CatalogueSnapshot,
        scores: Scores,
        reader: Reader,
        count_takers: Callable[[str], int] | None = None,
        recent_use: RecentUse | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._count_takers = count_takers
        self._recent_use = recent_use
        self._model = snapshot.model
        self._nuggets = snapshot.columns.nuggets
        self._scores = scores
        self._reader = reader
        self._told: set[str] = set()
        self._features: dict[int, dict[int, float]] = {}

    def explain(self, items: Sequence[int], drawn: Collection[int] = ()) -> list[tuple[str, ...]]:
        """Return one to three reasons for each item: what the learner did with it, a goal, what adds most to the score.

        No sentence is said twice where there is another true one: then a smaller contribution is told, or what
        learners with a similar history took, or how many learners took the item, or what it teaches. Items `drawn` at
        random say that first.
        """
        split = self._scores.contributions_of(items)
        large = [
            list(self._large(contributions, item)) for item, contributions in zip(items, split, strict=True)
        ]
        # All items get their first reason before any of them gets more.
        found = [
            self._first_reasons(claims, contributions, item)
            for item, contributions, claims in zip(items, split, large, strict=True)
        ]
        found = [
            [self._chance(item), *reasons] if item in drawn else reasons
            for item, reasons in zip(items, found, strict=True)
        ]
        return [
            self._with_more(reasons, claims, item)
            for item, reasons, claims in zip(items, found, large, strict=True)
        ]

    def _chance(self, item: int) -> str:
        return self._say("new" if is_new(self._nuggets[item]) else "little_shown")

    def _first_reasons(self, claims: Sequence[Claim], contributions: Contributions, item: int) -> list[str]:
        """Return the first reason, and the learner's goal behind it if no other item has named that goal."""
        own = self._own_claims(item)
        leading = [one for one in (*own, *claims) if one.leads]
        # One after the other: the lesser ones take time, and are hardly ever needed.
        all_claims = chain(leading, self._lesser(contributions, item))
        fresh = (one for one in all_claims if one.text not in self._told)
        repeated = (one for one in leading if not one.cites)
        first = next(fresh, None) or next(repeated, None) or Claim(self._count(item))
        goals = [one for one in self._goal_claims(item) if one.text not in self._told]
        return self._tell([first, *goals[:1]])

    def _with_more(self, reasons: list[str], claims: Sequence[Claim], item: int) -> tuple[str, ...]:
        """Add what the learner did with the item, and other large contributions that were not told before."""
        own = [one for one in self._act_claims(item) if one.text not in reasons]
        fresh = [one for one in claims if one.text not in self._told]
        return (*reasons, *self._tell([*own, *fresh][: MOST_REASONS - len(reasons)]))

    def _tell(self, claims: Sequence[Claim]) -> list[str]:
        texts = list(dict.fromkeys(one.text for one in claims))
        self._told.update(texts)
        return texts

    def _own_claims(self, item: int) -> list[Claim]:
        return [*self._act_claims(item), *self._goal_claims(item)]

    def _act_claims(self, item: int) -> list[Claim]:
        key = self._reader.acts.get(self._nuggets[item].id)
        return [Claim(self._say(key))] if key else []

    def _goal_claims(self, item: int) -> list[Claim]:
        """Return the goals that an item leads to; they are told also where its score needed no raising."""
        nugget, wants = self._nuggets[item], self._reader.wants
        found = [wants[skill] for skill in nugget.skills if skill in wants]
        return [
            Claim(want_text(self._reader, want.skill))
            for want in found
            if want.goal and teaches(nugget, want)
        ]

    def _large(self, contributions: Contributions, item: int) -> Iterator[Claim]:
        """Yield what can be said of the contributions that add much, the largest first."""
        adding = sorted((one for one in contributions if one.value > 0), key=lambda one: -one.value)
        minimum = MIN_SHARE * sum(one.value for one in adding)
        claims = (self._claim(one, item) for one in adding if one.value > minimum)
        return islice((claim for claim in claims if claim.text), MOST_REASONS)

    def _lesser(self, contributions: Contributions, item: int) -> Iterator[Claim]:
        """Yield what can be said otherwise: smaller contributions, similar learners, numbers, and what is taught."""
        adding = sorted((one for one in contributions if one.value > 0), key=lambda one: -one.value)
        past = [one for one in adding if one.kind == "history"][:MOST_LESSER]
        others = [one for one in adding if one.kind != "history"]
        yield from self._leading(past, item)
        if self._tells_of_others(item) and self._is_taken_by_similar_learners(contributions, item):
            yield Claim(self._say("alike"))
        yield from self._leading(others, item)
        yield Claim(self._count(item))
        for skill in self._nuggets[item].skills:
            yield Claim(self._say("teaches", skill=self._reader.named(skill)))

    def _tells_of_others(self, item: int) -> bool:
        return not (self._reader.is_stranger or self._snapshot.is_private(item))

    def _leading(self, contributions: Sequence[Contribution], item: int) -> Iterator[Claim]:
        claims = (self._claim(one, item) for one in contributions)
        return (claim for claim in claims if claim.text and claim.leads)

    def _say(self, key: str, **values: object) -> str:
        return say(self._reader.language, key, **values)

    def _claim(self, one: Contribution, item: int) -> Claim:
        """Put one contribution into words that are true, or into none; a language is no reason by itself."""
        if one.kind == "history":
            return Claim(self._citation(one, item), cites=True)
        return Claim(self._text(one, item), leads=not one.name.startswith(LANGUAGE_TRAIT))

    def _text(self, one: Contribution, item: int) -> str:
        if one.kind == "needed":
            return self._say("needed_before", name=self._title(one.name))
        if one.kind == "wanted":
            return want_text(self._reader, one.name)
        if one.kind == "popularity" and one.name == TREND:
            return self._recent_text(item)
        if one.kind == "promised":
            return ""
        if one.kind == "popularity" or one.name == EVERYONE:
            return self._say("popular") if self._is_popular(item) else ""
        return self._side_text(one.name, item)

    def _recent_text(self, item: int) -> str:
        """Say how many used a nugget in the last days, in the learner's team if there are enough."""
        if self._recent_use is None or not self._tells_of_others(item):
            return ""
        activity = self._nuggets[item].id
        for key, count in (("lately_team", self._recent_use.in_team), ("lately", self._recent_use.in_store)):
            if number := told(count(activity)):
                return self._say(key, count=number, days=DAYS)
        return ""

    def _title(self, activity: str) -> str:
        """Return the title of a nugget; empty if it is hidden or has none, as nobody can read its address."""
        nugget = self._snapshot.nugget(activity)
        return "" if nugget is None or nugget.hidden else display_title(nugget, self._reader.language, "")

    def _citation(self, one: Contribution, item: int) -> str:
        """Cite an earlier nugget: as the cause if both teach the same, else as taken together, else as similar."""
        title = self._title(one.name)
        if not title or one.name == self._nuggets[item].id:
            return ""
        if self._teach_the_same(one.name, item):
            return because(self._reader.language, one.verb, title)
        if self._go_together(one.name, item):
            return self._say("also_taken", name=title)
        return self._say("similar", name=title) if self._are_alike(one.name, item) else ""

    def _go_together(self, earlier: str, item: int) -> bool:
        if self._model is None or not self._tells_of_others(item):
            return False
        before = self._model.item_index[earlier]
        return self._tells_of_others(before) and go_together(self._model, before, item)

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
        return self._tells_of_others(item) and self._takers(item, few) >= self._snapshot.popular_from

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
            return self._say("skill", skill=self._reader.named(value))
        if self._model is None or not self._tells_of_others(item):
            return ""
        return self._segment_text(kind, value) if is_popular_in(self._model, name, item) else ""

    def _segment_text(self, kind: str, value: str) -> str:
        features = self._reader.features
        if kind == "team":
            named = features.team_name
            return self._say("team_named", team=self._reader.named(named)) if named else self._say("team")
        if kind == "role":
            return self._say("role", role=self._reader.named(features.role))
        return self._say("skill_popular", skill=self._reader.named(value)) if kind == "skill" else ""

    def _language_text(self, language: str, item: int) -> str:
        own = self._nuggets[item].language
        if not own or own != language:
            return ""
        return self._say("language", language=language_name(self._reader.language, own))

    def _count(self, item: int) -> str:
        """Say how many learners took the item; of one that too few took, that the learner has not completed it.

        Nothing is claimed of everybody: what nobody took, many may have opened.
        """
        number = told(self._takers(item, MANY_TAKERS)) if self._tells_of_others(item) else 0
        return self._say("taken", count=number) if number else self._say("untried")


def want_text(reader: Reader, skill: str) -> str:
    """Say which role (the learner's own, or one asked about) or goal wants a skill; nothing if none does."""
    want = reader.wants.get(skill)
    if want is None:
        return ""
    name = reader.named(skill)
    if want.role and not want.goal:
        is_own = plain_text(reader.features.role) == plain_text(want.role)
        key = "wanted_role" if is_own else "wanted_other_role"
        return say(reader.language, key, role=reader.named(want.role), skill=name)
    if want.goal and want.goal != skill:
        return say(reader.language, "wanted_goal", goal=reader.named(want.goal), skill=name)
    return say(reader.language, "wanted_skill", skill=name)


def because(language: str, verb: str, name: str) -> str:
    """Say which earlier act leads to a recommendation."""
    key = f"because.{verb}"
    return say(language, key if can_say(key) else "because.other", name=name)


def reader_language(features: UserFeatures) -> str:
    """Return the first of a learner's languages that has a message catalogue, else the first one."""
    own = (features.language, *features.languages)
    return next((tag for tag in own if tag.lower().split("-")[0] in LANGUAGES), features.language)


def display_title(nugget: Nugget | None, language: str, fallback: str) -> str:
    """Return a nugget's title, in a language if it has one in it; `fallback` without any title."""
    return (nugget.title(language) if nugget else "") or fallback
