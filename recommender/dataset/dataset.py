"""Interactions, features and nuggets as matrices: everything that training and evaluation read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.catalogue.nuggets import Nugget
from recommender.dataset.features import FeatureSpace, feature_space, user_feature_names
from recommender.interactions.history import History
from recommender.storage.user_features import UserFeatures

Array = np.ndarray[Any, np.dtype[Any]]
EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Dataset:
    """Interactions as arrays, grouped by user and in time order inside each.

    `user_of`, `item_of`, `at` (us), `weight` have one entry per positive interaction; those of user u are at
    `starts[u]:starts[u + 1]`. `completed` (users x items) also holds completions that are not positive.
    `side` (users x side names) and `item_features` (items x features) are sparse; `item_languages` has
    the language of each item, empty where unknown; `features` names the columns of `item_features`.
    """

    users: tuple[str, ...]
    items: tuple[str, ...]
    user_of: Array
    item_of: Array
    at: Array
    weight: Array
    starts: Array
    completed: sp.csr_matrix
    item_features: sp.csr_matrix
    side: sp.csr_matrix
    side_names: tuple[str, ...]
    item_languages: tuple[str, ...]
    features: FeatureSpace

    def taken(self) -> sp.csr_matrix:
        """Return users x items: 1 where the user took the item (a positive interaction)."""
        shape = (len(self.users), len(self.items))
        ones = np.ones(len(self.item_of), dtype=np.float32)
        return sp.csr_matrix((ones, (self.user_of, self.item_of)), shape=shape)

    def known(self) -> sp.csr_matrix:
        """Return users x items: 1 where taken or completed, so not to be recommended again."""
        known = (self.taken() + self.completed).tocsr()
        known.data[:] = 1
        return known


def build_dataset(
    histories: Mapping[str, History],
    features: Mapping[str, UserFeatures],
    nuggets: Mapping[str, Nugget],
    most_item_features: int,
) -> Dataset:
    """Build the matrices, with users and items sorted by id, so that equal input gives equal output.

    The items are all that anybody has seen and all `nuggets`, including those that nobody took yet.
    """
    users = tuple(sorted(histories))
    seen = {item for history in histories.values() for item in history.seen}
    items = tuple(sorted(seen | nuggets.keys()))
    index = {item: position for position, item in enumerate(items)}
    user_of, item_of, at, weight = _positives([histories[user] for user in users], index)
    own = [nuggets.get(item, Nugget(item)) for item in items]
    space = feature_space(own)
    side, side_names = _side([features.get(user, UserFeatures()) for user in users])
    return Dataset(
        users=users,
        items=items,
        user_of=user_of,
        item_of=item_of,
        at=at,
        weight=weight,
        starts=starts_of(user_of, len(users)),
        completed=_completed([histories[user] for user in users], index),
        item_features=space.matrix(own, most_item_features),
        side=side,
        side_names=side_names,
        item_languages=tuple(nugget.language for nugget in own),
        features=space,
    )


def starts_of(user_of: Array, users: int) -> Array:
    """Return where each user's interactions start, followed by the number of all interactions."""
    counts = np.bincount(user_of, minlength=users) if users else np.zeros(0, dtype=np.int64)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _positives(histories: Sequence[History], index: Mapping[str, int]) -> tuple[Array, Array, Array, Array]:
    rows = [
        (user, index[positive.item], positive.at, positive.weight)
        for user, history in enumerate(histories)
        for positive in history.positives
    ]
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    return (
        np.array(columns[0], dtype=np.int32),
        np.array(columns[1], dtype=np.int32),
        np.array(columns[2], dtype=np.int64),
        np.array(columns[3], dtype=np.float32),
    )


def _completed(histories: Sequence[History], index: Mapping[str, int]) -> sp.csr_matrix:
    pairs = [
        (user, index[item]) for user, history in enumerate(histories) for item in sorted(history.completed)
    ]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    data = np.ones(len(pairs), dtype=np.float32)
    return sp.csr_matrix((data, (rows, columns)), shape=(len(histories), len(index)))


def _side(features: Sequence[UserFeatures]) -> tuple[sp.csr_matrix, tuple[str, ...]]:
    named = [side_weights(one) for one in features]
    names = tuple(sorted({name for one in named for name in one} | {EVERYONE}))
    index = {name: position for position, name in enumerate(names)}
    matrix = sp.lil_matrix((len(features), len(names)), dtype=np.float32)
    for row, one in enumerate(named):
        for name, value in one.items():
            matrix[row, index[name]] = value
    return matrix.tocsr(), names


def side_weights(features: UserFeatures) -> dict[str, float]:
    """Weigh a learner's side features: 1 each, and one feature that everyone has.

    All skills together have length 1, so that a long list of skills does not outweigh team and role.
    """
    weights = dict.fromkeys(user_feature_names(features), 1.0)
    share = float(max(1, len(features.skills))) ** -0.5
    weights.update({name: share for name in weights if name.startswith("skill:")})
    weights[EVERYONE] = 1.0
    return weights
