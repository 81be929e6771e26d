"""Titles that say nearly the same, beside a comparison of each with each."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from recommender.catalogue.meanings import DIMENSIONS, Meanings
from recommender.catalogue.nuggets import Nugget
from recommender.insights import offer


def test_near_doubles_are_all_pairs_with_a_high_cosine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offer, "ROWS_AT_ONCE", 16)
    random = np.random.default_rng(4)
    drawn: Any = random.integers(-100, 100, (50, DIMENSIONS))
    for at in range(0, 40, 3):
        drawn[at + 1] = np.clip(drawn[at] + random.integers(-9, 30, DIMENSIONS), -128, 127)
    names = [f"n{number}" for number in range(len(drawn))]
    lengths = np.linalg.norm(drawn, axis=1).astype(np.float32)
    meanings = Meanings({name: at for at, name in enumerate(names)}, drawn.astype(np.int8), lengths)
    nuggets = {name: Nugget(name, {"en": name}, hidden=name == "n0", managed=name == "n0") for name in names}
    found = offer.find_near_doubles(meanings, nuggets, 0)
    expected = {
        (names[one], names[other]): float(drawn[one] @ drawn[other] / lengths[one] / lengths[other])
        for one, other in combinations(range(1, len(names)), 2)
        if drawn[one] @ drawn[other] >= 0.9 * lengths[one] * lengths[other]
    }
    assert expected
    assert found == pytest.approx(expected, abs=1e-5)
