"""A trained model: numpy arrays and names only, so that serving needs neither LightFM nor a compiler."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.config import TrainingSettings
from recommender.errors import CorruptModelError

Array = np.ndarray[Any, np.dtype[Any]]
FORMAT_VERSION = 1
COMPLETED = 2
_TEXTS = ("items", "side_names", "segments", "users", "languages")
_DENSE = ("item_embeddings", "item_biases", "history_embeddings", "side_embeddings", "popularity")
_SPARSE = ("segment_popularity", "known")


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What serving needs: I items, S side features, G segments, U learners, D dimensions.

    `item_embeddings` (I x D, item features multiplied in), `item_biases` (I), `history_embeddings` (I x D) of
    an item in a learner's past, `side_embeddings` (S x D), `popularity` (I, learners who took it),
    `segment_popularity` (G x I), `user_embeddings` (U x D) and `known` (U x I, 1 taken, 2 completed) of the
    learners at training time; `takers` is the same by item. `languages` (I) are empty where unknown.
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
    segment_popularity: sp.csr_matrix
    user_embeddings: Array
    known: sp.csr_matrix
    settings: TrainingSettings
    languages: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    item_index: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    user_index: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    side_index: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    segment_index: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
    takers: sp.csc_matrix = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for index, names in (
            ("item_index", self.items),
            ("user_index", self.users),
            ("side_index", self.side_names),
            ("segment_index", self.segments),
        ):
            object.__setattr__(self, index, {name: position for position, name in enumerate(names)})
        object.__setattr__(self, "takers", self.known.tocsc())

    def to_arrays(self) -> dict[str, Array]:
        """Return everything as plain arrays; names become UTF-8 JSON in an array of bytes."""
        arrays = {name: _text_array(getattr(self, name)) for name in _TEXTS}
        arrays.update({name: getattr(self, name) for name in (*_DENSE, "user_embeddings")})
        for name in _SPARSE:
            matrix = getattr(self, name)
            parts = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
            arrays.update({f"{name}.{part}": array for part, array in parts.items()})
        return arrays

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, Array], settings: TrainingSettings, facts: Mapping[str, Any]
    ) -> TrainedModel:
        """Build the model again; raise CorruptModelError when arrays are missing or do not fit together."""
        try:
            values: dict[str, Any] = {name: _texts(arrays[name]) for name in _TEXTS}
            values.update({name: arrays[name] for name in (*_DENSE, "user_embeddings")})
            width = len(values["items"])
            for name, height in (("segment_popularity", "segments"), ("known", "users")):
                parts = tuple(arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
                values[name] = sp.csr_matrix(parts, shape=(len(values[height]), width))
        except (KeyError, ValueError) as error:
            raise CorruptModelError(
                f"The model's arrays do not fit together ({error}); train anew."
            ) from error
        return cls(**values, settings=settings, facts=dict(facts))


def _text_array(names: tuple[str, ...]) -> Array:
    return np.frombuffer(json.dumps(names, ensure_ascii=False).encode(), dtype=np.uint8)


def _texts(array: Array) -> tuple[str, ...]:
    return tuple(json.loads(array.tobytes().decode()))
