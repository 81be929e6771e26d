"""Near doubles: nuggets that say the same in different languages, of which a list shows one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from recommender.catalogue.meanings import Meanings
from recommender.catalogue.nuggets import Nugget

Array = np.ndarray[Any, np.dtype[Any]]
MIN_COSINE, MIN_WORDS = 0.6, 2
_NUMBER = re.compile(r"\d+")


def find_doubles(
    ranked: Sequence[Nugget], done: Sequence[Nugget], meanings: Meanings, language: str = ""
) -> set[int]:
    """Return the positions of those of the ranked nuggets that a list leaves out: doubles of others, or of those done.

    Of two ranked doubles the one in the `language` of the learner stays, else the better one.
    """
    nuggets = (*ranked, *done)
    languages = np.array([nugget.language for nugget in nuggets])
    gone: set[int] = set()
    if len(set(languages) - {""}) < 2:
        return gone
    vectors = meanings.of([nugget.id for nugget in nuggets])
    for first, second in _pairs(nuggets, languages, vectors[: len(ranked)] @ vectors.T):
        if second >= len(ranked):
            gone.add(first)
        elif not {first, second} & gone:
            gone.add(first if languages[second] == language else second)
    return gone


def _pairs(nuggets: Sequence[Nugget], languages: Array, cosines: Array) -> Iterator[tuple[int, int]]:
    """Yield the pairs of doubles, each once, the better ranked first; `cosines` are of the ranked with all nuggets.

    The two are nearest to each other in their languages: a course for beginners is near to the translation of the
    one for experts too, but nearer to its own.
    """
    own = languages[: len(cosines)]
    is_close = (cosines >= MIN_COSINE) & (own[:, None] != languages)
    for first, second in np.argwhere(np.triu(is_close, 1)).tolist():
        if _says_the_same(nuggets[first], nuggets[second]):
            best = cosines[first][languages == languages[second]].max()
            best_back = cosines[:, second][own == own[first]].max()
            if cosines[first, second] >= max(best, best_back):
                yield first, second


def _says_the_same(one: Nugget, other: Nugget) -> bool:
    """Return whether two nuggets with close titles can be translations of each other.

    They teach the same on the same level in the same form, their titles have the same numbers, and at least two
    words each: every course has an introduction and a quiz.
    """
    titles = one.title(), other.title()
    return (
        bool(one.language and other.language)
        and set(one.skills) == set(other.skills)
        and (one.level, one.format) == (other.level, other.format)
        and _NUMBER.findall(titles[0]) == _NUMBER.findall(titles[1])
        and all(len(title.split()) >= MIN_WORDS for title in titles)
    )
