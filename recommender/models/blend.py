"""The blend of a model's terms: each is standardised over a learner's candidates, weighted and added.

The scorers are linear in the past, so the sum can be split again by past item
(recommender/serving/nuggets/contributions.py). What is used lately is the same for all learners.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.dataset.dataset import Dataset, starts_of
from recommender.dataset.features import FeatureSpace
from recommender.dataset.learner_states import CONTENT, COOCCURRENCE, LIGHTFM, TRANSITIONS, past_matrix
from recommender.models.linear import Factors, LinearScorer, Links, Scorer
from recommender.models.trained_model import POPULARITY, TrainedModel
from recommender.models.trends import RECENT, TREND, decayed_counts, values_of

Array = np.ndarray[Any, np.dtype[Any]]
Pasts = Mapping[str, sp.csr_matrix]
"""For each scorer, learners x items: how much each past item counts."""
Counts = Mapping[str, Array]
"""For `recent` and `trend`, what is used lately: decayed counts of items, or learners x items."""
CountsOf = Callable[[Array], Counts]
"""Takes the positions of learners in a dataset, returns what is used lately at each one's moment."""
LATELY = (RECENT, TREND)
LEAST = 0.5
"""The least deviation of what is used lately: scaled by less, acts of long ago would count like those of today."""
SEGMENT_WEIGHT = 1.0
LENT_SHARE = 0.5
COLD_SCALE, COLD_ALONE = 1.5, 0.3


@dataclass(frozen=True, slots=True)
class Standard:
    """Scores of one scorer (learners x items), their mean and standard deviation (learners x 1) over the candidates."""

    raw: Array
    mean: Array
    deviation: Array

    @property
    def scale(self) -> Array:
        """Return one over the standard deviation; 0 where all candidates have the same score."""
        positive = self.deviation > 0
        return np.divide(1.0, self.deviation, out=np.zeros_like(self.deviation), where=positive)

    @property
    def values(self) -> Array:
        """Return the scores in standard deviations above the mean."""
        return np.asarray((self.raw - self.mean) * self.scale)


def scorers_of(model: TrainedModel) -> dict[str, LinearScorer]:
    """Return the scorers that count for a model, by name."""
    found: dict[str, LinearScorer] = {LIGHTFM: Factors(model.history_embeddings, model.item_embeddings)}
    if model.blend.get(COOCCURRENCE) or model.cold.any():
        found[COOCCURRENCE] = Links(model.cooccurrence)
    if model.blend.get(TRANSITIONS):
        found[TRANSITIONS] = Links(model.transitions)
    if model.cold.any():
        found[CONTENT] = Factors(model.features, model.features)
    return found


def weights_of(model: TrainedModel, name: str) -> Array | float:
    """Return the weight of a term: one number, or one for each item where cold items are scored differently."""
    if not model.cold.any():
        return _warm_weight(model, name)
    weights: Array = np.where(model.cold, _cold_weight(model, name), _warm_weight(model, name))
    return weights.astype(np.float32)


def weights_at(model: TrainedModel, name: str, items: Array) -> Array:
    """Return the weight of a scorer for each of these items (positions)."""
    return np.where(model.cold[items], _cold_weight(model, name), _warm_weight(model, name))


def _warm_weight(model: TrainedModel, name: str) -> float:
    return float(model.blend.get(name, 0.0))


def _cold_weight(model: TrainedModel, name: str) -> float:
    """Return the weight for cold items of their similarity in content, and of what similar items lend them.

    The weights add up to 1.5 times that of co-occurrence for other items (measured: docs/decisions/0009): enough
    for cold items to be shown, too little to push others out. What is used lately counts for them as for others.
    """
    if name in LATELY:
        return _warm_weight(model, name)
    share = model.settings.content_share
    parts = {
        CONTENT: share,
        COOCCURRENCE: (1 - share) * LENT_SHARE,
        LIGHTFM: (1 - share) * (1 - LENT_SHARE),
    }
    return COLD_SCALE * (_warm_weight(model, COOCCURRENCE) or COLD_ALONE) * parts.get(name, 0.0)


