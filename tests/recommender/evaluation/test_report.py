from __future__ import annotations

from recommender.evaluation.report import EvaluationReport, EvaluationRow

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
