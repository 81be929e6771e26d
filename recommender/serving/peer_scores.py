"""How much two learners can help each other: sqrt(need x know, both ways) x (.5 + likeness).

Most similar people know the same things; a good peer knows what this learner needs next, and the other way
round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.model import COMPLETED, TrainedModel
from recommender.serving.candidates import candidate_mask
from recommender.serving.learners import Learner
from recommender.serving.ranking import rank
from recommender.serving.scores import score_learner
from schemas.recommendations import DEFAULT_LIMIT

Array = np.ndarray[Any, np.dtype[Any]]

NEEDED_ITEMS = 30
KNOWN_ITEMS = 50
SMOOTHING = 5.0


@dataclass(frozen=True, slots=True)
class PeerScores:
    """One score for each learner of the model, and per item what counts as need and as own knowledge.

    `recommended` (a mask of items) is what the learner is shown when asking for nuggets, `completed` what the
    learner has completed.
    """

    values: Array
    need: Array
    own: Array
    recommended: Array
    completed: Array


@dataclass(frozen=True, slots=True)
class CommonGround:
    """Two items that concern both: `teaches` is known to the peer and needed, `shares` is known to both."""

    teaches: str = ""
    has_completed: bool = False
    is_recommended: bool = False
    shares: str = ""
    both_completed: bool = False


def score_peers(model: TrainedModel, learner: Learner) -> PeerScores:
    """Score every learner of the model as a peer of this one."""
    candidates = candidate_mask(model, learner)
    scores = score_learner(model, learner.history, learner.features, candidates)
    need = np.zeros(len(model.items), dtype=np.float32)
    wanted = rank(scores.values, candidates, model.popularity, NEEDED_ITEMS)
    need[wanted] = np.maximum(scores.values[wanted], 0)
    taken = _taken_positions(model, learner)
    own = np.zeros(len(model.items), dtype=np.float32)
    own[taken] = 1 / np.sqrt(1 + model.popularity[taken])
    values = mutual_scores(model, need, taken, scores.state)
    recommended = _mask(model, wanted[:DEFAULT_LIMIT])
    return PeerScores(values, need, own, recommended, _mask(model, _completed_positions(model, learner)))


def mutual_scores(model: TrainedModel, need: Array, taken: Array, state: Array) -> Array:
    """Return a score from 0 to 1 for each learner of the model.

    `need` (items) is what the learner should take next, `taken` the positions of items taken, `state` the
    representation. For a learner who took nothing yet only what the others know counts.
    """
    known = model.known.astype(bool).astype(np.float32)
    size = np.asarray(known.sum(axis=1)).ravel()
    helps = _share((known @ need) / np.sqrt(size + SMOOTHING))
    if len(taken):
        helped = _share(_needs_of_others(model, taken).sum(axis=1))
        helps = np.sqrt(helps * helped)
    return np.asarray(helps * (0.5 + _likeness(model, state)) / 1.5)


def common_ground(model: TrainedModel, scores: PeerScores, position: int) -> CommonGround:
    """Return what makes the learner at `position` a good peer; what was completed goes before what was not."""
    line = model.known[position]
    finished = line.indices[line.data == COMPLETED]
    teaches = _best_item((finished, line.indices), scores.need)
    shares = _best_item((finished[scores.completed[finished]], line.indices), scores.own)
    return CommonGround(
        teaches=model.items[teaches] if teaches is not None else "",
        has_completed=teaches is not None and teaches in finished,
        is_recommended=teaches is not None and bool(scores.recommended[teaches]),
        shares=model.items[shares] if shares is not None else "",
        both_completed=shares is not None and shares in finished and bool(scores.completed[shares]),
    )


def _needs_of_others(model: TrainedModel, taken: Array) -> Array:
    """Return learners x `taken`: how much each learner needs what this one took, 0 where it is known."""
    mean, deviation = _score_spread(model)
    raw = model.user_embeddings @ model.item_embeddings[taken].T + model.item_biases[taken]
    standard = (raw - mean[:, None]) / deviation[:, None]
    unknown = np.asarray(model.known[:, taken].todense()) == 0
    return np.asarray(np.maximum(standard, 0) * unknown)


def _score_spread(model: TrainedModel) -> tuple[Array, Array]:
    """Return mean and deviation of every learner's scores over all items, from the items' covariance."""
    items = np.hstack([model.item_embeddings, model.item_biases[:, None]])
    users = np.hstack([model.user_embeddings, np.ones((len(model.users), 1), dtype=np.float32)])
    spread = np.cov(items, rowvar=False, bias=True)
    variance = np.einsum("ij,ij->i", users @ spread, users)
    return users @ items.mean(axis=0), np.sqrt(np.maximum(variance, 1e-12))


def _share(values: Array) -> Array:
    most = values.max(initial=0.0)
    return np.asarray(values / most if most > 0 else np.zeros_like(values))


def _likeness(model: TrainedModel, state: Array) -> Array:
    """Return the cosine with each learner, from 0 for unlike to 1."""
    lengths = np.linalg.norm(model.user_embeddings, axis=1) * np.linalg.norm(state)
    product = model.user_embeddings @ state
    cosine = np.divide(product, lengths, out=np.zeros_like(product), where=lengths > 0)
    return np.asarray(np.maximum(cosine, 0))


def _taken_positions(model: TrainedModel, learner: Learner) -> Array:
    items = [act.item for act in learner.history.positives if act.item in model.item_index]
    return np.array([model.item_index[item] for item in items[-KNOWN_ITEMS:]], dtype=np.int64)


def _completed_positions(model: TrainedModel, learner: Learner) -> Array:
    items = sorted(item for item in learner.history.completed if item in model.item_index)
    return np.array([model.item_index[item] for item in items], dtype=np.int64)


def _mask(model: TrainedModel, positions: Array) -> Array:
    mask = np.zeros(len(model.items), dtype=bool)
    mask[positions] = True
    return mask


def _best_item(choices: Sequence[Array], values: Array) -> int | None:
    """Return the item of most value from the first of the choices that has one of any value."""
    for items in choices:
        if len(items) and values[items].max() > 0:
            return int(items[np.argmax(values[items])])
    return None
