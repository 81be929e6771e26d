"""Features of nuggets and of learners, as names such as `skill:python`, and their weights."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.catalogue.nuggets import Nugget
from recommender.storage.user_features import UserFeatures
from recommender.vocabulary.extensions import plain_text

Array = np.ndarray[Any, np.dtype[Any]]
MOST_NAMES, MOST_FEATURES = 200, 20_000
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class FeatureSpace:
    """The features in use, in the order of their columns, and how rare each is (inverse document frequency)."""

    names: tuple[str, ...] = ()
    rarity: Array = field(default_factory=lambda: np.zeros(0, dtype=np.float32))

    def matrix(self, nuggets: Sequence[Nugget], most: int) -> sp.csr_matrix:
        """Return nuggets x features, weighted by rarity with rows of length 1 (0 without any feature in use).

        Only the first `most` of a nugget's features are used.
        """
        index = {name: position for position, name in enumerate(self.names)}
        pairs = []
        for row, nugget in enumerate(nuggets):
            known = [index[name] for name in item_feature_names(nugget) if name in index]
            pairs += [(row, column) for column in known[:most]]
        rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
        shape = (len(nuggets), len(self.names))
        data = self.rarity[list(columns)] if pairs else np.zeros(0, dtype=np.float32)
        return _unit_rows(sp.csr_matrix((data, (rows, columns)), shape=shape, dtype=np.float32))


def feature_space(nuggets: Sequence[Nugget]) -> FeatureSpace:
    """Return the features worth keeping, at most 20,000: those that several nuggets have, but not all of them."""
    frequency = Counter(name for nugget in nuggets for name in item_feature_names(nugget))
    shared = sorted(name for name, count in frequency.items() if 2 <= count < len(nuggets))
    names = tuple(sorted(sorted(shared, key=lambda name: -frequency[name])[:MOST_FEATURES]))
    rarity = [np.log(len(nuggets) / frequency[name]) + 0.1 for name in names]
    return FeatureSpace(names, np.array(rarity, dtype=np.float32))


def item_feature_names(nugget: Nugget) -> list[str]:
    """Return a nugget's features, the most informative first."""
    names = [f"type:{_last_segment(nugget.type)}"] if nugget.type else []
    names += [f"skill:{skill}" for skill in nugget.skills]
    parts = (("format", nugget.format), ("language", nugget.language), ("level", nugget.level))
    names += [f"{part}:{value}" for part, value in parts if value]
    names += [f"word:{word.lower()}" for title in nugget.titles.values() for word in _WORD.findall(title)]
    return list(dict.fromkeys(names))[:MOST_NAMES]


def user_feature_names(features: UserFeatures) -> list[str]:
    """Return a learner's side features."""
    parts = (
        ("team", features.team),
        ("role", plain_text(features.role)),
        ("language", plain_text(features.language)),
    )
    names = [f"{part}:{value}" for part, value in parts if value]
    return names + [f"skill:{plain_text(skill)}" for skill in features.skills]


def _unit_rows(matrix: sp.csr_matrix) -> sp.csr_matrix:
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
    return (sp.diags(scale) @ matrix).tocsr().astype(np.float32)


def _last_segment(iri: str) -> str:
    return re.split(r"[/#]", iri.rstrip("/#"))[-1].lower()
