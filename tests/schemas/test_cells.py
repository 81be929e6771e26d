"""Cells of a CSV become the JSON values of their fields, and back."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.cells import read_cell, write_cell
from schemas.values import Flag, Levels, Number, Several, Text, Value, Whole, Word

LEVELS = Levels(Text(), (1, 3), 9)


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        (Text(), "x | y", "x | y"),
        (Several(Text(), 9), "x | y||", ["x", "y"]),
        (LEVELS, "python=3|sql", {"python": 3, "sql": 1}),
        (LEVELS, "c=d=2", {"c=d": 2}),
        (LEVELS, "sql=high", {"sql": "high"}),
        (Flag(), "Yes", True),
        (Flag(), "0", False),
        (Flag(), "maybe", "maybe"),
        (Whole(1, 3), "+2", 2),
        (Whole(1, 3), "2.5", "2.5"),
        (Whole(1, 3), "9" * 5000, "9" * 5000),
        (Number(0, 1), "0.5", 0.5),
        (Number(0, 1), "1e9", "1e9"),
        (Number(0, 1), "nan", "nan"),
        (Word("formal"), "FORMAL", "formal"),
    ],
)
def test_a_cell_is_read_as_its_field_takes_it(field: Value, cell: str, value: Any) -> None:
    assert read_cell(field, cell) == value


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (2, "2"),
        (["x", "y"], "x|y"),
        ({"python": 3, "sql": 1}, "python=3|sql=1"),
    ],
)
def test_a_value_is_written_as_it_is_read(value: Any, cell: str) -> None:
    assert write_cell(value) == cell
