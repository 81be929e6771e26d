from __future__ import annotations

import pytest

from recommender.metrics.report import EvaluationReport, EvaluationRow, list_length

WORSE = EvaluationRow("popularity", 0.01, 0.1, 0.03, 0.02, 0.8, 0.01, 0.0)
BETTER = EvaluationRow("LightFM", 0.02, 0.2, 0.16, 0.14, 0.9, 0.7, 30.0)


def test_the_table_has_the_best_first() -> None:
    lines = EvaluationReport("last", 10, 20, (WORSE, BETTER)).as_text().splitlines()
    assert "NDCG@10" in lines[0]
    assert lines[1].startswith("LightFM")
    assert lines[3] == "20 learners, each learner's last interaction held out"


def test_a_row_is_found_by_name() -> None:
    report = EvaluationReport("time", 10, 20, (WORSE, BETTER))
    assert report.row("LightFM") == BETTER
    assert report.row("EASE") is None


def test_the_report_becomes_plain_values() -> None:
    values = EvaluationReport("time", 10, 20, (WORSE,)).as_dict()
    assert values["rows"][0]["ndcg"] == 0.03


def test_a_report_is_read_back_as_it_was() -> None:
    report = EvaluationReport("time", 3, 20, (WORSE, BETTER), 7)
    assert EvaluationReport.from_dict(report.as_dict()) == report


@pytest.mark.parametrize(("nuggets", "length"), [(0, 1), (2, 1), (7, 3), (19, 9), (20, 10), (5000, 10)])
def test_lists_are_of_half_of_the_nuggets_at_most(nuggets: int, length: int) -> None:
    assert list_length(10, nuggets) == length


def test_the_table_says_when_the_lists_are_short() -> None:
    lines = EvaluationReport("time", 3, 20, (WORSE,), 7).as_text().splitlines()
    assert "NDCG@3" in lines[0]
    assert lines[-1] == "20 learners, the newest interactions held out; k is half of the 7 nuggets"


def test_the_table_says_how_much_of_the_future_nobody_could_recommend() -> None:
    lines = EvaluationReport("learner", 10, 20, (WORSE,), 70, 0.034).as_text().splitlines()
    assert lines[-2] == "20 learners, each learner's newest interactions held out"
    assert lines[-1].startswith("3.4% of the held-out interactions are not measured")