def side_scores(model: TrainedModel, side: sp.csr_matrix) -> Array:
    """Return learners x items: what LightFM adds for the side features (learners x side names, not scaled yet)."""
    vectors = (side @ model.side_embeddings) * np.float32(model.settings.side_weight)
    return np.asarray(vectors @ model.item_embeddings.T + model.item_biases)


def standard_scores(
    model: TrainedModel, pasts: Pasts, side: sp.csr_matrix, candidates: Array, counts: Counts
) -> dict[str, Standard]:
    """Score learners with every term of the model; `candidates` is a mask of learners x items."""
    found = {}
    for name, scorer in scorers_of(model).items():
        raw = scorer.scores(pasts[name])
        found[name] = standardise(raw + side_scores(model, side) if name == LIGHTFM else raw, candidates)
    return found | lately_scores(model, candidates, counts)


def lately_scores(model: TrainedModel, candidates: Array, counts: Counts) -> dict[str, Standard]:
    """Score by what is used lately, as far as it has a weight; `candidates` is a mask of learners x items."""
    return {
        name: standardise(np.broadcast_to(values_of(counts[name]), candidates.shape), candidates, LEAST)
        for name in LATELY
        if model.blend.get(name)
    }


def standardise(raw: Array, candidates: Array, least: float = 0.0) -> Standard:
    """Return scores with each learner's mean and standard deviation over the candidates; both are 0 without any.

    The deviation is at least `least`.
    """
    count = np.maximum(np.count_nonzero(candidates, axis=1)[:, None], 1)
    mean = np.einsum("ij,ij->i", raw, candidates, dtype=np.float64)[:, None] / count
    # Centred before squaring: the squares of large scores would lose the small differences between them.
    centred = (raw - mean.astype(raw.dtype)) * candidates
    deviation = np.sqrt(np.einsum("ij,ij->i", centred, centred)[:, None] / count)
    spread = np.maximum(_without_noise(deviation, mean), least)
    return Standard(raw, mean.astype(np.float32), spread.astype(np.float32))


def blend(model: TrainedModel, scores: Mapping[str, Standard]) -> Array:
    """Return learners x items: the weighted sum of the scorers' standardised scores."""
    total = np.zeros_like(scores[LIGHTFM].raw)
    for name, standard in scores.items():
        total += weights_of(model, name) * standard.values
    return total


def newcomer_parts(model: TrainedModel, counts: Counts, names: Collection[str]) -> dict[str, Array]:
    """Return the scores of learners without a past: popularity, and (by name of the segment) popularity in it.

    Popularity is that of all times, or what is used lately, as chosen; a segment has the share in it that it always
    had.
    """
    popular = model.popularity if model.newcomers == POPULARITY else counts[model.newcomers]
    parts = {"": _spread(values_of(popular))}
    for position, name in enumerate(model.segments):
        if name in names:
            own = np.asarray(model.segment_popularity[position].todense()).ravel()
            shares = own / np.maximum(model.popularity, 1)
            parts[name] = SEGMENT_WEIGHT * _spread(values_of(popular * shares))
    return parts


def lightfm_scorer(model: TrainedModel, dataset: Dataset) -> Scorer:
    """Score all items with LightFM alone, for positions of `dataset.users` (any learners, the model's items)."""
    past = past_matrix(dataset, LIGHTFM, model.settings)
    scorer = Factors(model.history_embeddings, model.item_embeddings)
    return lambda users: scorer.scores(past[users]) + side_scores(model, dataset.side[users])


def blended_scorer(model: TrainedModel, dataset: Dataset, counts_of: CountsOf | None = None) -> Scorer:
    """Score all items as the model does, for positions of `dataset.users` (any learners, the model's items).

    Learners without a past get what was chosen for newcomers. What a learner of the dataset took is the history and
    not a candidate. The dataset must have the items and side names of the training's (as `dataclasses.replace` or a
    split gives). Without `counts_of`, what is used lately is that of the end of the model's training.
    """
    pasts = {name: past_matrix(dataset, name, model.settings) for name in scorers_of(model)}
    known = dataset.known()
    by_lightfm = model.newcomers == LIGHTFM
    score_newcomers = (
        lightfm_scorer(model, dataset) if by_lightfm else newcomer_scorer(model, dataset, counts_of)
    )

    def scorer(users: Array) -> Array:
        candidates = known[users].toarray() == 0
        rows = {name: past[users] for name, past in pasts.items()}
        counts = counts_of(users) if counts_of else model.counts_at(0)
        values = blend(model, standard_scores(model, rows, dataset.side[users], candidates, counts))
        fresh = np.diff(dataset.starts)[users] == 0
        values[fresh] = score_newcomers(users[fresh])
        return values

    return scorer


