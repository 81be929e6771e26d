"""CSV as people send it: every line is checked, and all that is wrong is said at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, cast

from marshmallow import ValidationError

from schemas.breaches import shown
from schemas.cells import read_cell, write_cell
from schemas.errors import InvalidInputError
from schemas.payloads import Payload, Values
from schemas.values import ByLanguage

MOST_LINES, ROWS_AT_ONCE = 10_000, 100
MOST_REFUSALS = 10
RULE = "RFC 4180"


class Row(Payload):
    """One line of a CSV: each field is a column, and `key` names the one by which lines differ, with those in `also`.

    A column of texts by language is many: `title_en`, `title_pt-BR`, ... make one object.
    """

    key: ClassVar[str]
    also: ClassVar[tuple[str, ...]] = ()

    def columns(self) -> list[str]:
        """Return the names of the columns, the key first."""
        return [self.key, *(name for name in self.fields if name != self.key)]


@dataclass(frozen=True, slots=True)
class Line:
    """A line's number, its values without the empty cells, and the names that its file has columns for."""

    number: int
    values: Values
    columns: frozenset[str]


def read_table(body: bytes, schema: Row) -> list[Line]:
    """Return the lines of a CSV in UTF-8 whose first line names columns, separated by commas or semicolons.

    Raise InvalidInputError for columns unknown, a key missing or twice, and values that do not fit.
    """
    rows = _rows(_decode(body))
    header = next(rows, (1, []))[1]
    names = [_column_of(name, schema) for name in header]
    _check_header(header, names, schema.key)
    columns = frozenset(name for name, _ in names)
    found: list[Line] = []
    refusals: list[str] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, cells in rows:
        if len(found) == MOST_LINES:
            raise _refusal(f"the CSV has more than {MOST_LINES} lines; send it in parts")
        line, wrong = _read_line(number, cells, names, columns, schema)
        if not wrong:
            wrong = _check_key(line, (schema.key, *schema.also), seen)
        refusals += wrong
        found.append(line)
    if refusals:
        raise refuse_lines(refusals)
    return found


def change_cells(body: bytes, change: Callable[[str], str]) -> bytes:
    """Return a CSV with other cells, at the same lines; one that cannot be read is left to be refused."""
    try:
        text = _decode(body)
        delimiter = _delimiter_of(text)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (InvalidInputError, csv.Error):
        return body
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerows([change(cell) for cell in cells] for cells in rows)
    return out.getvalue().encode()


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


def write_rows(schema: Row, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows as a CSV that can be read again, the key first."""
    return b"".join(iterate_csv(schema, lambda: rows))


def iterate_csv(schema: Row, read: Callable[[], Iterable[Mapping[str, Any]]]) -> Iterator[bytes]:
    """Yield rows as a CSV in parts, the header with the first ones, so that they are never all in memory.

    `read` gives the rows. It is called once more where columns depend on them, such as titles in several languages.
    """
    columns = _columns(schema, read)
    part = write_table([f"{name}_{language}" if language else name for name, language in columns], [])
    rows = iter(read())
    while some := list(islice(rows, ROWS_AT_ONCE)):
        lines = [[_cell(row, name, language) for name, language in columns] for row in some]
        yield part + _table(lines)
        part = b""
    if part:
        yield part


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV in UTF-8."""
    return _table([header, *rows])


def _table(lines: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    return out.getvalue().encode()


def _columns(schema: Row, read: Callable[[], Iterable[Mapping[str, Any]]]) -> list[tuple[str, str]]:
    """Return the columns, each a name and a language (empty for most)."""
    languages: dict[str, set[str]] = {
        name: set() for name in schema.columns() if isinstance(schema.fields[name], ByLanguage)
    }
    for row in read() if languages else ():
        for name, found in languages.items():
            found.update(row.get(name, {}))
    return [
        (name, language)
        for name in schema.columns()
        for language in (sorted(languages[name]) if name in languages else [""])
    ]


def _cell(row: Mapping[str, Any], name: str, language: str) -> str:
    value = row.get(name)
    return write_cell((value or {}).get(language) if language else value)


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise _refusal(f"line {line} is not UTF-8; save the CSV as UTF-8") from error


def _delimiter_of(text: str) -> str:
    first = text.split("\n", 1)[0]
    return ";" if ";" in first and "," not in first else ","


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter_of(text), strict=True)
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


def _column_of(name: str, schema: Row) -> tuple[str, str]:
    """Return the name of a column, in whatever case it is written, and the language in it, if any."""
    by_language = {known: isinstance(schema.fields[known], ByLanguage) for known in schema.columns()}
    plain = name.lower()
    if plain in by_language and not by_language[plain]:
        return plain, ""
    base, _, language = name.partition("_")
    base = base.lower()
    if by_language.get(base) and language:
        return base, _usual_case(language) if name.isupper() else language
    shown_names = (f"{known}_<language>" if many else known for known, many in by_language.items())
    raise _refusal(f"there is no column {name!r}; known are {', '.join(shown_names)}")


def _usual_case(tag: str) -> str:
    """Write a language tag of capitals as RFC 5646 2.1.1 recommends: `en`, `pt-BR`, `zh-Hant`."""
    first, *others = tag.lower().split("-")
    cases = {2: str.upper, 4: str.title}
    return "-".join([first, *(cases.get(len(part), str)(part) for part in others)])


def _check_header(header: Sequence[str], names: Sequence[tuple[str, str]], key: str) -> None:
    seen: set[tuple[str, str]] = set()
    for name, (base, language) in zip(header, names, strict=True):
        if (base, language.lower()) in seen:
            raise _refusal(f"the column {name!r} is there twice; keep one")
        seen.add((base, language.lower()))
    if (key, "") not in names:
        raise _refusal(f"the column {key!r} is missing; the first line names the columns, that one too")


def _read_line(
    number: int,
    cells: Sequence[str],
    names: Sequence[tuple[str, str]],
    columns: frozenset[str],
    schema: Row,
) -> tuple[Line, list[str]]:
    if len(cells) > len(names):
        wrong = (
            f"line {number}, {len(cells)} cells: {len(names)} columns are named; quote commas inside a cell"
        )
        return Line(number, {}, columns), [wrong]
    sent: Values = {}
    for (name, language), cell in zip(names, cells, strict=False):
        if cell and language:
            sent.setdefault(name, {})[language] = cell
        elif cell:
            sent[name] = read_cell(schema.fields[name], cell)
    try:
        return Line(number, cast(Values, schema.load(sent)), columns), []
    except ValidationError as error:
        found = schema.breaches(error)
        wrong_values = [
            f"line {number}, {name}: {breach if name in sent else 'is empty; fill it or drop the line'}"
            for name, breach in found.items()
        ]
        return Line(number, sent, columns), wrong_values


def _check_key(line: Line, keys: Sequence[str], seen: dict[tuple[str, ...], int]) -> list[str]:
    values = tuple(str(line.values[key]) for key in keys)
    if values in seen:
        told = ", ".join(map(shown, values))
        return [
            f"line {line.number}, {', '.join(keys)}: {told} is in line {seen[values]} already; keep one of them"
        ]
    seen[values] = line.number
    return []


def _refusal(message: str) -> InvalidInputError:
    return InvalidInputError(message, rule=RULE, code="invalid_csv")
