"""Reasons in plain words, taken from the terms that really make up the score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.model import TrainedModel
from recommender.serving.scores import Scores, Term
from recommender.storage.user_features import UserFeatures

Array = np.ndarray[Any, np.dtype[Any]]
NameOf = Callable[[str], str]
MOST_REASONS = 3
LEAST_SHARE = 0.15
POPULAR = "Popular with learners in your organisation"
BEGUN = "You have begun this"
UNSEEN = "Something you have not seen yet"

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


@dataclass(frozen=True, slots=True)
class Subject:
    """The nugget to explain: its position in the model and the skills it teaches."""

    item: int
    skills: frozenset[str] = frozenset()


def explain(
    model: TrainedModel, scores: Scores, subject: Subject, features: UserFeatures, name_of: NameOf
) -> tuple[str, ...]:
    """Return at most three reasons, the one that adds most to the score first; always at least one."""
    item = subject.item
    terms = sorted(scores.terms, key=lambda term: -float(term.values[item]))
    whole = sum(max(0.0, float(term.values[item])) for term in terms)
    telling = [term for term in terms if float(term.values[item]) > LEAST_SHARE * whole]
    texts = [_text(model, term, subject, features, name_of) for term in telling]
    reasons = list(dict.fromkeys(text for text in texts if text))[:MOST_REASONS]
    return tuple(reasons) or (_plain_reason(model, item),)


def because(verb: str, name: str) -> str:
    """Say which earlier act leads to a recommendation."""
    return f'Because you {_DID.get(verb, "were interested in")} "{name}"'


def _text(model: TrainedModel, term: Term, subject: Subject, features: UserFeatures, name_of: NameOf) -> str:
    item = subject.item
    if term.name == model.items[item]:
        return BEGUN
    if term.kind == "history":
        return because(term.verb, name_of(term.name))
    if term.kind == "popularity":
        return POPULAR if _is_popular(model, item) else ""
    return _side_text(term.name, subject, features) if _is_taken_by(model, term.name, item) else ""


def _side_text(name: str, subject: Subject, features: UserFeatures) -> str:
    kind, _, value = name.partition(":")
    texts = {
        "team": "Popular in your team" + (f": {features.team_name}" if features.team_name else ""),
        "role": f"Popular with people in your role: {features.role}",
        "skill": f"Matches your skill: {value}"
        if value in subject.skills
        else f"Popular with people who know {value}",
    }
    return texts.get(kind, "")


def _is_taken_by(model: TrainedModel, name: str, item: int) -> bool:
    """Claim popularity in a team or role only when somebody of it took the item."""
    position = model.segment_index.get(name)
    return position is None or bool(model.segment_popularity[position, item] > 0)


def _is_popular(model: TrainedModel, item: int) -> bool:
    return bool(model.popularity[item] > 0 and model.popularity[item] >= np.median(model.popularity))


def _plain_reason(model: TrainedModel, item: int) -> str:
    return POPULAR if _is_popular(model, item) else UNSEEN


def display_name(definition: Mapping[str, Any], language: str, fallback: str) -> str:
    """Return an Activity's name in the learner's language, else the first there is, else its id."""
    names = definition.get("name") or {}
    short = language.split("-")[0].lower()
    for tag, text in names.items():
        if short and tag.split("-")[0].lower() == short:
            return str(text)
    return str(next(iter(names.values()), fallback))