def counts_before(model: TrainedModel, dataset: Dataset, moments_us: Array) -> CountsOf:
    """Return what interactions of a dataset show to be used lately just before moments, one for each learner.

    The learners may be those of another dataset; items that the model lacks are left out.
    """
    position = np.array([model.item_index.get(item, -1) for item in dataset.items], dtype=np.int64)
    item_of = position[dataset.item_of]
    at, item_of = dataset.at[item_of >= 0], item_of[item_of >= 0]

    def counts_of(users: Array) -> Counts:
        return {
            name: decayed_counts(item_of, at, len(model.items), moments_us[users], model.half_life_s(name))
            for name in LATELY
            if model.blend.get(name) or model.newcomers == name
        }

    return counts_of


def earlier_scorer(model: TrainedModel, dataset: Dataset, counts_of: CountsOf | None = None) -> Scorer:
    """Score a dataset's learners and items with a model trained before it; items the model lacks come last."""
    position = np.array([model.item_index.get(item, -1) for item in dataset.items], dtype=np.int64)
    blended = blended_scorer(model, _in_terms_of(model, dataset, position), counts_of)

    def scorer(users: Array) -> Array:
        known = blended(users)
        scores = np.tile(known.min(axis=1, keepdims=True) - 1, (1, len(position)))
        scores[:, position >= 0] = known[:, position[position >= 0]]
        return np.asarray(scores)

    return scorer


def _in_terms_of(model: TrainedModel, dataset: Dataset, position: Array) -> Dataset:
    """Return the dataset with the items (at `position` in the model, or -1) and side names of a model."""
    kept = position[dataset.item_of] >= 0
    user_of = dataset.user_of[kept]
    sides = {name: column for column, name in enumerate(dataset.side_names)}
    pairs = [(sides[name], column) for column, name in enumerate(model.side_names) if name in sides]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    shape = (len(sides), len(model.side_names))
    # Multiplied with the side features, this matrix of ones moves each column to its place in the model.
    renamed = sp.csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    return replace(
        dataset,
        items=model.items,
        user_of=user_of,
        item_of=position[dataset.item_of][kept].astype(np.int32),
        at=dataset.at[kept],
        weight=dataset.weight[kept],
        starts=starts_of(user_of, len(dataset.users)),
        completed=sp.csr_matrix((len(dataset.users), len(model.items)), dtype=np.float32),
        item_features=model.features,
        side=(dataset.side @ renamed).tocsr(),
        side_names=model.side_names,
        item_languages=model.languages,
        features=FeatureSpace(model.feature_names, model.feature_rarity),
    )


def newcomer_scorer(model: TrainedModel, dataset: Dataset, counts_of: CountsOf | None = None) -> Scorer:
    """Score all items by their popularity, in all and in a learner's segments, for positions of `dataset.users`."""
    segments = [dataset.side_names.index(name) for name in model.segments]

    def scorer(users: Array) -> Array:
        counts = counts_of(users) if counts_of else model.counts_at(0)
        lines = np.zeros((len(users), len(model.items)))
        for row, members in enumerate(dataset.side[users][:, segments].tocsr()):
            names = [model.segments[column] for column in members.indices]
            weights = dict(zip(names, members.data.tolist(), strict=True))
            own = {name: one if one.ndim == 1 else one[row] for name, one in counts.items()}
            parts = newcomer_parts(model, own, weights)
            lines[row] = sum(weights.get(name, 1.0) * part for name, part in parts.items())
        return lines

    return scorer


def _without_noise(deviation: Array, mean: Array) -> Array:
    """Set deviations to zero that are only rounding errors of the mean."""
    return np.where(deviation > 1e-6 * np.abs(mean), deviation, 0)


def _spread(values: Array) -> Array:
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation > 0 else np.zeros_like(values)
