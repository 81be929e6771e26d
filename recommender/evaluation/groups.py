"""Metrics by group of learners, exposure by group of nuggets, novelty and diversity of the lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.catalogue.nuggets import Nugget
from recommender.dataset.dataset import Dataset
from recommender.metrics.intervals import Interval, mean_interval, paired_interval
from recommender.metrics.measure import Measured
from recommender.metrics.splits import Split

Array = np.ndarray[Any, np.dtype[Any]]
HISTORY_BANDS = (("new", 0, 0), ("cold", 1, 2), ("warm", 3, 10), ("hot", 11, None))
"""Learners by how many nuggets they took before: none, up to 2, 3 to 10, or more."""
MOST_GROUPS = 20
MIN_LEARNERS = 5


@dataclass(frozen=True, slots=True)
class Segment:
    """How the recommenders do for one group of learners: `kind` is history, team, role, language or modality.

    `ndcg` has the means by recommender; `ours` bounds that of our model, `difference` bounds ours minus that of
    `other`, the same recommender for every group.
    """

    kind: str
    name: str
    learners: int
    ndcg: Mapping[str, float]
    ours: Interval
    other: str
    difference: Interval


@dataclass(frozen=True, slots=True)
class Exposure:
    """The share of one group of nuggets in the lists, and its share of what learners then took."""

    kind: str
    name: str
    recommender: str
    nuggets: int
    shown: float
    relevant: float

    @property
    def ratio(self) -> float:
        """Return shown over relevant: below 1 the group is shown less than learners want it."""
        return self.shown / self.relevant if self.relevant else 0.0


@dataclass(frozen=True, slots=True)
class Character:
    """Properties of lists other than their accuracy.

    `novelty` is the mean self-information of what is shown (bits; rare nuggets have many), `diversity` the mean of
    one minus the similarity in features of two nuggets in a list (None: no features), `popularity` the mean
    popularity of what is shown over that of what was taken, `gini` how unequally slots are distributed (0 to 1).
    """

    recommender: str
    novelty: float
    diversity: float | None
    popularity: float
    gini: float


def learner_groups(dataset: Dataset) -> dict[tuple[str, str], Array]:
    """Return masks of the users by (kind, name): length of history, team, role, language."""
    counts = np.diff(dataset.starts)
    groups = {
        ("history", name): (counts >= low) & (counts <= (counts.max(initial=0) if high is None else high))
        for name, low, high in HISTORY_BANDS
    }
    side = dataset.side.tocsc()
    for position, feature in enumerate(dataset.side_names):
        kind, _, name = feature.partition(":")
        if name and kind in {"team", "role", "language"}:
            groups[kind, name] = np.asarray(side[:, [position]].toarray() > 0).ravel()
    return groups


def nugget_groups(items: Sequence[str], nuggets: Mapping[str, Nugget]) -> dict[tuple[str, str], Array]:
    """Return masks of the items by (kind, name): language, owner, modality; the largest 20 of each kind."""
    own = [nuggets.get(item, Nugget(item)) for item in items]
    groups: dict[tuple[str, str], Array] = {}
    for kind in ("language", "owner", "modality"):
        values = np.array([getattr(nugget, kind) for nugget in own], dtype=object)
        names, counts = np.unique([value for value in values if value], return_counts=True)
        for name in names[np.argsort(-counts, kind="stable")][:MOST_GROUPS]:
            groups[kind, str(name)] = values == name
    return groups


def segments(
    measured: Sequence[Measured], other: str, groups: Mapping[tuple[str, str], Array]
) -> tuple[Segment, ...]:
    """Return NDCG by group of learners, for groups of at least five measured learners.

    Our model is the first one measured; `other` names the one whose difference to ours is bounded.
    """
    ours = measured[0]
    theirs = next((one for one in measured if one.name == other), ours)
    found = []
    for (kind, name), mask in groups.items():
        chosen = mask[ours.learners]
        if chosen.sum() >= MIN_LEARNERS:
            ndcg = {one.name: round(one.mean("ndcg", chosen), 6) for one in measured}
            difference = paired_interval(ours.ndcg[chosen], theirs.ndcg[chosen])
            own = mean_interval(ours.ndcg[chosen])
            found.append(Segment(kind, name, int(chosen.sum()), ndcg, own, other, difference))
    return tuple(found)


def segments_by_taken(
    measured: Sequence[Measured], other: str, split: Split, groups: Mapping[tuple[str, str], Array]
) -> tuple[Segment, ...]:
    """Return NDCG by modality, of the learners who then took a nugget of that modality."""
    wanted = {
        key: np.asarray(split.held_out @ mask.astype(np.float32) > 0).ravel()
        for key, mask in groups.items()
        if key[0] == "modality"
    }
    return segments(measured, other, wanted)


def exposures(
    measured: Iterable[Measured], split: Split, groups: Mapping[tuple[str, str], Array]
) -> tuple[Exposure, ...]:
    """Return each group's share of all lists, and its share of the held-out nuggets."""
    taken = np.asarray(split.held_out[split.learners].sum(axis=0)).ravel()
    found = []
    for one in measured:
        shown = _slots(one.lists, len(taken))
        for (kind, name), mask in groups.items():
            parts = (shown[mask].sum() / max(1, shown.sum()), taken[mask].sum() / max(1, taken.sum()))
            share, relevant = (round(float(part), 6) for part in parts)
            found.append(Exposure(kind, name, one.name, int(mask.sum()), share, relevant))
    return tuple(found)


