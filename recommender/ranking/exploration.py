"""Exploration: a few places of a list go to items drawn at random, each with a probability that is known.

The draw depends on a seed and on each item alone: with the same seed and nearly the same items, the same one is drawn.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIXERS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Positions drawn, and the probability of each to be drawn at all."""

    positions: tuple[int, ...] = ()
    probabilities: tuple[float, ...] = ()


def seed_of(*parts: object) -> int:
    """Return a seed (64 bits) that these values decide."""
    text = ":".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def count_places(seed: int, limit: int, share: float) -> int:
    """Return how many of `limit` places are explored: `share` of them on average, rounded up or down by chance."""
    return int(limit * share + float(_uniform(seed, np.zeros(1, dtype=np.uint64))[0]))


def draw(seed: int, limit: int, share: float, weights: Array, digests: Array) -> Drawn:
    """Draw different items for the explored places; the weights (I, 0 for items that are out) are their chances.

    Where there are several places, the probabilities are those of drawing with replacement, which are nearly the same.
    """
    pool, places = np.flatnonzero(weights > 0), count_places(seed, limit, share)
    if not len(pool):
        return Drawn()
    chances = weights[pool] / weights[pool].sum()
    chosen = _draw_some(seed, places, chances, digests[pool])
    whole, rest = divmod(limit * share, 1.0)
    missed = (1 - chances[chosen]) ** whole * (1 - rest * chances[chosen])
    return Drawn(tuple(pool[chosen].tolist()), tuple((1 - missed).tolist()))


def kept_probabilities(kept: int, limit: int, share: float, pool: int) -> list[float]:
    """Return the probability of each ranked item of a page to be shown.

    Explored items take the last of `limit` places, as far as there are enough in their pool.
    """
    whole, rest = divmod(limit * share, 1.0)
    fewest, most = min(int(whole), pool), min(int(whole) + 1, pool)
    behind = [limit - 1 - place for place in range(kept)]
    return [1.0 if one >= most else (1 - rest) if one >= fewest else 0.0 for one in behind]


def _draw_some(seed: int, places: int, chances: Array, digests: Array) -> Array:
    """Draw by the Gumbel-max trick: the largest of the logarithms of the chances with noise of each item's own."""
    noise = -np.log(-np.log(_uniform(seed_of(seed), digests)))
    return np.asarray(np.argsort(-(np.log(chances) + noise), kind="stable")[:places])


def _uniform(seed: int, digests: Array) -> Array:
    """Return numbers between 0 and 1 that seem random, one for each digest (splitmix64)."""
    with np.errstate(over="ignore"):
        mixed = (digests + np.uint64(seed)) * _ODD
        for shift, factor in _MIXERS:
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2**53)
