"""Interactions, features and nuggets as matrices: everything that training and evaluation read."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
    `item_meanings` (items x dimensions) say what titles mean, rows of 0 where unknown; it is empty without any.
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
    item_meanings: Array = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))

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


class Acts:
    """What learners took, completed and saw, collected learner by learner as numbers: 20 bytes for each act.

    Histories are objects of some hundred bytes an act, so those of all learners may not fit in memory at once.
    """

    def __init__(self) -> None:
        self.users: list[str] = []
        self.items: dict[str, int] = {}
        self.taken = array("i")
        self.completed = array("i")
        self._item_of, self._at, self._weight = array("i"), array("q"), array("f")
        self._completed = array("i")

    def add(self, user: str, history: History) -> None:
        """Take in a learner who was not there yet."""
        self.users.append(user)
        for positive in history.positives:
            self._item_of.append(self._number(positive.item))
            self._at.append(positive.at)
            self._weight.append(positive.weight)
        self._completed.extend(map(self._number, history.completed))
        for item in history.seen:
            self._number(item)
        self.taken.append(len(history.positives))
        self.completed.append(len(history.completed))

    def _number(self, item: str) -> int:
        return self.items.setdefault(item, len(self.items))

    def arrays(self, items: Mapping[str, int]) -> tuple[tuple[str, ...], _Columns, sp.csr_matrix]:
        """Return the users sorted, their acts in this order, and what they completed (users x items)."""
        position = np.array([items[item] for item in self.items], dtype=np.int32)
        order = np.array(sorted(range(len(self.users)), key=self.users.__getitem__), dtype=np.int64)
        rows, counts = _regroup(np.array(self.taken), order)
        acts = _Columns(
            user_of=np.repeat(np.arange(len(order), dtype=np.int32), counts),
            item_of=position[np.array(self._item_of)[rows]],
            at=np.array(self._at)[rows],
            weight=np.array(self._weight)[rows],
        )
        rows, counts = _regroup(np.array(self.completed), order)
        columns = position[np.array(self._completed)[rows]]
        indptr = np.concatenate([[0], np.cumsum(counts)])
        ones = np.ones(len(columns), dtype=np.float32)
        completed = sp.csr_matrix((ones, columns, indptr), shape=(len(order), len(items)))
        completed.sort_indices()
        return tuple(self.users[place] for place in order), acts, completed


@dataclass(frozen=True, slots=True)
class _Columns:
    user_of: Array
    item_of: Array
    at: Array
    weight: Array


def _regroup(counts: Array, order: Array) -> tuple[Array, Array]:
    """Return the rows of groups (of `counts` rows each, one after the other) in another order, and their counts."""
    starts = np.cumsum(counts) - counts
    moved = counts[order]
    step = np.arange(moved.sum()) - np.repeat(np.cumsum(moved) - moved, moved)
    return np.repeat(starts[order], moved) + step, moved


def build_dataset(
    acts: Acts | Mapping[str, History],
    features: Mapping[str, UserFeatures],
    nuggets: Mapping[str, Nugget],
    most_item_features: int,
) -> Dataset:
    """Build the matrices, with users and items sorted by id, so that equal input gives equal output.

    The items are all that anybody has seen and all `nuggets`, including those that nobody took yet.
    """
    collected = acts if isinstance(acts, Acts) else collect(acts.items())
    items = tuple(sorted(collected.items.keys() | nuggets.keys()))
    users, columns, completed = collected.arrays({item: position for position, item in enumerate(items)})
    own = [nuggets.get(item, Nugget(item)) for item in items]
    space = feature_space(own)
    side, side_names = _side([features.get(user, UserFeatures()) for user in users])
    return Dataset(
        users=users,
        items=items,
        user_of=columns.user_of,
        item_of=columns.item_of,
        at=columns.at,
        weight=columns.weight,
        starts=starts_of(columns.user_of, len(users)),
        completed=completed,
        item_features=space.matrix(own, most_item_features),
        side=side,
        side_names=side_names,
        item_languages=tuple(nugget.language for nugget in own),
        features=space,
    )


def collect(histories: Iterable[tuple[str, History]]) -> Acts:
    """Collect the acts of learners one after the other."""
    acts = Acts()
    for user, history in histories:
        acts.add(user, history)
    return acts


def starts_of(user_of: Array, users: int) -> Array:
    """Return where each user's interactions start, followed by the number of all interactions."""
    counts = np.bincount(user_of, minlength=users) if users else np.zeros(0, dtype=np.int64)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


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
