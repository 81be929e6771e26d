"""What is added to a model's score: each boost is one more term of the sum, so that reasons can name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from recommender.serving.scores import Scores, Term

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

    def terms_of(item: int) -> tuple[Term, ...]:
        own = Term(boost.kind, boost.names.get(item, ""), float(boost.values[item]))
        return _joined(scores.terms_of(item), own) if own.value else scores.terms_of(item)

    return replace(scores, values=scores.values + boost.values, terms_of=terms_of)


def _joined(terms: tuple[Term, ...], own: Term) -> tuple[Term, ...]:
    same = [term for term in terms if (term.kind, term.name) == (own.kind, own.name)]
    others = [term for term in terms if (term.kind, term.name) != (own.kind, own.name)]
    return (*others, replace(own, value=own.value + sum(term.value for term in same)))
