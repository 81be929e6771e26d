from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from lrs.errors import RequestRefusedError
from recommender.evaluation.charts import Bar, bar_chart, write_plots
from recommender.evaluation.comparison import Comparison
from recommender.evaluation.groups import Character, Exposure, Segment
from recommender.evaluation.text import as_text
from recommender.metrics.intervals import Interval
from recommender.metrics.report import EvaluationReport, EvaluationRow

OURS, PLAIN = "Learnerprise", "popularity"


@pytest.fixture
def comparison() -> Comparison:
    rows = (
        EvaluationRow(OURS, 0.02, 0.2, 0.16, 0.14, 0.9, 0.7, 30.0),
        EvaluationRow(PLAIN, 0.01, 0.1, 0.03, 0.02, 0.8, 0.01, 0.0),
    )
    return Comparison(
        report=EvaluationReport("time", 10, 40, rows, 100),
        options={OURS: {}, PLAIN: {"half_life": 0.1}},
        differences={PLAIN: Interval(0.13, -0.01, 0.2)},
        characters=(Character(OURS, 5.0, 0.5, 1.1, 0.6), Character(PLAIN, 2.0, None, 3.0, 0.9)),
        segments=(Segment("team", "red", OURS, 9, 0.2), Segment("team", "red", PLAIN, 9, 0.1)),
        exposures=(Exposure("language", "ca", OURS, 7, 0.1, 0.2),),
        facts={"blend": {"lightfm": 1.0}},
    )


def test_a_chart_is_well_formed_whatever_the_names() -> None:
    chart = ElementTree.fromstring(
        bar_chart("<&>", [Bar('a "team" <b>', 0.5, True), Bar("none", 0.0, False)])
    )
    assert chart.tag.endswith("svg")
    assert len(list(chart)) > 6


def test_a_chart_of_nothing_is_well_formed() -> None:
    ElementTree.fromstring(bar_chart("nothing", []))


def test_charts_are_written(comparison: Comparison, tmp_path: Path) -> None:
    written = write_plots(comparison, tmp_path / "charts")
    assert {path.name for path in written} == {
        "ndcg.svg",
        "coverage.svg",
        "popularity.svg",
        "segments.svg",
        "exposure.svg",
    }
    for path in written:
        ElementTree.fromstring(path.read_text())


def test_a_folder_that_cannot_be_written_is_told(comparison: Comparison, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RequestRefusedError, match="No charts can be written"):
        write_plots(comparison, tmp_path / "file")


def test_the_text_says_what_may_be_chance(comparison: Comparison) -> None:
    text = as_text(comparison, with_groups=True)
    assert "+0.1300  [-0.0100, +0.2000]  (may be chance)" in text
    assert "half life 0.1" in text
    assert "(best other: popularity 0.1000)" in text
    assert "shown 0.100  taken 0.200  ratio 0.50" in text
    assert "team red" not in as_text(comparison, with_groups=False)


def test_everything_becomes_plain_values(comparison: Comparison) -> None:
    values = comparison.as_dict()
    assert values["ndcg_differences"][PLAIN] == {"mean": 0.13, "low": -0.01, "high": 0.2}
    assert values["exposures"][0]["ratio"] == 0.5
    assert values["model"] == {"blend": {"lightfm": 1.0}}
