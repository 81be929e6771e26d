"""What is added to a model's score: each boost is one more term of the sum, so that reasons can name it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from recommender.serving.nuggets.scores import Scores, Term, Terms

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Boost:
    """A term for all items: `kind` is popularity, wanted, begun or needed; `values` (I) in deviations.

    `names` tells, by position, the skill that is wanted or the nugget before which it is needed.
    """

    kind: str
    values: Array
    names: Mapping[int, str] = field(default_factory=dict)


def add_boost(scores: Scores, boost: Boost) -> Scores:
    """Return the scores with the boost in them; one of popularity joins the term that there is."""
    if not boost.values.any():
        return scores

    def terms_of(items: Sequence[int]) -> list[Terms]:
        own = [Term(boost.kind, boost.names.get(item, ""), float(boost.values[item])) for item in items]
        return [
            _joined(terms, one) if one.value else terms
            for terms, one in zip(scores.terms_of(items), own, strict=True)
        ]

    return replace(scores, values=scores.values + boost.values, terms_of=terms_of)


def _joined(terms: Terms, own: Term) -> Terms:
    """Add a term, or its value to the one of the same kind and name."""
    same = [term for term in terms if term.kind == own.kind and term.name == own.name]
    if not same:
        return (*terms, own)
    others = [term for term in terms if term not in same]
    return (*others, own._replace(value=own.value + sum(term.value for term in same)))
