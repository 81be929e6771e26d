"""Answers as tables, cards and panels: what is shown, what is taken away, and what is hidden in both."""

import json

import pytest

from pages.insights import cells, findings, panels
from pages.insights.cards import MINUS, card
from pages.insights.panels import Plan, draw_bars, draw_matrix, draw_months, panel
from pages.insights.tables import shown_table, table_of
from pages.insights.windows import Window
from pages.tables import as_csv, as_json
from recommender.insights.answers import FEW, Cell
from recommender.insights.figures import FIGURES


@pytest.fixture
def reach(answered, shared):
    rows = {("=North",): {"active": shared(140, 170)}, ("<b>South</b>",): {"active": FEW}}
    return answered("reach", rows, total={"active": shared(578, 812)}, before={"active": shared(480, 812)})


def test_a_table_to_take_away_has_counts_and_days_and_hides_what_is_few(reach):
    lines = as_csv(table_of(reach)).get_data(as_text=True).splitlines()
    assert lines == [
        "team,active,active_count,active_of,figure,since,until",
        "'=North,0.8235294117647058,140,170,reach,2026-11-01,2026-11-30",
        "<b>South</b>,<5,,,reach,2026-11-01,2026-11-30",
        "total,0.7118226600985221,578,812,reach,2026-11-01,2026-11-30",
    ]
    rows = json.loads(as_json(table_of(reach)).get_data())["rows"]
    assert [row["active_count"] for row in rows] == [140, None, 578]


def test_a_table_to_read_says_counts_and_hidden_cells_in_words(reach):
    shown = shown_table(reach)
    assert [[cell.text for cell in row] for row in shown.rows] == [
        ["=North", "82%"],
        ["<b>South</b>", "fewer than 5"],
        ["Everybody", "71%"],
    ]
    assert [row[1].detail for row in shown.rows] == ["140 of 170", "", "578 of 812"]
    assert shown_table(reach, most=1).left_out == 1


def test_a_card_says_number_counts_and_change(reach):
    shown = card(reach, "active")
    assert (shown.number, shown.mood) == ("71%", "up")
    assert shown.sentence == "578 of 812 people learned something."
    assert shown.change == "+12 points (+7.4 to +17)"


@pytest.mark.parametrize(
    ("total", "before", "number", "change", "mood"),
    [
        (Cell(5.0, low=4.0, high=6.0), Cell(9.0, low=8.0, high=10.0), "5 h", "-4 h (-5.4 to -2.6)", "up"),
        (Cell(5.0, low=4.0, high=6.0), None, "5 h", "nothing to compare with yet", ""),
        (FEW, FEW, "fewer than 5", "nothing to compare with yet", ""),
        (Cell(), Cell(), cells.NONE, "nothing to compare with yet", ""),
        (Cell(5.0, low=4.0, high=6.0), Cell(5.2, low=4.0, high=6.0), "5 h", "no clear change", ""),
    ],
)
def test_less_waiting_is_better(answered, total, before, number, change, mood):
    found = answered(
        "first-answer", {}, total={"median_hours": total}, before=before and {"median_hours": before}
    )
    shown = card(found, "median_hours")
    assert (shown.number, shown.change, shown.mood) == (number, change.replace("-", MINUS), mood)


def test_a_panel_draws_its_answer_and_counts_hidden_groups(reach):
    shown = panel(reach, Plan("reach", findings.apart, ("active",), draw_bars))
    assert "1 more group has fewer than 5 people." in shown.chart
    assert "South" not in shown.chart
    assert shown.heading == "Reach: clearly higher in =North"
    assert not shown.next_step


@pytest.mark.parametrize(
    "name", [name for name, figure in FIGURES.items() if figure.scope != "catalogue/write"]
)
def test_an_empty_panel_says_what_to_do_next(answered, name):
    shown = panel(
        answered(name, {}, FIGURES[name].by[:1]), Plan(name, findings.plain, FIGURES[name].columns, draw_bars)
    )
    assert shown.next_step
    assert (shown.chart, shown.table) == ("", None)


def test_months_are_drawn_in_acts_and_pairs_as_a_matrix(answered):
    acts = {f"acts_{name}": Cell(12345.0) for name in ("formal", "informal", "social")}
    months = answered("modalities", {("2026-01",): acts}, ("month",))
    drawn = draw_months(months, Plan("modalities", findings.learning, ("all_three",)))
    assert "Jan 2026" in drawn
    assert "12,345" in drawn
    pairs = answered(
        "who-helps-whom",
        {("A", "B"): {"pairs": Cell(9.0)}, ("B", "A"): {"pairs": FEW}},
        ("teams",),
    )
    drawn = draw_matrix(pairs, Plan("who-helps-whom", findings.strongest_edge, ("pairs",)))
    assert "A dot or a gap stands for fewer than 5 people" in drawn


def test_ratios_of_nothing_tell_nothing_and_everybody_is_no_row_of_ratios(answered):
    plan = Plan("equity", findings.apart, ("started", "shown"))
    nothing = answered("equity", {("A",): {"started": Cell(0.0), "shown": Cell(0.0)}}, ("role",))
    assert panel(nothing, plan).next_step
    rows = {
        ("A",): {"started": Cell(0.7, low=0.6, high=0.8)},
        ("B",): {"started": Cell(1.1, low=0.9, high=1.3)},
    }
    shown = panel(answered("equity", rows, ("role",), total={"started": Cell(0.2)}), plan)
    assert shown.heading == "Equity: clearly lower in A"
    assert [row[1].text for row in shown.table.rows] == ["\u00d7 0.7", "\u00d7 1.1"]


def test_a_panel_whose_groups_all_hide_tells_of_everybody(answered, shared):
    rows = {("A",): {"without_links": FEW}, ("B",): {"without_links": FEW}}
    plan = Plan("newcomers-without-links", findings.everybody, ("without_links",), draw_bars)
    shown = panel(answered(plan.figure, rows, total={"without_links": shared(15, 25)}), plan)
    assert [cell.text for row in shown.table.rows for cell in row] == ["Everybody", "60%"]
    assert (shown.heading, shown.chart, shown.next_step) == ("Newcomers without links", "", "")
    assert panel(answered(plan.figure, rows, total={"without_links": FEW}), plan).next_step


def test_a_chance_is_never_nothing():
    assert cells.written_number("p", 0.0005, is_share=False) == "< 0.01"
    assert cells.written_number("p", 0.04, is_share=False) == "0.04"


def test_the_largest_gap_comes_first_by_what_is_missing(answered, shared, monkeypatch):
    rows = {("a", "x"): {"gap": shared(5, 5)}, ("b", "y"): {"gap": shared(40, 100)}, ("c", "z"): {"gap": FEW}}
    monkeypatch.setattr(panels, "answer", lambda *_: answered("skills-gap", rows, ("role",)))
    plan = Plan("skills-gap", findings.largest, ("gap",), largest_first=True)
    shown = panel(panels.planned(plan, Window()), plan)
    assert [row[0].text for row in shown.table.rows] == ["b", "a", "c"]
    assert shown.heading == "The widest gap: y (b), 40% missing"
