"""Topics: skills, a nugget or free text become parts, each with the subjects about it and its weight."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from recommender.serving.state.people import People
from recommender.serving.state.subjects import NOWHERE, Array, Subjects, words_of
from recommender.vocabulary.extensions import skill_name

MOST_PARTS = 10
ENOUGH_WORDS = 0.5
"""Where nothing has all words of a text, it is about what has at least this share of them."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a topic: its name, the positions of the subjects about it, and its weight.

    The rarer the subjects, the more it says that somebody knows them: the weight is the logarithm of the number of
    all subjects over those about the part.
    """

    name: str
    subjects: Array
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Topic:
    """The parts of a topic, and the skills that it names with their weights."""

    parts: tuple[Part, ...]
    skills: Mapping[str, float] = field(default_factory=dict)


def find_topic(
    text: str, subjects: Subjects, people: People, near: Callable[[str], Iterable[str]] = lambda text: ()
) -> Topic:
    """Read a topic: the id of a nugget, skills by id or name, or words of titles and skills, with commas between.

    Words that no title has are about the nuggets that are `near` to them in meaning.
    """
    if text in subjects.index:  # an id may contain commas
        return Topic((Part("", np.array([subjects.index[text]])),))
    known = subjects.skills.keys() | people.skills.keys() | people.goals.keys()
    parts: dict[str, Array] = {}
    skills: dict[str, Array] = {}
    whole = text.strip().lower()
    for one in filter(None, [whole] if whole in known else map(str.strip, whole.split(","))):
        named = {skill for skill in known if one in (skill, skill_name(skill))}
        if not named:
            words = words_of(one)
            named = _skills_in(words, known)
            parts[one] = _with_words(words, subjects, enough=1.0 if named else ENOUGH_WORDS)
            if not named and not len(parts[one]):
                close = [subjects.index[name] for name in near(one) if name in subjects.index]
                parts[one] = np.array(close, dtype=np.int64)
        skills |= {skill: subjects.skills.get(skill, NOWHERE) for skill in sorted(named)}
    weights = {skill: _weight(found, subjects) for skill, found in skills.items()}
    named_parts = {skill_name(skill): found for skill, found in skills.items()}
    found = [Part(name, one, _weight(one, subjects)) for name, one in (parts | named_parts).items()]
    return Topic(tuple(found[:MOST_PARTS]), weights)


def _skills_in(words: Collection[str], known: Collection[str]) -> set[str]:
    """Return the skills whose names stand in a text, and those that have all words of it in their names."""
    asked = set(words)
    names = {skill: set(words_of(skill_name(skill))) for skill in known}
    return {skill for skill, name in names.items() if name and asked and (name <= asked or asked <= name)}


def _with_words(words: Collection[str], subjects: Subjects, enough: float) -> Array:
    """Return the subjects with all of the words, else those with the most, if these are `enough` of them."""
    found = [subjects.with_word(word) for word in words]
    if not found:
        return NOWHERE
    positions, counts = np.unique(np.concatenate(found), return_counts=True)
    least = max(counts.max(initial=0), enough * len(found))
    return np.asarray(positions[counts >= least])


def _weight(found: Array, subjects: Subjects) -> float:
    return math.log(1 + (1 + len(subjects.ids)) / (1 + len(found)))
