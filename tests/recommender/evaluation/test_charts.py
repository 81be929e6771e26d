from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lrs.errors import RequestRefusedError
from recommender.evaluation.charts import Bar, charts_of, draw_bars, write_plots
from recommender.evaluation.comparison import Comparison
from recommender.evaluation.text import as_text
from recommender.metrics.intervals import Interval

OURS, PLAIN = "Learnerprise", "popularity"


def texts_of(chart: str) -> set[str]:
    return {
        element.text or "" for element in ElementTree.fromstring(chart).iter() if element.tag.endswith("text")
    }


def test_a_chart_shows_labels_values_and_intervals_whatever_the_names() -> None:
    bars = [Bar('a "team" <b> $x$ 日本', 0.5, True, Interval(0.5, 0.4, 0.7)), Bar("n" * 200, 0.0, False)]
    chart = draw_bars("<&>", bars)
    assert {"<&>", 'a "team" <b> $x$ 日本', "0.500  [0.400, 0.700]", "n" * 40, "0.000"} <= texts_of(chart)
    assert "currentColor" in chart


def test_a_chart_of_nothing_is_well_formed() -> None:
    ElementTree.fromstring(draw_bars("nothing", []))


def test_equal_numbers_give_equal_charts() -> None:
    bars = [Bar("ours", 0.5, True, Interval(0.5, 0.4, 0.6)), Bar("other", 0.25, False)]
    assert draw_bars("NDCG@10", bars) == draw_bars("NDCG@10", bars)


def test_the_chart_of_groups_says_how_many_learners_each_has(comparison: Comparison) -> None:
    (segments,) = (chart for chart in charts_of(comparison) if chart.name == "segments")
    assert [bar.label for bar in segments.bars] == ["team red (9 learners)"]
    assert segments.bars[0].interval == Interval(0.2, 0.15, 0.3)


def test_charts_are_written(comparison: Comparison, tmp_path: Path) -> None:
    written = write_plots(comparison, tmp_path / "charts")
    assert {path.name for path in written} == {
        "ndcg.svg",
        "ratios.svg",
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
    assert "+0.1300  [-0.0100, +0.2000]  5.300  [0.900, 9.000]  (may be chance)" in text
    assert "Best other by the validation: popularity." in text
    assert "half life 0.1" in text
    assert (
        "team red                                 9 learners  0.2000  [0.1500, 0.3000]  popularity 0.1000: +0.1000"
        in text
    )
    assert "[-0.0200, +0.2000]  (may be chance)" in text
    assert "shown 0.100  taken 0.200  ratio 0.50" in text
    assert (
        "Chosen by Learnerprise in the same way: blend: lightfm 0.7 (0.5 to 0.8), trend 0 (0 to 0.1) (weights with "
        "95 % intervals)\nNDCG 0.1500, as listed 0.1490, on 30 learners (alone: lightfm 0.1400)\n"
        "popularity penalty 0.2, diversity 0.05; newcomers get popularity" in text
    )
    assert "team red" not in as_text(comparison, with_groups=False)


def test_a_model_that_chose_nothing_says_nothing_of_it(comparison: Comparison) -> None:
    alone = replace(comparison, facts={"blend": {"lightfm": 1.0}, "validation": {"learners": 3}})
    assert "Chosen by" not in as_text(alone, with_groups=False)


def test_everything_becomes_plain_values(comparison: Comparison) -> None:
    values = comparison.as_dict()
    assert values["ndcg_differences"][PLAIN] == {"mean": 0.13, "low": -0.01, "high": 0.2}
    assert values["ndcg_ratios"][PLAIN]["low"] == 0.9
    assert values["segments"][0]["ndcg"] == {OURS: 0.2, PLAIN: 0.1}
    assert values["exposures"][0]["ratio"] == 0.5
    assert values["model"]["validation"]["ndcg"] == 0.15
