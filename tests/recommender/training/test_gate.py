from __future__ import annotations

import numpy as np
import pytest

from recommender.config import RecommenderSettings
from recommender.errors import NoWinnerError
from recommender.online.comparison import Comparison
from recommender.online.statistics import Difference
from recommender.storage.experiments import Experiment
from recommender.training.gate import (
    Check,
    Decision,
    Rival,
    judge_experiment,
    judge_refresh,
    judge_training,
    suits_newcomers,
)

SETTINGS = RecommenderSettings()


FEW = Check("newcomers", 3)


def _ndcgs(mean: float, learners: int = 100, spread: float = 0.05) -> np.ndarray:
    return mean + spread * np.random.default_rng(1).permutation(np.linspace(-1, 1, learners))


def _check(ours: float, popularity: float, running: float | None = None, kind: str = "known") -> Check:
    mine, plain = _ndcgs(ours), _ndcgs(popularity)
    rival = None if running is None else Rival.of("the running model", mine, _ndcgs(running))
    return Check(kind, 100, ours, Rival.of("popularity", mine, plain), rival)


@pytest.mark.parametrize(
    ("known", "promoted", "reason"),
    [
        (_check(0.2, 0.1), True, "popularity 0.1000 (difference +0.1000, 95 % interval +0.1000 to +0.1000)"),
        (_check(0.1, 0.1), False, "it does not beat popularity; known (100): NDCG 0.1000"),
        (Check("known", 3), False, "only 3 learners to measure on"),
        (_check(0.197, 0.1, 0.2), True, "the running model 0.2000"),
        (_check(0.19, 0.1, 0.2), False, "more than 2% worse than what runs now; known (100): NDCG 0.1900"),
        (_check(0.3, 0.1, 0.2), True, "difference +0.1000"),
    ],
)
def test_a_training_must_beat_popularity_and_not_be_worse_than_what_runs_now(
    known: Check, promoted: bool, reason: str
) -> None:
    decision = judge_training(known, FEW, SETTINGS)
    assert decision.is_good is promoted
    assert decision.reason.startswith("promoted" if promoted else "not promoted")
    assert reason in decision.reason


def test_what_may_be_chance_refuses_nothing() -> None:
    random = np.random.default_rng(1)
    ours, running = random.random(30), random.random(30) + 0.03
    known = Check("known", 30, 0.5, Rival.of("popularity", ours, ours - 0.1), Rival.of("it", ours, running))
    assert judge_training(known, FEW, SETTINGS).is_good


def test_newcomers_have_no_veto_but_get_what_is_popular_where_that_is_better() -> None:
    newcomers = _check(0.1, 0.2, kind="newcomers")
    decision = judge_training(_check(0.2, 0.1), newcomers, SETTINGS)
    assert decision.is_good
    assert "newcomers (100): NDCG 0.1000, popularity 0.2000" in decision.reason
    assert not suits_newcomers(newcomers)
    assert suits_newcomers(_check(0.3, 0.2))
    assert suits_newcomers(FEW)


@pytest.mark.parametrize(
    ("check", "promoted"),
    [(_check(0.2, 0.1, 0.2), True), (_check(0.19, 0.1, 0.2), False), (Check("fresh", 5), False)],
)
def test_a_refresh_must_not_be_worse_on_the_newest_interactions(check: Check, promoted: bool) -> None:
    assert judge_refresh(check, SETTINGS).is_good is promoted


def test_force_promotes_and_says_so() -> None:
    assert Decision(False, "not promoted: why").forced().reason == "promoted by force (not promoted: why)"
    assert Decision(True, "promoted: why").forced().reason == "promoted: why"


def _compared(difference: float, p: float) -> Comparison:
    found = {"completed": Difference(difference, -1.0, 1.0, p)}
    return Comparison(Experiment(1, (3, 4), 50, 0), (), found)


@pytest.mark.parametrize(("difference", "winner"), [(0.2, 4), (-0.2, 3)])
def test_the_better_version_of_an_experiment_wins(difference: float, winner: int) -> None:
    assert judge_experiment(_compared(difference, 0.01), "completed") == winner


def test_without_a_clear_difference_there_is_no_winner() -> None:
    with pytest.raises(NoWinnerError, match=r"p = 0\.200"):
        judge_experiment(_compared(0.2, 0.2), "completed")
    with pytest.raises(NoWinnerError, match="nothing was seen yet"):
        judge_experiment(_compared(0.2, 0.01), "opened")
