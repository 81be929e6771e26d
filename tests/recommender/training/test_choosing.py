from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.config import RecommenderSettings, TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.metrics.report import measure
from recommender.metrics.splits import Split, split_last, split_marked, split_newest
from recommender.models.blend import blended_scorer, counts_before, lightfm_scorer
from recommender.ranking.lists import ListSettings
from recommender.training.choosing import FIRST_BLEND, choose
from recommender.training.fit import fit, train_chosen
from recommender.training.validation import validation_split, with_a_past

Interests = Callable[..., dict[str, list[str]]]
MakeDataset = Callable[..., Dataset]
DAY_US = 86_400_000_000


def _best_alone(validation: Mapping[str, Any]) -> float:
    best: float = max(validation["alone"].values())
    return best


def test_the_blend_is_chosen_on_the_past_and_holds_on_the_future(
    interests: Interests, make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    split = split_last(make_dataset(interests()))
    choice = choose(validation_split(split.train), quick)
    model = train_chosen(split.train, choice)
    blend = measure("blend", blended_scorer(model, split.train), split, 10, 0)
    alone = measure("LightFM", lightfm_scorer(model, split.train), split, 10, 0)
    assert choice.validation["ndcg"] >= 0.99 * _best_alone(choice.validation)
    assert choice.validation["listed_ndcg"] >= 0.99 * choice.validation["ndcg"]
    assert choice.validation["intervals"].keys() == {
        "lightfm",
        "cooccurrence",
        "transitions",
        "recent",
        "trend",
    }
    assert blend.ndcg > 0.95 * alone.ndcg
    assert blend.auc > 0.9
    assert model.blend == choice.blend
    assert model.settings.recency == choice.settings.recency


def test_half_lives_of_terms_without_weight_stay_as_they_were_set(
    interests: Interests, make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    dataset = make_dataset(interests(60))
    dataset = replace(dataset, at=np.arange(len(dataset.at), dtype=np.int64) * DAY_US)
    own = replace(quick, recent_half_life_s=50 * 86400.0, trend_half_life_s=7200.0)
    lines: list[str] = []
    choice = choose(validation_split(dataset), own, lines.append)
    for name, found, set_to in (
        ("recent", choice.settings.recent_half_life_s, own.recent_half_life_s),
        ("trend", choice.settings.trend_half_life_s, own.trend_half_life_s),
    ):
        assert choice.blend.get(name) or found == set_to
    assert not any("times tell nothing" in line for line in lines)


def test_where_times_tell_nothing_a_line_says_so(
    interests: Interests, make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    lines: list[str] = []
    dataset = make_dataset(interests(40))
    choose(validation_split(replace(dataset, at=np.full_like(dataset.at, 10**15))), quick, lines.append)
    assert "times tell nothing: recent use and trends are left out" in lines


def test_with_few_learners_everything_is_left_at_its_default(
    make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    model = fit(make_dataset({"u": ["a", "b", "c"], "v": ["b", "c", "d"]}), quick)
    assert model.blend == FIRST_BLEND
    assert ListSettings.of(model.facts, RecommenderSettings()) == ListSettings()
    assert model.facts["validation"] == {"learners": 1}


def test_where_nothing_is_learnt_from_others_no_term_is_better_alone(
    make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    random = np.random.default_rng(5)
    taken = {f"u{number:02}": [f"n{one}" for one in random.permutation(40)[:4]] for number in range(30)}
    model = fit(make_dataset(taken), quick)
    assert sum(model.blend.values()) == pytest.approx(1)


def test_a_scorer_that_no_blend_beats_answers_alone(
    make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    """After four courses by chance everybody takes three in a row, so that the last says which one is next."""
    random, courses = np.random.default_rng(0), [f"n{number:02}" for number in range(30)]
    taken = {}
    for learner in range(60):
        start = int(random.integers(30))
        row = [courses[(start + step) % 30] for step in range(3)]
        others = [course for course in courses if course not in row]
        taken[f"u{learner:02}"] = [*map(str, random.permutation(others)[:4]), *row]
    split = split_last(make_dataset(taken))
    lines: list[str] = []
    choice = choose(split, replace(quick, epochs=1), lines.append)
    assert choice.blend == {"transitions": 1.0}
    assert choice.validation["ndcg"] == _best_alone(choice.validation)
    assert any("transitions 1 (" in line for line in lines)
    assert "LightFM has no weight in the blend" in lines[-1]
    scores = blended_scorer(train_chosen(split.train, choice), split.train)(split.learners)
    assert np.isfinite(scores).all()


@pytest.fixture
def beginners(make_dataset: MakeDataset) -> Split:
    """Learners begin with an introduction of their subject, which fewer took than each of its courses.

    Held out are the last course of two thirds of the learners, and the introduction of those who just begin.
    """
    random = np.random.default_rng(3)
    taken = {
        f"u{number:03}": [
            f"s{number % 3}-intro{number % 2}",
            *(f"s{number % 3}-course{one}" for one in random.permutation(9)[:6]),
        ][: 7 if number < 80 else 1]
        for number in range(120)
    }
    dataset = make_dataset(taken)
    step = np.arange(len(dataset.item_of)) - dataset.starts[dataset.user_of]
    return split_marked(dataset, (step == 6) | (dataset.user_of >= 80))


def test_newcomers_get_what_lightfm_says_where_that_is_better_than_what_is_popular(
    beginners: Split, quick: TrainingSettings
) -> None:
    lines: list[str] = []
    choice = choose(beginners, quick, lines.append)
    numbers = choice.validation
    assert numbers["learners"] == 80
    assert numbers["newcomers"]["lightfm"] > 1.05 * numbers["newcomers"]["popularity"]
    assert "newcomers get lightfm" in lines[-1]
    model = train_chosen(beginners.train, choice)
    fresh = np.arange(80, 120)
    alone = lightfm_scorer(model, beginners.train)(fresh)
    assert np.array_equal(blended_scorer(model, beginners.train)(fresh), alone)


def test_weights_are_judged_by_learners_with_a_past(beginners: Split, quick: TrainingSettings) -> None:
    newcomers = replace(beginners, learners=np.arange(80, 120))
    choice = choose(newcomers, quick)
    assert (choice.blend, choice.newcomers, choice.validation) == (FIRST_BLEND, "popularity", {"learners": 0})


@pytest.fixture
def news(make_dataset: MakeDataset) -> Dataset:
    """Learners who come back on some of 40 days, and take what is new that day and something of old."""
    random = np.random.default_rng(2)
    taken, times = {}, []
    for number in range(60):
        days = np.sort(random.permutation(40)[:6])
        pairs = [
            (f"day{day:02}-{random.integers(2)}", f"old{item}")
            for day, item in zip(days, random.permutation(60)[:6], strict=True)
        ]
        taken[f"u{number:02}"] = [one for pair in pairs for one in pair]
        times += [day * DAY_US + random.integers(DAY_US // 2) for day in np.repeat(days, 2)]
    dataset = make_dataset(taken)
    order = np.lexsort((times, dataset.user_of))
    return replace(dataset, item_of=dataset.item_of[order], at=np.array(times)[order])


def test_where_what_is_new_matters_the_trend_gets_a_weight_and_newcomers_get_it(
    news: Dataset, quick: TrainingSettings
) -> None:
    split = split_newest(news, 0.1)
    choice = choose(validation_split(split.train), quick)
    assert choice.blend["trend"] >= 0.3
    model = train_chosen(split.train, choice)
    now = counts_before(model, split.train, split.moments_us)
    known = with_a_past(split)
    trend = measure("blend", blended_scorer(model, split.train, now), known, 10, 0)
    alone = measure("LightFM", lightfm_scorer(model, split.train), known, 10, 0)
    assert trend.ndcg > 1.5 * alone.ndcg


def test_the_same_time_for_everything_gives_the_trend_no_weight(
    news: Dataset, quick: TrainingSettings
) -> None:
    choice = choose(validation_split(replace(news, at=np.zeros_like(news.at))), quick)
    assert choice.blend.keys() <= {"lightfm", "cooccurrence", "transitions"}
