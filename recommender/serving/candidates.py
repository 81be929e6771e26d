"""Which nuggets may be recommended to a learner at all."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.features import primary_language
from recommender.interactions.history import History
from recommender.model import TrainedModel
from recommender.serving.learners import Learner

Array = np.ndarray[Any, np.dtype[Any]]


def settled_items(history: History) -> frozenset[str]:
    """Return what is not recommended again: completed, taken, or disliked, also a second ago."""
    return history.completed | history.disliked | {positive.item for positive in history.positives}


def candidate_mask(model: TrainedModel, learner: Learner) -> Array:
    """Return, for each item of the model, whether it may be recommended."""
    mask = np.ones(len(model.items), dtype=bool)
    settled = settled_items(learner.history)
    mask[[model.item_index[item] for item in settled if item in model.item_index]] = False
    mask &= readable_mask(model, learner)
    position = model.user_index.get(str(learner.persona))
    if learner.is_cut and position is not None:
        mask[model.known[position].indices] = False
    return mask


def readable_mask(model: TrainedModel, learner: Learner) -> Array:
    """Return, for each item, whether it is in a language the learner uses; all are where nothing is known.

    A learner reads the language of the own pages and those of the nuggets taken so far.
    """
    languages = np.array(model.languages or [""] * len(model.items))
    taken = (model.item_index.get(positive.item) for positive in learner.history.positives)
    read = {str(languages[position]) for position in taken if position is not None}
    read.add(primary_language(learner.features.language))
    read.discard("")
    if not read:
        return np.ones(len(model.items), dtype=bool)
    return np.isin(languages, ["", *sorted(read)])
