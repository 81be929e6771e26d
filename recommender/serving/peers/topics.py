"""Topics: a skill, a nugget or free text becomes the nuggets about it and the skills that it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.catalogue.nuggets import Nugget
from recommender.serving.nuggets.explanations import skill_name
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.people import People

Array = np.ndarray[Any, np.dtype[Any]]
_WORD = re.compile(r"\w+")
SHORTEST_PREFIX = 4


@dataclass(frozen=True, slots=True)
class Topic:
    """The nuggets about a topic (`items`, a mask of I) and the skills that it names."""

    items: Array
    skills: frozenset[str]


def find_topic(text: str, snapshot: CatalogueSnapshot, people: People) -> Topic:
    """Read a topic: the id of a nugget or of a skill, the name of a skill, or words of titles and skills."""
    columns = snapshot.columns
    items = np.zeros(len(columns.nuggets), dtype=bool)
    if text in columns.index:
        items[columns.index[text]] = True
        return Topic(items, frozenset())
    known = columns.skills.keys() | people.skills.keys() | people.goals.keys()
    wanted = text.strip().lower()
    skills = {skill for skill in known if wanted in (skill, skill_name(skill))}
    if not skills:
        words = _WORD.findall(wanted)
        skills = {skill for skill in known if _has(words, [skill_name(skill)])}
        items |= np.array([_has(words, _texts(nugget)) for nugget in columns.nuggets], dtype=bool)
    for skill in skills & columns.skills.keys():
        items[columns.skills[skill]] = True
    return Topic(items, frozenset(skills))


def _texts(nugget: Nugget) -> list[str]:
    return [*nugget.titles.values(), *map(skill_name, nugget.skills)]


def _has(words: Sequence[str], texts: Iterable[str]) -> bool:
    """Return whether the texts have all of the words; one of four letters or more may be the beginning of another."""
    whole = " ".join(texts).lower()
    if not words or not all(word in whole for word in words):  # quick, and false for nearly all texts
        return False
    there = set(_WORD.findall(whole))
    return all(word in there or _begins(word, there) for word in words)


def _begins(word: str, there: Iterable[str]) -> bool:
    return len(word) >= SHORTEST_PREFIX and any(one.startswith(word) for one in there)
