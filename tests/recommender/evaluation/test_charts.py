from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lrs.errors import RequestRefusedError
from recommender.evaluation.charts import Bar, draw_bars, write_plots
from recommender.evaluation.comparison import Comparison
from recommender.evaluation.groups import Character, Exposure, Segment
from recommender.evaluation.text import as_text
from recommender.metrics.intervals import Interval
from recommender.metrics.report import EvaluationReport, EvaluationRow

OURS, PLAIN = "Learnerprise", "popularity"
ALONE = {"lightfm_ndcg": 0.14, "cooccurrence_ndcg": 0.12, "transitions_ndcg": 0.1}
VALIDATION = {"learners": 30, "blend_ndcg": 0.15, **ALONE}


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
        facts={
            "blend": {"lightfm": 0.7, "cooccurrence": 0.3},
            "newcomers": "popularity",
            "validation": VALIDATION,
        },
    )


def test_a_chart_shows_labels_and_values_whatever_the_names(tmp_path: Path) -> None:
    bars = [Bar('a "team" <b> $x$ 日本', 0.5, True), Bar("n" * 200, 0.0, False)]
    chart = ElementTree.fromstring(draw_bars(tmp_path / "chart.svg", "<&>", bars).read_text("utf-8"))
    assert chart.tag.endswith("svg")
    texts = {element.text for element in chart.iter() if element.tag.endswith("text")}
    assert {"<&>", 'a "team" <b> $x$ 日本', "0.500", "n" * 40, "0.000"} <= texts


def test_a_chart_of_nothing_is_well_formed(tmp_path: Path) -> None:
    ElementTree.fromstring(draw_bars(tmp_path / "chart.svg", "nothing", []).read_text("utf-8"))


def test_equal_numbers_give_equal_files(tmp_path: Path) -> None:
    bars = [Bar("ours", 0.5, True), Bar("other", 0.25, False)]
    first, second = (draw_bars(tmp_path / f"{name}.svg", "NDCG@10", bars) for name in "ab")
    assert first.read_bytes() == second.read_bytes()


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
        ElementTree.fromstring(path.read_text("utf-8"))


def test_a_folder_that_cannot_be_written_is_told(comparison: Comparison, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RequestRefusedError, match="No charts can be written"):
        write_plots(comparison, tmp_path / "file")


def test_without_matplotlib_the_extra_to_install_is_named(
    comparison: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(RequestRefusedError, match=r"install learnerprise\[evaluation\]"):
        write_plots(comparison, tmp_path)


def test_the_text_says_what_may_be_chance(comparison: Comparison) -> None:
    text = as_text(comparison, with_groups=True)
    assert "+0.1300  [-0.0100, +0.2000]  (may be chance)" in text
    assert "half life 0.1" in text
    assert "(best other: popularity 0.1000)" in text
    assert "shown 0.100  taken 0.200  ratio 0.50" in text
    assert (
        "Chosen by Learnerprise in the same way: blend: lightfm 0.7 cooccurrence 0.3; NDCG 0.1500 on 30 learners "
        "(alone: lightfm 0.1400, cooccurrence 0.1200, transitions 0.1000); newcomers: popularity" in text
    )
    assert "team red" not in as_text(comparison, with_groups=False)


def test_a_model_that_chose_nothing_says_nothing_of_it(comparison: Comparison) -> None:
    alone = replace(comparison, facts={"blend": {"lightfm": 1.0}, "validation": {"learners": 3}})
    assert "Chosen by" not in as_text(alone, with_groups=False)


def test_everything_becomes_plain_values(comparison: Comparison) -> None:
    values = comparison.as_dict()
    assert values["ndcg_differences"][PLAIN] == {"mean": 0.13, "low": -0.01, "high": 0.2}
    assert values["exposures"][0]["ratio"] == 0.5
    assert values["model"]["validation"] == VALIDATION
