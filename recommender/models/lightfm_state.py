"""Everything LightFM has learned, so that a later training can continue from it; serving does not need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.errors import CorruptModelError

Array = np.ndarray[Any, np.dtype[Any]]
SIDES = ("user", "item")
PARTS = ("embeddings", "embedding_gradients", "biases", "bias_gradients")
ARRAYS = tuple(f"{side}_{part}" for side in SIDES for part in PARTS)


@dataclass(frozen=True, slots=True)
class LightFMState:
    """The arrays of LightFM by name (ARRAYS), one row for each feature of users or of items.

    LightFM has twelve: the four of momentum stay zero with adagrad and are not kept.
    """

    arrays: Mapping[str, Array]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], users: int, items: int) -> LightFMState:
        """Check the arrays against the numbers of features; raise CorruptModelError where they do not fit."""
        sizes = {"user": users, "item": items}
        for name in ARRAYS:
            if name not in arrays or len(arrays[name]) != sizes[name.split("_")[0]]:
                raise CorruptModelError(
                    f"The training state of this model is incomplete ({name}), so it cannot be refreshed; "
                    "train on everything."
                )
        return cls({name: np.asarray(arrays[name], dtype=np.float32) for name in ARRAYS})

    def restricted(self, kept: Mapping[str, Array]) -> LightFMState:
        """Return a state with those features of users and of items alone that are `kept` (a mask by side)."""
        return LightFMState({name: array[kept[name.split("_")[0]]] for name, array in self.arrays.items()})

    def grown(
        self, old_names: Mapping[str, Sequence[str]], new_names: Mapping[str, Sequence[str]], seed: int
    ) -> LightFMState:
        """Return a state with rows in the order of `new_names` (by side); new rows start as LightFM starts them."""
        arrays: dict[str, Array] = {}
        for side in SIDES:
            arrays |= self._grown_side(side, old_names[side], new_names[side], seed)
        return LightFMState(arrays)

    def _grown_side(
        self, side: str, old_names: Sequence[str], new_names: Sequence[str], seed: int
    ) -> dict[str, Array]:
        positions = {name: position for position, name in enumerate(old_names)}
        origin = np.array([positions.get(name, -1) for name in new_names], dtype=np.int64)
        known = origin >= 0
        width = self.arrays[f"{side}_embeddings"].shape[1]
        random = np.random.default_rng(seed)
        start = {
            "embeddings": (random.random((len(new_names), width)) - 0.5) / width,
            "embedding_gradients": np.ones((len(new_names), width)),
            "biases": np.zeros(len(new_names)),
            "bias_gradients": np.ones(len(new_names)),
        }
        for part, array in start.items():
            array[known] = self.arrays[f"{side}_{part}"][origin[known]]
        return {f"{side}_{part}": array.astype(np.float32) for part, array in start.items()}
