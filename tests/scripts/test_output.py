"""Output on a terminal and off it."""

from __future__ import annotations

import pytest

from scripts import output
from scripts.output import Progress, print_table

ROWS = [("acme [1]", "1.0.3"), ("a", "2.0.0")]


@pytest.fixture
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")


def test_a_table_off_a_terminal_is_plain_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("store", "default"), ROWS)
    assert capsys.readouterr().out == "store     default\nacme [1]  1.0.3\na         2.0.0\n"


def test_a_long_cell_off_a_terminal_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("store",), [("x " * 500 + "x",)])
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.usefixtures("_terminal")
def test_a_table_on_a_terminal_has_a_rule_and_keeps_cells_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(("store", "default"), ROWS)
    shown = capsys.readouterr().out
    assert "───" in shown
    assert "acme [1]" in shown


def test_steps_off_a_terminal_are_lines_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress.step("training on everything")
        progress.step("epoch 2 of 4")
    assert capsys.readouterr() == ("", "  training on everything\n  epoch 2 of 4\n")


def test_counts_off_a_terminal_are_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Progress(2) as progress:
        progress.count(1, "1 line")
        monkeypatch.setattr(output, "LINE_EVERY_S", 0)
        progress.count(2, "2 lines")
    assert capsys.readouterr() == ("", "  2 lines\n")


@pytest.mark.usefixtures("_terminal")
def test_a_step_that_counts_moves_a_bar_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress.step("training on everything")
        progress.step("epoch 2 of 4")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "training on everything" in shown.err
    assert "50%" in shown.err
    assert "epoch 2 of 4" in shown.err


@pytest.mark.usefixtures("_terminal")
def test_a_count_moves_a_bar_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(4) as progress:
        progress.count(1, "1 line")
    shown = capsys.readouterr().err
    assert "25%" in shown
    assert "1 line" in shown
