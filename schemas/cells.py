"""How the cells of a CSV are read for the fields of a row, and written again.

What a cell cannot mean is left as it is: the field refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from marshmallow import fields

from schemas.values import Flag, Levels, Number, Several, Whole, Word

LIST_SIGN = "|"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

CellValue = TypeVar("CellValue", str, str | int | float | None)


def read_cell(field: fields.Field[Any], cell: str) -> Any:
    """Return the JSON value that a cell means."""
    for kind, read in _READERS.items():
        if isinstance(field, kind):
            return read(cell)
    return cell


def write_cell(value: Any) -> str:
    """Return a value as it is read again; empty where there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return LIST_SIGN.join(f"{name}={level}" for name, level in value.items())
    if isinstance(value, (list, tuple)):
        return LIST_SIGN.join(value)
    return "" if value is None else str(value)


def plain_cell(value: CellValue) -> CellValue:
    """Return a value for a table that nobody reads back: a text that a spreadsheet would compute has an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _cut(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(LIST_SIGN) if part.strip()]


def _levels(cell: str) -> dict[str, Any]:
    """Read `python=3|sql=2`; a name without a level means level 1."""
    parts = [part.rpartition("=") if "=" in part else (part, "", "1") for part in _cut(cell)]
    return {name: _whole(level) for name, _, level in parts}


def _flag(cell: str) -> bool | str:
    return _FLAGS.get(cell.lower(), cell)


def _whole(cell: str) -> int | str:
    return int(cell) if re.fullmatch(r"[+-]?[0-9]{1,9}", cell) else cell


def _number(cell: str) -> float | str:
    return float(cell) if re.fullmatch(r"[+-]?[0-9]{1,9}([.][0-9]{1,9})?", cell) else cell


_READERS = {Several: _cut, Levels: _levels, Flag: _flag, Whole: _whole, Number: _number, Word: str.lower}
