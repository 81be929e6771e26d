"""Chooses a blend: weights and options of its terms, how lists are made, and what newcomers get, in one search.

All of it is judged on each learner's newest tenth. The search starts from defaults and takes a step only where it is
clearly better, so that little data changes little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from recommender.config import TrainingSettings
from recommender.dataset.learner_states import COOCCURRENCE, LIGHTFM, TRANSITIONS
from recommender.errors import TooLittleDataError
from recommender.metrics.splits import Split
from recommender.models.assembly import train
from recommender.models.blend import counts_before, lightfm_scorer, newcomer_scorer, standardise
from recommender.models.lightfm import Progress
from recommender.models.trained_model import POPULARITY, TrainedModel
from recommender.models.trends import RECENT, TREND, half_lives
from recommender.ranking.diversity import unit_rows
from recommender.ranking.lists import ListSettings
from recommender.ranking.served import list_scores
from recommender.training.terms import Option, Terms
from recommender.training.validation import MIN_LEARNERS, Quality, Validation, with_a_past, without_a_past

Array = np.ndarray[Any, np.dtype[Any]]
Weights = Mapping[str, float]
FIRST_BLEND: Weights = {LIGHTFM: 0.6, COOCCURRENCE: 0.3, TRANSITIONS: 0.1}
TERMS = (LIGHTFM, COOCCURRENCE, TRANSITIONS, RECENT, TREND)
SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
FIRST_SHARE, SMALLEST_SHARE = 0.2, 0.01
ROUNDS = 3
ERRORS = 0.5
"""A step must gain so many standard errors: the fewer the learners, the larger these are."""
PENALTIES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
DIVERSITIES = (0.0, 0.05, 0.1, 0.2)
VARIETY_COSTS = 0.0025
"""Of the best NDCG, what each of popularity penalty and diversity may cost: the most variety within it is chosen."""
SAMPLES = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen: settings, the numbers behind it, weights, the lists, and what newcomers get."""

    settings: TrainingSettings
    validation: Mapping[str, Any]
    blend: Weights = field(default_factory=lambda: FIRST_BLEND)
    lists: ListSettings = ListSettings()
    newcomers: str = POPULARITY

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the manifest of a model keeps of it."""
        return {
            "blend": dict(self.blend),
            "lists": {"penalty": self.lists.penalty, "diversity": self.lists.diversity},
            "newcomers": self.newcomers,
            "validation": dict(self.validation),
        }


@dataclass(frozen=True, slots=True)
class _Point:
    """A point of the search: weights that add up to 1, the option of each term, and how good lists are with them."""

    weights: Weights
    options: Mapping[str, Option]
    quality: Quality


def choose(split: Split, settings: TrainingSettings, progress: Progress = lambda line: None) -> Choice:
    """Choose on the future of a split; with fewer than 20 learners with a past everything is left at its default.

    Learners without a past have no say in the weights, as nothing is scored with them; they decide what newcomers
    get.
    """
    known = with_a_past(split)
    defaults = Choice(settings, {"learners": len(known.learners)})
    if len(known.learners) < MIN_LEARNERS:
        return defaults
    progress(f"choosing the blend on {len(known.learners)} learners")
    if not half_lives(split.train.at):
        progress("times tell nothing: recent use and trends are left out")
    try:
        model = train(split.train, settings, progress)
    except TooLittleDataError:
        return defaults
    validation = Validation(known)
    search = _Search(Terms(model, known, validation), validation)
    choice = _with_newcomers(_with_lists(search), model, split)
    for line in describe(choice.facts).splitlines():
        progress(line)
    return choice


def describe(facts: Mapping[str, Any]) -> str:
    """Say in lines what the facts of a model hold of its choice; nothing where nothing was chosen."""
    validation = facts.get("validation", {})
    if "intervals" not in validation:
        return ""
    weights = ", ".join(
        f"{name} {facts['blend'].get(name, 0.0):.2g} ({low:.2g} to {high:.2g})"
        for name, (low, high) in validation["intervals"].items()
    )
    alone = ", ".join(f"{name} {ndcg:.4f}" for name, ndcg in validation["alone"].items())
    lines = [
        f"blend: {weights} (weights with 95 % intervals)",
        f"NDCG {validation['ndcg']:.4f}, as listed {validation['listed_ndcg']:.4f}, on {validation['learners']} "
        f"learners (alone: {alone})",
        f"popularity penalty {facts['lists']['penalty']:g}, diversity {facts['lists']['diversity']:g}; newcomers get "
        f"{facts['newcomers']}",
    ]
    if not facts["blend"].get(LIGHTFM):
        lines.append("LightFM has no weight in the blend: on this data other terms do better without it")
    return "\n".join(lines)


class _Search:
    """Coordinate ascent: one term after the other gets its best option, then its best weight.

    `visited` are all points that were judged, `alone` are the terms by themselves, `drawn` the best points for random
    samples of the learners. `best` is the mean of these, which depends less on chance than the best point for all.
    """

    def __init__(self, terms: Terms, validation: Validation) -> None:
        self.terms, self.validation = terms, validation
        self.visited: list[_Point] = []
        first = {name: options[0] for name, options in terms.options.items() if options}
        best = self._ascend(self._judge(FIRST_BLEND, first))
        self.alone = {name: self._best_alone(name, [first, best.options]) for name in first}
        self.drawn = self._draw()
        self.best = self._or_alone(self._mean(best))

    def total(self, point: _Point) -> Array:
        """Return the blended scores (learners x items) of a point."""
        return self._total(point.weights, point.options)

    def intervals(self) -> dict[str, tuple[float, float]]:
        """Return, by term, between which weights the best point lies for 95 % of random samples of the learners."""
        found = {name: [point.weights.get(name, 0.0) for point in self.drawn] for name in self.terms.options}
        return {
            name: (round(float(np.quantile(one, 0.025)), 4), round(float(np.quantile(one, 0.975)), 4))
            for name, one in found.items()
        }

    def _draw(self) -> list[_Point]:
        qualities = np.stack([point.quality.by_learner for point in self.visited])
        learners = qualities.shape[1]
        drawn = np.random.default_rng(1).multinomial(learners, self.validation.weights, size=SAMPLES)
        return [self.visited[position] for position in np.argmax(drawn @ qualities.T, axis=1)]

    def _mean(self, best: _Point) -> _Point:
        """Judge the mean of the weights drawn, each term with the option that has most of its weight."""
        weights = {name: sum(one.weights.get(name, 0.0) for one in self.drawn) / SAMPLES for name in TERMS}
        weights = {name: weight for name, weight in weights.items() if weight >= SMALLEST_SHARE}
        whole, options = sum(weights.values()), dict(best.options)
        for name in weights:
            votes = [
                (sum(one.weights.get(name, 0.0) for one in self.drawn if one.options[name] == option), order)
                for order, option in enumerate(self.terms.options[name])
            ]
            options[name] = self.terms.options[name][max(votes)[1]]
        return self._judge({name: weight / whole for name, weight in weights.items()}, options)

    def _ascend(self, best: _Point) -> _Point:
        for _ in range(ROUNDS):
            before = best
            for term, options in self.terms.options.items():
                best = max(
                    (
                        point
                        for point in self._steps(best, term, options)
                        if point.quality.is_better(best.quality, ERRORS)
                    ),
                    key=lambda point: point.quality.mean,
                    default=best,
                )
            if best is before:
                break
        return best

    def _steps(self, best: _Point, term: str, options: Sequence[Option]) -> Iterator[_Point]:
        """Yield the point with each option of a term, then those with each share of the best option."""
        others = {name: weight for name, weight in best.weights.items() if name != term}
        if not others or not options:
            return
        share = best.weights.get(term) or FIRST_SHARE
        tried = (
            [self._with_share(best, term, option, share) for option in options] if len(options) > 1 else []
        )
        yield from tried
        option = max(tried, key=lambda point: point.quality.mean).options[term] if tried else options[0]
        for one in SHARES:
            if one != share or not tried:
                yield self._with_share(best, term, option, one)

    def _with_share(self, best: _Point, term: str, option: Option, share: float) -> _Point:
        """Judge the blend in which a term has this share, and the others what is left, as they had it before."""
        others = {name: weight for name, weight in best.weights.items() if name != term}
        whole = sum(others.values())
        weights = {name: (1 - share) * weight / whole for name, weight in others.items()} | {term: share}
        used = {name: weights[name] for name in TERMS if weights.get(name, 0.0) > 0}
        return self._judge(used, {**best.options, term: option})

    def _best_alone(self, name: str, options: Sequence[Mapping[str, Option]]) -> _Point:
        """Return the better of a term alone with its first option and with the one that the search chose."""
        points = [self._judge({name: 1.0}, one) for one in options]
        return max(points, key=lambda point: point.quality.mean)

    def _or_alone(self, mean: _Point) -> _Point:
        """Return the blend, or one of its terms where it alone is clearly better; LightFM where it is better at all."""
        better = [
            one
            for name, one in self.alone.items()
            if one.quality.is_better(mean.quality, 0.0 if name == LIGHTFM else ERRORS)
        ]
        return max(better, key=lambda point: point.quality.mean, default=mean)

    def _judge(self, weights: Weights, options: Mapping[str, Option]) -> _Point:
        point = _Point(weights, options, self.validation.measure(self._total(weights, options)))
        self.visited.append(point)
        return point

    def _total(self, weights: Weights, options: Mapping[str, Option]) -> Array:
        parts = (
            np.float32(weight) * self.terms.values(name, options[name]) for name, weight in weights.items()
        )
        return np.asarray(sum(parts))


def _with_lists(search: _Search) -> Choice:
    """Choose popularity penalty and diversity for the best blend, and put everything chosen together."""
    best, model, validation = search.best, search.terms.model, search.validation
    values = standardise(search.total(best), validation.candidates).values
    popularity = np.broadcast_to(np.log1p(model.popularity), values.shape)
    popular = standardise(popularity, validation.candidates).values
    penalties = {one: validation.measure(values - np.float32(one) * popular) for one in PENALTIES}
    penalty = _most_variety(penalties)
    vectors = unit_rows(model.item_embeddings)
    diversities = {}
    for one in DIVERSITIES:
        lists = ListSettings(penalty, one)
        listed = [
            list_scores(line, mask, model.popularity, vectors, validation.k, lists)
            for line, mask in zip(values, validation.candidates, strict=True)
        ]
        diversities[one] = validation.measure(np.stack(listed))
    diversity = _most_variety(diversities)
    options = {name: value for term in best.weights for name, value in best.options[term].items()}
    settings = replace(model.settings, **options)  # type: ignore[arg-type]
    numbers = {
        "learners": len(validation.users),
        "ndcg": round(best.quality.ndcg, 6),
        "listed_ndcg": round(diversities[diversity].ndcg, 6),
        "alone": {name: round(point.quality.ndcg, 6) for name, point in search.alone.items()},
        "intervals": search.intervals(),
    }
    weights = {name: round(weight, 4) for name, weight in best.weights.items()}
    return Choice(settings, numbers, weights, ListSettings(penalty, diversity))


def _most_variety(qualities: Mapping[float, Quality]) -> float:
    """Return the largest value that costs next to nothing, compared with the best one."""
    best = max(one.ndcg for one in qualities.values())
    return max(value for value, one in qualities.items() if one.ndcg >= (1 - VARIETY_COSTS) * best)


def _with_newcomers(choice: Choice, model: TrainedModel, split: Split) -> Choice:
    """Choose what learners without a past get: what is popular in their segments, ever or lately, or by LightFM."""
    newcomers = without_a_past(split)
    if len(newcomers.learners) < MIN_LEARNERS:
        return choice
    validation = Validation(newcomers)
    found = {}
    for name in (POPULARITY, RECENT, TREND, LIGHTFM):
        one = replace(
            model, settings=choice.settings, facts={**model.facts, **choice.facts, "newcomers": name}
        )
        counts_of = counts_before(one, split.train, split.moments_us)
        maker = lightfm_scorer if name == LIGHTFM else newcomer_scorer
        scorer = maker(one, split.train) if name == LIGHTFM else newcomer_scorer(one, split.train, counts_of)
        found[name] = validation.measure(scorer(validation.users))
    better = [name for name, one in found.items() if one.is_better(found[POPULARITY], ERRORS)]
    best = max(better, key=lambda name: found[name].mean, default=POPULARITY)
    numbers = {name: round(one.ndcg, 6) for name, one in found.items()}
    return replace(choice, newcomers=best, validation={**choice.validation, "newcomers": numbers})
