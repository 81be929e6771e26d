"""Reasons in plain words, taken from the terms that really make up the score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from recommender.dataset import EVERYONE
from recommender.features import nugget_skills, primary_language
from recommender.model import TrainedModel
from recommender.serving.crowd import find_alike, go_together, is_popular, is_popular_in, is_taken_by, takers
from recommender.serving.languages import language_name
from recommender.serving.scores import Scores, Term
from recommender.storage.user_features import UserFeatures

Array = np.ndarray[Any, np.dtype[Any]]
Definitions = Mapping[str, Mapping[str, Any]]
MOST_REASONS = 3
MOST_CITATIONS = 3
LEAST_SHARE = 0.15
POPULAR = "Popular with learners in your organisation"
BEGUN = "You have begun this"
ALIKE = "Learners with a history like yours took this"

_DID: Mapping[str, str] = {
    "completed": "completed",
    "passed": "passed",
    "mastered": "mastered",
    "satisfied": "completed",
    "attended": "attended",
    "earned": "earned",
    "shared": "shared",
    "bookmarked": "bookmarked",
    "asked": "asked about",
    "answered": "answered",
    "commented": "commented on",
    "liked": "liked",
    "watched": "watched",
    "listened": "listened to",
    "read": "read",
    "played": "played",
    "downloaded": "downloaded",
    "annotated": "took notes on",
    "reviewed": "reviewed",
    "created": "wrote",
    "rated": "rated",
    "viewed": "looked at",
    "practiced": "practised",
    "followed": "follow",
    "returned": "came back to",
}


class Explainer:
    """Explains the nuggets of one answer one after the other; no earlier act is cited too often in it."""

    def __init__(
        self, model: TrainedModel, scores: Scores, features: UserFeatures, definitions: Definitions
    ) -> None:
        self._model = model
        self._scores = scores
        self._features = features
        self._definitions = definitions
        self._cited: Counter[str] = Counter()

    def explain(self, item: int) -> tuple[str, ...]:
        """Return at most three reasons, the one that adds most to the score first; always at least one.

        Where no term that adds much can be put into words, one that adds less is told, or what is known of
        those with a history alike, or how many took it.
        """
        adding = [term for term in self._scores.terms if term.values[item] > 0]
        adding.sort(key=lambda term: -float(term.values[item]))
        least = LEAST_SHARE * sum(float(term.values[item]) for term in adding)
        telling = [term for term in adding if term.values[item] > least]
        texts = dict.fromkeys(islice(self._texts(telling, item), MOST_REASONS))
        return tuple(texts) or (next(self._lesser_texts(adding[len(telling) :], item)),)

    def _texts(self, terms: Iterable[Term], item: int) -> Iterator[str]:
        return (text for term in terms if (text := self._text(term, item)))

    def _lesser_texts(self, terms: Sequence[Term], item: int) -> Iterator[str]:
        yield from self._texts([term for term in terms if term.kind == "history"], item)
        if self._is_taken_by_alike(item):
            yield ALIKE
        yield from self._texts(terms, item)
        yield _count(self._model, item)

    def _text(self, term: Term, item: int) -> str:
        """Put one term into words that are true, or return nothing."""
        if term.name == self._model.items[item]:
            return BEGUN
        if term.kind == "history":
            return self._citation(term, item)
        if term.kind == "popularity" or term.name == EVERYONE:
            return POPULAR if is_popular(self._model, item) else ""
        return self._side_text(term.name, item)

    def _citation(self, term: Term, item: int) -> str:
        """Name the earlier nugget: as the cause where the two teach the same, else as what others took too."""
        if self._cited[term.name] == MOST_CITATIONS:
            return ""
        name = display_name(self._definitions.get(term.name, {}), self._features.language, term.name)
        text = ""
        if self._teach_the_same(term.name, self._model.items[item]):
            text = because(term.verb, name)
        elif go_together(self._model, self._model.item_index[term.name], item):
            text = f'Learners who took "{name}" also took this'
        self._cited[term.name] += bool(text)
        return text

    def _teach_the_same(self, earlier: str, later: str) -> bool:
        """Tell whether two nuggets share a stated skill; where neither states any, nothing is against it."""
        one, other = self._skills(earlier), self._skills(later)
        return bool(one & other) or not (one or other)

    def _skills(self, activity: str) -> frozenset[str]:
        return frozenset(nugget_skills(self._definitions.get(activity, {})))

    @cached_property
    def _past(self) -> list[Term]:
        return [term for term in self._scores.terms if term.kind == "history"]

    @cached_property
    def _alike(self) -> Array:
        return find_alike(self._model, [self._model.item_index[term.name] for term in self._past])

    def _is_taken_by_alike(self, item: int) -> bool:
        adds = sum(float(term.values[item]) for term in self._past) > 0
        return adds and is_taken_by(self._model, self._alike, item)

    def _side_text(self, name: str, item: int) -> str:
        kind, _, value = name.partition(":")
        if kind == "language":
            return self._language_text(primary_language(value), item)
        if kind == "skill" and value in self._skills(self._model.items[item]):
            return f"Matches your skill: {value}"
        texts = {
            "team": "Popular in your team"
            + (f": {self._features.team_name}" if self._features.team_name else ""),
            "role": f"Popular with people in your role: {self._features.role}",
            "skill": f"Popular with people who know {value}",
        }
        return texts.get(kind, "") if is_popular_in(self._model, name, item) else ""

    def _language_text(self, language: str, item: int) -> str:
        own = self._model.languages[item] if self._model.languages else ""
        return f"In a language you read: {language_name(own)}" if own and own == language else ""


def because(verb: str, name: str) -> str:
    """Say which earlier act leads to a recommendation."""
    return f'Because you {_DID.get(verb, "were interested in")} "{name}"'


def _count(model: TrainedModel, item: int) -> str:
    """Say how many took it, where no term of the score says more."""
    number = len(takers(model, item))
    texts = {
        0: "New to your organisation: nobody has taken it yet",
        1: "Taken by one learner in your organisation",
    }
    return texts.get(number, f"Taken by {number} learners in your organisation")


def display_name(definition: Mapping[str, Any], language: str, fallback: str) -> str:
    """Return an Activity's name in the learner's language, else the first there is, else its id."""
    names = definition.get("name") or {}
    short = language.split("-")[0].lower()
    for tag, text in names.items():
        if short and tag.split("-")[0].lower() == short:
            return str(text)
    return str(next(iter(names.values()), fallback))
