from __future__ import annotations

from dataclasses import replace

import pytest

from recommender.config import RecommenderSettings
from recommender.errors import NoWinnerError
from recommender.metrics.report import EvaluationReport, EvaluationRow
from recommender.online.comparison import Comparison
from recommender.online.statistics import Difference
from recommender.storage.experiments import Experiment
from recommender.training.gate import (
    Decision,
    RefreshCheck,
    judge_experiment,
    judge_refresh,
    judge_training,
)

SETTINGS = RecommenderSettings()


def _report(
    model: float, popularity: float, learners: int = 100, name: str = "Learnerprise"
) -> EvaluationReport:
    blank = EvaluationRow("", 0, 0, 0, 0, 0, 0, 0)
    rows = (replace(blank, name=name, ndcg=model), replace(blank, name="popularity", ndcg=popularity))
    return EvaluationReport("time", 10, learners, rows)


@pytest.mark.parametrize(
    ("new", "running", "promoted"),
    [
        (_report(0.2, 0.1), None, True),
        (_report(0.1, 0.1), None, False),
        (_report(0.2, 0.1, learners=3), None, False),
        (_report(0.197, 0.1), _report(0.2, 0.1), True),
        (_report(0.19, 0.1), _report(0.2, 0.1), False),
        (_report(0.19, 0.05), _report(0.2, 0.1), True),
        (_report(0.19, 0.1), replace(_report(0.6, 0.3), k=3), False),
        (_report(0.19, 0.08), replace(_report(0.6, 0.3), k=3), True),
        (_report(0.3, 0.1, name="LightFM"), None, False),
        (EvaluationReport("last", 10, 0, ()), None, False),
    ],
)
def test_a_training_must_beat_popularity_and_the_running_model(
    new: EvaluationReport, running: EvaluationReport | None, promoted: bool
) -> None:
    decision = judge_training(new, running, SETTINGS)
    assert decision.is_good is promoted
    assert decision.reason.startswith("promoted" if promoted else "not promoted")


@pytest.mark.parametrize(
    ("check", "promoted"),
    [
        (RefreshCheck(100, 0.2, 0.2), True),
        (RefreshCheck(100, 0.19, 0.2), False),
        (RefreshCheck(5, 0.3, 0.2), False),
    ],
)
def test_a_refresh_must_not_be_worse_on_the_newest_interactions(check: RefreshCheck, promoted: bool) -> None:
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
