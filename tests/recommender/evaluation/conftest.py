"""A small comparison, as values."""

from __future__ import annotations

import pytest

from recommender.evaluation.comparison import Comparison
from recommender.evaluation.groups import Character, Exposure, Segment
from recommender.metrics.intervals import Interval
from recommender.metrics.report import EvaluationReport, EvaluationRow

OURS, PLAIN = "Learnerprise", "popularity"
VALIDATION = {
    "learners": 30,
    "ndcg": 0.15,
    "listed_ndcg": 0.149,
    "alone": {"lightfm": 0.14},
    "intervals": {"lightfm": (0.5, 0.8), "trend": (0.0, 0.1)},
}

SEGMENT = Segment(
    "team", "red", 9, {OURS: 0.2, PLAIN: 0.1}, Interval(0.2, 0.15, 0.3), PLAIN, Interval(0.1, -0.02, 0.2)
)


@pytest.fixture
def comparison() -> Comparison:
    rows = (
        EvaluationRow(OURS, 0.02, 0.2, 0.16, 0.14, 0.9, 0.7, 30.0),
        EvaluationRow(PLAIN, 0.01, 0.1, 0.03, 0.02, 0.8, 0.01, 0.0),
    )
    return Comparison(
        report=EvaluationReport("time", 10, 40, rows, 100),
        options={OURS: {}, PLAIN: {"half_life": 0.1}},
        ndcg={OURS: Interval(0.16, 0.1, 0.2), PLAIN: Interval(0.03, 0.01, 0.05)},
        differences={PLAIN: Interval(0.13, -0.01, 0.2)},
        ratios={PLAIN: Interval(5.3, 0.9, 9.0)},
        best_other=PLAIN,
        characters=(Character(OURS, 5.0, 0.5, 1.1, 0.6), Character(PLAIN, 2.0, None, 3.0, 0.9)),
        segments=(SEGMENT,),
        exposures=(Exposure("language", "ca", OURS, 7, 0.1, 0.2),),
        facts={
            "blend": {"lightfm": 0.7, "cooccurrence": 0.3},
            "lists": {"penalty": 0.2, "diversity": 0.05},
            "newcomers": "popularity",
            "validation": VALIDATION,
        },
    )
