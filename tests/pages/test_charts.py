"""Charts as markup: what is drawn, what is said, and what is hidden."""

import itertools
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from pages import charts
from pages.charts import Chart, Missing, Series, Words

WORDS = Words(
    number=lambda value: f"{value:,.6g}",
    short=lambda value: f"{value:.3g}",
    few="fewer than 5",
    nothing="nothing counted",
    table="Table",
    dot="A dot or a gap: fewer than 5 people",
)
ALL: list[Callable[[Chart], Markup]] = [
    charts.stacked_bars,
    charts.bars,
    charts.lines,
    charts.matrix,
    charts.funnel,
]


def chart(*series: Series, labels: tuple[str, ...] = ("Oct", "Nov"), sentence: str = "It grows.") -> Chart:
    return Chart(sentence, "Acts a month", "Month", labels, series, WORDS)


def parsed(markup: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(str(markup).replace("<br>", "<br/>"))


@pytest.mark.parametrize("draw", ALL)
def test_each_chart_is_a_figure_with_a_sentence_a_caption_and_its_table(
    draw: Callable[[Chart], Markup],
) -> None:
    figure = parsed(draw(chart(Series("people", (1200.0, 34.0)))))
    assert figure.tag == "figure"
    assert {svg.get("aria-label") for svg in figure.findall("svg")} == {"It grows."}
    assert [svg.get("class") for svg in figure.findall("svg")] == ["wide", "narrow"]
    assert "Acts a month" in "".join(figure.find("figcaption").itertext())
    cells = [cell.text for cell in figure.findall("details//td")]
    assert cells == ["1,200", "34"]


@pytest.mark.parametrize("draw", ALL)
def test_nothing_has_an_inline_style_and_every_text_is_escaped(draw: Callable[[Chart], Markup]) -> None:
    evil = "<script>alert('1')</script>\"&"
    drawn = draw(
        Chart(evil, evil, evil, (evil,), (Series(evil, (3.0,)), Series(evil, (4.0,), "formal")), WORDS)
        if draw not in (charts.bars, charts.funnel)
        else Chart(evil, evil, evil, (evil,), (Series(evil, (3.0,)),), WORDS)
    )
    assert "style=" not in drawn
    assert "<script" not in drawn
    parsed(drawn)


@pytest.mark.parametrize("draw", ALL)
@pytest.mark.parametrize(
    "values",
    [(0.0, 0.0), (1e300, 2.0), (1e-12, 0.0), (5e11, 9.9e12)],
    ids=["zero", "enormous", "tiny", "huge"],
)
def test_every_size_of_number_stays_inside_the_drawing(
    draw: Callable[[Chart], Markup], values: tuple[float, ...]
) -> None:
    figure = parsed(draw(chart(Series("people", values))))
    for svg in figure.findall("svg"):
        width, height = (float(size) for size in svg.get("viewBox").split()[2:])
        for rectangle in svg.iter("rect"):
            assert 0 <= float(rectangle.get("x")) <= width
            assert float(rectangle.get("x")) + float(rectangle.get("width")) <= width + 1
            assert -1 <= float(rectangle.get("y")) <= height


@pytest.mark.parametrize("draw", ALL)
def test_a_hidden_number_is_said_in_words_and_never_drawn(draw: Callable[[Chart], Markup]) -> None:
    figure = parsed(draw(chart(Series("people", (7.0, Missing.FEW)))))
    assert [cell.text for cell in figure.findall("details//td")] == ["7", "fewer than 5"]
    drawn = "".join(figure.itertext())
    assert "A dot or a gap: fewer than 5 people" in drawn or drawn.count("fewer than 5") > 1


@pytest.mark.parametrize("draw", ALL)
@pytest.mark.parametrize(
    ("values", "words"),
    [((), "nothing counted"), ((Missing.NOTHING,), "nothing counted"), ((Missing.FEW,), "fewer than 5")],
)
def test_nothing_to_draw_is_a_sentence(
    draw: Callable[[Chart], Markup], values: tuple[Missing, ...], words: str
) -> None:
    figure = parsed(draw(chart(Series("people", values), labels=("Nov",)[: len(values)])))
    assert figure.findall("svg") == []
    assert figure.find("p").text == words


def test_parts_of_a_bar_are_stacked_without_overlap_and_told_apart_by_shape() -> None:
    series = (
        Series("formal", (30.0,), "formal"),
        Series("informal", (50.0,), "informal"),
        Series("s", (20.0,), "social"),
    )
    svg = parsed(charts.stacked_bars(chart(*series, labels=("Nov",)))).find("svg")
    tops = [(float(part.get("y")), float(part.get("height"))) for part in svg.findall("rect")]
    assert all(upper + height <= lower for (lower, _), (upper, height) in itertools.pairwise(tops))
    heights = [height for _, height in tops]
    assert heights[1] / heights[0] == pytest.approx(50 / 30, rel=0.03)
    assert [len(svg.findall(f"g/{shape}")) for shape in ("rect", "circle", "path")] == [1, 1, 1]
    key = parsed(charts.stacked_bars(chart(*series, labels=("Nov",)))).findall("figcaption//svg/*")
    assert [(mark.tag, mark.get("class")) for mark in key] == [
        ("rect", "formal"),
        ("circle", "informal"),
        ("path", "social"),
    ]


def test_a_line_is_broken_where_a_number_is_hidden() -> None:
    drawn = charts.lines(chart(Series("people", (1.0, 2.0, Missing.FEW, 4.0)), labels=("a", "b", "c", "d")))
    svg = parsed(drawn).find("svg")
    assert len([part for part in svg.findall("line") if part.get("class") == "accent-line"]) == 1
    assert len(svg.findall("path")) == 3


def test_negative_values_reach_below_zero() -> None:
    svg = parsed(charts.lines(chart(Series("change", (-4.0, 4.0))))).find("svg")
    ticks = [text.text for text in svg.findall("text")][:-2]
    assert any(tick.startswith("-") for tick in ticks)
    assert any(tick == "0" for tick in ticks)


def test_long_labels_are_cut_and_stay_whole_in_title_and_table() -> None:
    name = "Operations of the northern wind parks, including those at sea and on islands"
    figure = parsed(charts.bars(chart(Series("people", (3.0,)), labels=(name,))))
    shown = figure.find("svg/text")
    assert shown.text.endswith("…")
    assert shown.find("title").text == name
    assert figure.find("details//tbody//th").text == name


def test_labels_below_are_thinned_and_the_last_one_stays() -> None:
    labels = tuple(f"week of {day} November" for day in range(1, 31))
    figure = parsed(charts.stacked_bars(chart(Series("acts", (1.0,) * 30), labels=labels)))
    for svg in figure.findall("svg"):
        below = [text for text in svg.findall("text") if text.get("text-anchor") == "middle"]
        assert len(below) < 12
        last = below[-1].find("title")
        assert (below[-1].text if last is None else last.text) == labels[-1]


def test_an_interval_is_drawn_over_its_bar() -> None:
    drawn = charts.bars(chart(Series("ratio", (0.8, 1.1), intervals=((0.6, 1.0), None))))
    assert len(re.findall('class="whisker"', drawn)) == 2 * 3


def test_a_matrix_has_a_row_for_each_series_in_drawing_and_table() -> None:
    figure = parsed(charts.matrix(chart(Series("A", (9.0, 0.0)), Series("B", (Missing.FEW, 3.0)))))
    strengths = [float(cell.get("fill-opacity")) for cell in figure.find("svg").findall("rect")]
    assert strengths[0] > strengths[3] > strengths[1] == strengths[2] == 0
    assert [row.text for row in figure.findall("details//tbody//th")] == ["A", "B"]


def test_narrow_columns_of_a_matrix_are_named_by_the_numbers_of_its_rows() -> None:
    names = tuple(f"Team {number}" for number in range(9))
    series = tuple(Series(name, (5.0,) * 9) for name in names)
    wide, narrow = parsed(charts.matrix(chart(*series, labels=names))).findall("svg")
    assert [text.text for text in wide.findall("text")][:2] == ["Team 0", "Team 1"]
    assert [text.text for text in narrow.findall("text")][:2] == ["1", "2"]
    assert "1 Team 0" in [text.text for text in narrow.findall("text")]


def test_a_sparkline_fits_into_a_line_of_text() -> None:
    drawn = charts.sparkline((1.0, 5.0, 2.0), "Three <weeks>")
    assert 'aria-label="Three &lt;weeks&gt;"' in drawn
    assert len(parsed(drawn).find("polyline").get("points").split()) == 3
    assert "<svg" in charts.sparkline((), "nothing")
