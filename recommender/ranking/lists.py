"""From scores to a list: less of what is popular anyway, the best first, and not ten of the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
POOL = 100


@dataclass(frozen=True, slots=True)
class Knobs:
    """How lists are made: `penalty` is taken off per deviation of log popularity; `diversity` is from 0 to 1.

    With a diversity of 0 only the score counts, with 1 only how unlike the others a nugget is.
    """

    penalty: float = 0.4
    diversity: float = 0.1


def popularity_penalty(popularity: Array, candidates: Array, weight: float) -> Array:
    """Return what each item gains or loses (deviations) for how many took it, beside the other candidates."""
    logs = np.log1p(np.asarray(popularity, dtype=np.float64))
    chosen = logs[candidates]
    deviation = float(chosen.std()) if len(chosen) else 0.0
    if deviation == 0.0 or weight == 0.0:
        return np.zeros(len(logs))
    penalty: Array = -weight * (logs - chosen.mean()) / deviation
    return penalty


def rank(scores: Array, candidates: Array, popularity: Array, limit: int) -> Array:
    """Return the positions of the best `limit` candidates; ties go to the more popular, then the first id."""
    positions = np.flatnonzero(candidates)
    if len(positions) > 4 * limit:
        best = np.argpartition(-scores[positions], 2 * limit)[: 2 * limit]
        threshold = scores[positions[best]].min()
        positions = positions[scores[positions] >= threshold]
    order = np.lexsort((positions, -popularity[positions], -scores[positions]))
    return np.asarray(positions[order[:limit]])


def diversify(ranked: Array, scores: Array, vectors: Array, diversity: float, limit: int) -> Array:
    """Choose `limit` of the first 100 ranked positions such that each is good and unlike those before it (MMR).

    `scores` and `vectors` (of length 1) are those of all items. What was not chosen follows as ranked; the
    choice of more begins with that of fewer.
    """
    pool, rest = ranked[:POOL], ranked[POOL:]
    if diversity == 0.0 or len(pool) < 3:
        return ranked
    relevance = _between_0_and_1(np.asarray(scores[pool], dtype=np.float64))
    alike = vectors[pool] @ vectors[pool].T
    nearest = np.zeros(len(pool))
    value = (1.0 - diversity) * relevance
    order = []
    for _ in range(min(limit, len(pool))):
        best = int(np.argmax(value - diversity * nearest))
        order.append(best)
        value[best] = -np.inf
        np.maximum(nearest, alike[best], out=nearest)
    return np.concatenate([pool[order], np.delete(pool, order), rest])


def make_list(
    scores: Array, candidates: Array, popularity: Array, vectors: Array, limit: int, knobs: Knobs
) -> Array:
    """Return the positions of the list of `limit` that is served for these scores, the highest score first.

    `scores` are in deviations; `vectors` are the items', of length 1.
    """
    values = scores + popularity_penalty(popularity, candidates, knobs.penalty)
    ranked = rank(values, candidates, popularity, max(limit, POOL))
    chosen = diversify(ranked, values, vectors, knobs.diversity, limit)[:limit]
    return best_first(chosen, values)


def best_first(chosen: Array, scores: Array) -> Array:
    """Return chosen positions in the order of their scores; equal ones keep theirs."""
    return np.asarray(chosen[np.argsort(-scores[chosen], kind="stable")])


def unit_rows(vectors: Array) -> Array:
    """Return vectors of length 1; those of length 0 stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Array = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit


def _between_0_and_1(values: Array) -> Array:
    spread = float(values.max() - values.min())
    scaled: Array = (values - values.min()) / spread if spread > 0 else np.zeros_like(values)
    return scaled