def character(measured: Measured, dataset: Dataset) -> Character:
    """Describe the lists of one recommender trained on the dataset."""
    items = len(dataset.items)
    taken = np.bincount(dataset.item_of, minlength=items).astype(np.float64)
    shown = _slots(measured.lists, items)
    rarity = -np.log2((taken + 1) / (len(dataset.users) + 1))  # bits; +1: nothing is infinitely rare
    weight = max(1.0, shown.sum())
    usual = float((taken * taken).sum() / max(1.0, taken.sum()))
    return Character(
        recommender=measured.name,
        novelty=round(float((rarity * shown).sum() / weight), 4),
        diversity=_diversity(measured.lists, dataset.item_features),
        popularity=round(float((taken * shown).sum() / weight) / max(usual, 1e-9), 4),
        gini=_gini(shown),
    )


def _slots(lists: Array, items: int) -> Array:
    return np.bincount(lists[lists >= 0], minlength=items).astype(np.float64)


def _diversity(lists: Array, features: sp.csr_matrix) -> float | None:
    """Average over the lists; nuggets without features count as different from all others."""
    if features.nnz == 0 or len(lists) == 0 or lists.shape[1] < 2:
        return None
    rows = np.repeat(np.arange(len(lists)), lists.shape[1])
    kept = lists.ravel() >= 0
    chosen = (np.ones(int(kept.sum()), dtype=np.float32), (rows[kept], lists.ravel()[kept]))
    member = sp.csr_matrix(chosen, shape=(len(lists), features.shape[0]))
    # The sum over all pairs of a list is (sum of vectors) squared minus the sum of squares: no loop over pairs.
    total = member @ features
    own = member @ np.asarray(features.multiply(features).sum(axis=1)).ravel()
    length = np.diff(member.indptr)
    pairs = np.maximum(length * (length - 1), 1)
    alike = (np.asarray(total.multiply(total).sum(axis=1)).ravel() - own) / pairs
    return round(float(1 - alike[length > 1].mean()), 4) if (length > 1).any() else None


def _gini(shown: Array) -> float:
    if shown.sum() == 0:
        return 0.0
    ordered = np.sort(shown)
    ranks = np.arange(1, len(ordered) + 1)
    return round(float((2 * ranks - len(ordered) - 1) @ ordered / (len(ordered) * ordered.sum())), 4)
