from __future__ import annotations

import numpy as np
import pytest

from recommender.errors import CorruptModelError
from recommender.models.lightfm_state import ARRAYS, SIDES, LightFMState


@pytest.fixture
def state() -> LightFMState:
    """A state of two features a side, all of whose numbers are 5 and 6."""
    arrays = {
        name: np.array([[5, 5], [6, 6]] if "embedding" in name else [5, 6], dtype=np.float32)
        for name in ARRAYS
    }
    return LightFMState(arrays)


def test_a_grown_state_keeps_what_is_known_in_the_new_order(state: LightFMState) -> None:
    old, new = ({side: list(names) for side in SIDES} for names in ("ab", "bca"))
    grown = state.grown(old, new, seed=1)
    assert grown.arrays["item_biases"].tolist() == [6, 0, 5]
    assert grown.arrays["user_embedding_gradients"].tolist() == [[6, 6], [1, 1], [5, 5]]
    assert np.abs(grown.arrays["item_embeddings"][1]).max() <= 0.25


@pytest.mark.parametrize("gone", ["item_biases", "user_embeddings"])
def test_an_incomplete_state_is_a_corrupt_model(state: LightFMState, gone: str) -> None:
    arrays = {name: array for name, array in state.arrays.items() if name != gone}
    with pytest.raises(CorruptModelError, match=gone):
        LightFMState.from_arrays(arrays, 2, 2)
    with pytest.raises(CorruptModelError, match="incomplete"):
        LightFMState.from_arrays(state.arrays, 2, 3)
