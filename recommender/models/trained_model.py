"""A trained model: only numpy arrays and names, so that serving needs neither LightFM nor a compiler."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.catalogue.nuggets import Nugget
from recommender.config import TrainingSettings
from recommender.dataset.features import FeatureSpace
from recommender.dataset.learner_states import LIGHTFM
from recommender.errors import CorruptModelError
from recommender.models.cold_items import cold_items, lend_links, lend_vectors, lenders
from recommender.models.trends import RECENT, TREND, decay

Array = np.ndarray[Any, np.dtype[Any]]
FORMAT_VERSION = 2
COMPLETED = 2
POPULARITY = "popularity"
NEWEST = "newest_interaction_us"
"""The fact that says of which time (us) the newest interaction is: decayed counts are those of that time."""
READ_UNTIL = "read_until"
"""The fact that says up to which stored time (us) Statements took part in the training."""
ALONE: Mapping[str, float] = {LIGHTFM: 1.0}
_COUNTS = ("popularity", "recent_counts", "trend_counts")
_TEXTS = {
    "items": "items",
    "side_names": "side_names",
    "segments": "segments",
    "users": "users",
    "languages": "items",
    "feature_names": "feature_names",
}
"""The texts, and the axis that each names."""
_DENSE = {
    "item_embeddings": ("items", "dimensions"),
    "item_biases": ("items",),
    "history_embeddings": ("items", "dimensions"),
    "side_embeddings": ("side_names", "dimensions"),
    "popularity": ("items",),
    "recent_counts": ("items",),
    "trend_counts": ("items",),
    "user_embeddings": ("users", "dimensions"),
    "feature_rarity": ("feature_names",),
}
_SPARSE = {
    "segment_popularity": ("segments", "items"),
    "known": ("users", "items"),
    "features": ("items", "feature_names"),
    "cooccurrence": ("items", "items"),
    "transitions": ("items", "items"),
}


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """All arrays that serving needs: I items, S side features, G segments, U learners, F item features, D dimensions.

    `item_embeddings` (I x D, item features multiplied in), `item_biases` (I), `history_embeddings` (I x D) of
    an item in a learner's past, `side_embeddings` (S x D), `popularity` (I, number of learners who took it),
    `recent_counts` and `trend_counts` (I, decayed up to the newest interaction: recommender/models/trends.py),
    `segment_popularity` (G x I), `user_embeddings` (U x D) and `known` (U x I, 1 taken, 2 completed) of the
    learners at training time; `known_by_item` is the same, fast to read by item. `languages` (I) are empty where
    unknown. `features` (I x F) are weighted, of length 1, with `feature_rarity` (F) for nuggets that come later.
    `cooccurrence` and `transitions` (I x I) are links from a past item (row) to another. `cold` (I) is a mask of the
    items with too few learners (see `cold_items`); similar items lent them co-occurrence and vectors.
    """

    items: tuple[str, ...]
    side_names: tuple[str, ...]
    segments: tuple[str, ...]
    users: tuple[str, ...]
    item_embeddings: Array
    item_biases: Array
    history_embeddings: Array
    side_embeddings: Array
    popularity: Array
    recent_counts: Array
    trend_counts: Array
    segment_popularity: sp.csr_matrix
    user_embeddings: Array
    known: sp.csr_matrix
    feature_names: tuple[str, ...]
    feature_rarity: Array
    features: sp.csr_matrix
    cooccurrence: sp.csr_matrix
    transitions: sp.csr_matrix
    settings: TrainingSettings
    languages: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    item_index: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    user_index: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    side_index: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    segment_index: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    known_by_item: sp.csc_matrix = field(init=False, repr=False, compare=False)
    cold: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for index, names in (
            ("item_index", self.items),
            ("user_index", self.users),
            ("side_index", self.side_names),
            ("segment_index", self.segments),
        ):
            object.__setattr__(self, index, {name: position for position, name in enumerate(names)})
        object.__setattr__(self, "known_by_item", self.known.tocsc())
        cold = cold_items(self.features, self.popularity, self.settings.cold_below)
        object.__setattr__(self, "cold", cold)

    @property
    def blend(self) -> Mapping[str, float]:
        """Return the weights of the scorers, which a validation chose and the manifest keeps as a fact."""
        weights: Mapping[str, float] = self.facts.get("blend", ALONE)
        return weights

    @property
    def newcomers(self) -> str:
        """Return what scores learners without a past: LightFM, or what is popular in their segments, ever or lately."""
        chosen: str = self.facts.get("newcomers", POPULARITY)
        return chosen

    def half_life_s(self, term: str) -> float:
        """Return the half-life of the counts of a term, `recent` or `trend`."""
        return {RECENT: self.settings.recent_half_life_s, TREND: self.settings.trend_half_life_s}[term]

    def counts_at(self, at_us: int) -> dict[str, Array]:
        """Return, by term, what the training's counts of what is used lately are worth at a time (us)."""
        newest = int(self.facts.get(NEWEST, 0))
        counts = {RECENT: self.recent_counts, TREND: self.trend_counts}
        return {name: decay(one, newest, at_us, self.half_life_s(name)) for name, one in counts.items()}

    def with_nuggets(self, nuggets: Sequence[Nugget]) -> TrainedModel:
        """Return the same model with later nuggets appended, which similar ones lend links and vectors."""
        new = [
            nugget for nugget in {one.id: one for one in nuggets}.values() if nugget.id not in self.item_index
        ]
        if not new:
            return self
        space = FeatureSpace(self.feature_names, self.feature_rarity)
        features = space.matrix(new, self.settings.item_features)
        wide = self._widened(len(self.items) + len(new))
        all_features = sp.vstack([self.features, features], format="csr", dtype=np.float32)
        cold = cold_items(all_features, wide["popularity"], self.settings.cold_below)
        later = cold & (np.arange(len(cold)) >= len(self.items))  # the others were lent to in the training
        shares = lenders(all_features, cold, later)
        wide["cooccurrence"] = lend_links(wide["cooccurrence"], shares, later, self.settings.neighbours)
        wide["item_embeddings"] = lend_vectors(wide["item_embeddings"], shares, later)
        return replace(
            self,
            **wide,
            items=self.items + tuple(nugget.id for nugget in new),
            languages=self.languages + tuple(nugget.language for nugget in new),
            features=all_features,
        )

    def _widened(self, width: int) -> dict[str, Any]:
        """Return the parts that have nothing for further items, padded with zeros."""
        more = width - len(self.items)
        parts: dict[str, Any] = {
            name: np.pad(array, [(0, more), *[(0, 0)] * (array.ndim - 1)])
            for name in ("item_embeddings", "item_biases", "history_embeddings", *_COUNTS)
            for array in (getattr(self, name),)
        }
        for name in ("segment_popularity", "known", "cooccurrence", "transitions"):
            matrix = getattr(self, name)
            heights = width if _SPARSE[name][0] == "items" else matrix.shape[0]
            # A sparse matrix grows by its shape alone; new rows are empty: they start where the last one ended.
            indptr = np.pad(matrix.indptr, (0, heights - matrix.shape[0]), mode="edge")
            parts[name] = sp.csr_matrix((matrix.data, matrix.indices, indptr), shape=(heights, width))
        return parts

    def restricted(self, kept: Mapping[str, Array]) -> TrainedModel:
        """Return the model with those learners, items and features alone that are `kept` (a mask by axis)."""
        parts: dict[str, Any] = {}
        for name, axis in _TEXTS.items():
            if axis in kept:
                texts = zip(getattr(self, name), kept[axis], strict=True)
                parts[name] = tuple(text for text, stays in texts if stays)
        for name, axes in _DENSE.items():
            if axes[0] in kept:
                parts[name] = getattr(self, name)[kept[axes[0]]]
        for name, axes in _SPARSE.items():
            rows, columns = (kept.get(axis, slice(None)) for axis in axes)
            parts[name] = getattr(self, name)[rows][:, columns].tocsr()
        return replace(self, **parts)

    def to_arrays(self) -> dict[str, Array]:
        """Return everything as plain arrays; names become UTF-8 JSON in an array of bytes (no pickle is needed)."""
        arrays = {name: _text_array(getattr(self, name)) for name in _TEXTS}
        arrays.update({name: getattr(self, name) for name in _DENSE})
        for name in _SPARSE:
            matrix = getattr(self, name)
            parts = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
            arrays.update({f"{name}.{part}": array for part, array in parts.items()})
        return arrays

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, Array], settings: TrainingSettings, facts: Mapping[str, Any]
    ) -> TrainedModel:
        """Build the model from its arrays; raise CorruptModelError when some are missing or do not fit together."""
        try:
            values: dict[str, Any] = {name: _texts(arrays[name]) for name in _TEXTS}
            sizes = {name: len(values[name]) for name in _TEXTS}
            sizes["dimensions"] = arrays["item_embeddings"].shape[-1]
            for name, axes in _DENSE.items():
                values[name] = arrays[name].reshape([sizes[axis] for axis in axes])
            for name, axes in _SPARSE.items():
                parts = tuple(arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
                values[name] = sp.csr_matrix(parts, shape=tuple(sizes[axis] for axis in axes))
        except (KeyError, ValueError, IndexError) as error:
            raise CorruptModelError(
                f"The model's arrays do not fit together ({error}); train again."
            ) from error
        return cls(**values, settings=settings, facts=dict(facts))


def _text_array(names: tuple[str, ...]) -> Array:
    return np.frombuffer(json.dumps(names, ensure_ascii=False).encode(), dtype=np.uint8)


def _texts(array: Array) -> tuple[str, ...]:
    return tuple(json.loads(array.tobytes().decode()))
