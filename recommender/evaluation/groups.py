"""Who and what the lists serve: metrics by group of learners, exposure by group of nuggets, novelty, variety."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.catalogue.nuggets import Nugget
from recommender.dataset.dataset import Dataset
from recommender.metrics.measure import Measured
from recommender.metrics.splits import Split

Array = np.ndarray[Any, np.dtype[Any]]
HISTORY_BANDS = (("cold", 0, 2), ("warm", 3, 10), ("hot", 11, None))
"""Learners by how many nuggets they took before: up to 2, 3 to 10, more."""
MOST_GROUPS = 20
LEAST_LEARNERS = 5


@dataclass(frozen=True, slots=True)
class Segment:
    """How one recommender does for one group of learners: `kind` is history, team, role, language or modality."""

    kind: str
    name: str
    recommender: str
    learners: int
    ndcg: float


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one group of nuggets gets of the places in the lists, beside its share of what learners then took."""

    kind: str
    name: str
    recommender: str
    nuggets: int
    shown: float
    relevant: float

    @property
    def ratio(self) -> float:
        """Return shown over relevant: below 1 the group is shown less than it is wanted."""
        return self.shown / self.relevant if self.relevant else 0.0


@dataclass(frozen=True, slots=True)
class Character:
    """What lists are like, beside how good they are.

    `novelty` is the mean self-information of what is shown (bits: rare is much), `diversity` the mean of one minus
    the likeness in features of two nuggets in a list (None: no features), `popularity` how many times as popular as
    the mean nugget taken the mean nugget shown is, `gini` how unequally the places are dealt out (0 to 1).
    """

    recommender: str
    novelty: float
    diversity: float | None
    popularity: float
    gini: float


def learner_groups(dataset: Dataset) -> dict[tuple[str, str], Array]:
    """Return masks of the users by (kind, name): how much is known of them, team, role, language."""
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


def segments(measured: Iterable[Measured], groups: Mapping[tuple[str, str], Array]) -> tuple[Segment, ...]:
    """Return NDCG by group of learners, for groups of at least five who are measured."""
    found = []
    for one in measured:
        for (kind, name), mask in groups.items():
            chosen = mask[one.learners]
            if chosen.sum() >= LEAST_LEARNERS:
                ndcg = round(one.mean("ndcg", chosen), 6)
                found.append(Segment(kind, name, one.name, int(chosen.sum()), ndcg))
    return tuple(found)


def segments_by_taken(
    measured: Iterable[Measured], split: Split, groups: Mapping[tuple[str, str], Array]
) -> tuple[Segment, ...]:
    """Return NDCG of the learners who then took nuggets of a group, by modality."""
    wanted = {
        key: np.asarray(split.held_out @ mask.astype(np.float32) > 0).ravel()
        for key, mask in groups.items()
        if key[0] == "modality"
    }
    return segments(measured, wanted)


def exposures(
    measured: Iterable[Measured], split: Split, groups: Mapping[tuple[str, str], Array]
) -> tuple[Exposure, ...]:
    """Return each group's share of the places in all lists beside its share of the held-out nuggets."""
    taken = np.asarray(split.held_out[split.learners].sum(axis=0)).ravel()
    found = []
    for one in measured:
        shown = _places(one.lists, len(taken))
        for (kind, name), mask in groups.items():
            parts = (shown[mask].sum() / max(1, shown.sum()), taken[mask].sum() / max(1, taken.sum()))
            share, relevant = (round(float(part), 6) for part in parts)
            found.append(Exposure(kind, name, one.name, int(mask.sum()), share, relevant))
    return tuple(found)


def character(measured: Measured, dataset: Dataset) -> Character:
    """Describe the lists of one recommender trained on the dataset."""
    items = len(dataset.items)
    taken = np.bincount(dataset.item_of, minlength=items).astype(np.float64)
    shown = _places(measured.lists, items)
    rarity = -np.log2((taken + 1) / (len(dataset.users) + 1))
    weight = max(1.0, shown.sum())
    usual = float((taken * taken).sum() / max(1.0, taken.sum()))
    return Character(
        recommender=measured.name,
        novelty=round(float((rarity * shown).sum() / weight), 4),
        diversity=_diversity(measured.lists, dataset.item_features),
        popularity=round(float((taken * shown).sum() / weight) / max(usual, 1e-9), 4),
        gini=_gini(shown),
    )


def _places(lists: Array, items: int) -> Array:
    return np.bincount(lists[lists >= 0], minlength=items).astype(np.float64)


def _diversity(lists: Array, features: sp.csr_matrix) -> float | None:
    """Average over the lists; nuggets without features count as unlike all others."""
    if features.nnz == 0 or len(lists) == 0 or lists.shape[1] < 2:
        return None
    rows = np.repeat(np.arange(len(lists)), lists.shape[1])
    kept = lists.ravel() >= 0
    chosen = (np.ones(int(kept.sum()), dtype=np.float32), (rows[kept], lists.ravel()[kept]))
    member = sp.csr_matrix(chosen, shape=(len(lists), features.shape[0]))
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
    places = np.arange(1, len(ordered) + 1)
    return round(float((2 * places - len(ordered) - 1) @ ordered / (len(ordered) * ordered.sum())), 4)
