"""CSV as people send it: every line is checked, and all that is wrong is said at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.breaches import shown
from schemas.checks import Check
from schemas.errors import InvalidInputError

LIST_SIGN = "|"
MOST_LINES = 10_000
MOST_REFUSALS = 10
RULE = "RFC 4180"

Values = dict[str, Any]
Finish = Callable[[Values], Values]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: how its text becomes a value (ValueError if it cannot), and what the value must be.

    A column of `languages` is many: `title_en`, `title_pt-BR`, ... make one object by language.
    """

    check: Check
    read: Callable[[str], Any] = str
    languages: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line's number, its values without the empty cells, and the names that its file has columns for."""

    number: int
    values: Values
    columns: frozenset[str]


def cut_list(cell: str) -> list[str]:
    """Cut a cell at each bar."""
    return [part.strip() for part in cell.split(LIST_SIGN) if part.strip()]


def yes_or_no(cell: str) -> bool | str:
    """Read yes, no, true, false, 1 or 0; what is none of them is refused by the check."""
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    return known.get(cell.lower(), cell)


def whole_number(cell: str) -> int | str:
    """Read a whole number; what is none is refused by the check."""
    return int(cell) if re.fullmatch(r"[+-]?[0-9]{1,9}", cell) else cell


def decimal_number(cell: str) -> float | str:
    """Read a number with a decimal point; what is none is refused by the check."""
    return float(cell) if re.fullmatch(r"[+-]?[0-9]{1,9}([.][0-9]{1,9})?", cell) else cell


def read_table(body: bytes, columns: Mapping[str, Column], key: str) -> list[Line]:
    """Return the lines of a CSV in UTF-8 whose first line names columns, separated by commas or semicolons.

    Raise InvalidInputError for columns unknown, a key missing or twice, and values that do not fit.
    """
    rows = _rows(_decode(body))
    header = next(rows, (1, []))[1]
    names = [_column_of(name, columns) for name in header]
    _check_header(header, names, key)
    found: list[Line] = []
    refusals: list[str] = []
    seen: dict[str, int] = {}
    for number, cells in rows:
        if len(found) == MOST_LINES:
            raise _refusal(f"the CSV has more than {MOST_LINES} lines; send it in parts")
        line, wrong = _read_line(number, cells, names, columns)
        if not wrong:
            wrong = _check_key(line, key, seen)
        refusals += wrong
        found.append(line)
    if refusals:
        raise refuse_lines(refusals)
    return found


def refuse_lines(refusals: Sequence[str]) -> InvalidInputError:
    """Return the error that names what is wrong in which line, the first ten of them."""
    more = f"; and {len(refusals) - MOST_REFUSALS} more" if len(refusals) > MOST_REFUSALS else ""
    listed = "; ".join(refusals[:MOST_REFUSALS])
    return InvalidInputError(
        f"nothing was written, because of {len(refusals)} wrong values: {listed}{more}",
        path=refusals[0].split(",")[0],
        rule=RULE,
        code="invalid_lines",
    )


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV in UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise _refusal(f"line {line} is not UTF-8; save the CSV as UTF-8") from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.split("\n", 1)[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + 1, [cell.strip() for cell in cells]
            before = reader.line_num
    except csv.Error as error:
        advice = "close its quotes and double those inside a cell"
        if "field limit" in str(error):
            advice = (
                f"a cell holds up to {csv.field_size_limit()} characters; shorten it, or close its quotes"
            )
        raise _refusal(f"line {before + 1} cannot be read ({error}); {advice}") from error


def _column_of(name: str, columns: Mapping[str, Column]) -> tuple[str, str]:
    """Return the name of a column, in whatever case it is written, and the language in it, if any."""
    plain = name.lower()
    if plain in columns and not columns[plain].languages:
        return plain, ""
    base, _, language = name.partition("_")
    base = base.lower()
    if base in columns and columns[base].languages and language:
        return base, _usual_case(language) if name.isupper() else language
    shown_names = (f"{known}_<language>" if columns[known].languages else known for known in columns)
    raise _refusal(f"there is no column {name!r}; known are {', '.join(shown_names)}")


def _usual_case(tag: str) -> str:
    """Write a language tag of capitals as RFC 5646 2.1.1 recommends: `en`, `pt-BR`, `zh-Hant`."""
    first, *others = tag.lower().split("-")
    cases = {2: str.upper, 4: str.title}
    return "-".join([first, *(cases.get(len(part), str)(part) for part in others)])


def _check_header(header: Sequence[str], names: Sequence[tuple[str, str]], key: str) -> None:
    plain = [(base, language.lower()) for base, language in names]
    twice = [name for place, name in enumerate(header) if plain[place] in plain[:place]]
    if twice:
        raise _refusal(f"the column {twice[0]!r} is there twice; keep one")
    if (key, "") not in names:
        raise _refusal(f"the column {key!r} is missing; the first line names the columns, that one too")


def _read_line(
    number: int, cells: Sequence[str], names: Sequence[tuple[str, str]], columns: Mapping[str, Column]
) -> tuple[Line, list[str]]:
    if len(cells) > len(names):
        wrong = (
            f"line {number}, {len(cells)} cells: {len(names)} columns are named; quote commas inside a cell"
        )
        return Line(number, {}, frozenset()), [wrong]
    values: Values = {}
    for (name, language), cell in zip(names, cells, strict=False):
        if cell and language:
            values.setdefault(name, {})[language] = cell
        elif cell:
            values[name] = columns[name].read(cell)
    wrong_values = []
    for name in list(values):
        try:
            values[name] = columns[name].check(values[name])
        except InvalidInputError as error:
            wrong_values.append(f"line {number}, {name}: {error.message}")
    return Line(number, values, frozenset(name for name, _ in names)), wrong_values


def _check_key(line: Line, key: str, seen: dict[str, int]) -> list[str]:
    value = str(line.values.get(key, ""))
    if not value:
        return [f"line {line.number}, {key}: is empty; fill it or drop the line"]
    if value in seen:
        return [
            f"line {line.number}, {key}: {shown(value)} is in line {seen[value]} already; keep one of them"
        ]
    seen[value] = line.number
    return []


def _refusal(message: str) -> InvalidInputError:
    return InvalidInputError(message, rule=RULE, code="invalid_csv")
