"""Headings that say what a figure shows, made from its answer by rule; where nothing is clear, they say so."""

from __future__ import annotations

from babel.lists import format_list

from pages import texts
from pages.insights import cells
from pages.insights.changes import bounds, change
from recommender.insights.answers import Answer, Cell, Row

MOST_NAMED = 3
"""So many groups are named in a heading."""
MODALITIES = ("formal", "informal", "social")
CLEARLY_MORE = 0.55
"""The share of acts from which "most" is said; below its counterpart, the other way round."""


def first_sentence(reach: Answer, modalities: Answer) -> str:
    """Say in one sentence how many people learn, and where most of it happens."""
    cell = reach.total.cells.get("active") if reach.total else None
    if cell is None or cell.value is None:
        return texts.text("findings.nothing_yet")
    where = _outside(modalities)
    share = texts.percent(cell.value)
    return texts.text(f"findings.first_{where}" if where else "findings.first", share=share)


def learning(answer: Answer, column: str) -> str:
    """Say where most learning happens, and whether more people learn with others than in the first month shown."""
    where = _outside(answer)
    if where is None:
        return plain(answer, column)
    return texts.text(f"findings.mostly_{where}_{_trend(answer, 'social')}")


def _outside(answer: Answer) -> str | None:
    """Return whether most acts lie "outside" courses or "inside", or about half ("split"); None without acts."""
    acts = {name: _sum(answer, f"acts_{name}") for name in MODALITIES}
    total = sum(acts.values())
    if not total:
        return None
    share = 1 - acts["formal"] / total
    if share >= CLEARLY_MORE:
        return "outside"
    return "inside" if share <= 1 - CLEARLY_MORE else "split"


def _sum(answer: Answer, column: str) -> float:
    found = (row.cells.get(column) for row in answer.rows)
    return sum(cell.value for cell in found if cell is not None and cell.value is not None)


def _trend(answer: Answer, column: str) -> str:
    """Return whether a share went "up" or "down" from the first month shown to the last but one, which is whole."""
    shown = [row.cells[column] for row in answer.rows[:-1] if has_number(row.cells.get(column))]
    changed = change(shown[-1], shown[0]) if len(shown) > 1 else None
    return changed.direction if changed else "none"


def apart(answer: Answer, column: str) -> str:
    """Name the groups whose interval lies below that of everybody, else those above, else say that none does."""
    title = answer.figure.titles[texts.language()]
    whole = Cell(1.0) if column in cells.RATIOS else answer.total.cells.get(column) if answer.total else None
    rows = [row for row in answer.rows if has_number(row.cells.get(column))]
    if not rows or whole is None or whole.value is None:
        return title
    for key, names in (
        (
            "findings.lower",
            [_name(answer, row) for row in rows if bounds(row.cells[column])[1] < whole.value],
        ),
        (
            "findings.higher",
            [_name(answer, row) for row in rows if bounds(row.cells[column])[0] > whole.value],
        ),
    ):
        if names:
            return texts.text(key, title=title, names=_listed(names))
    return texts.text("findings.not_apart" if len(rows) > 1 else "findings.one_group", title=title)


def _listed(names: list[str]) -> str:
    """List a few names; the others are counted."""
    shown = names[:MOST_NAMED]
    if len(names) > MOST_NAMED:
        shown.append(texts.text("findings.others", count=len(names) - MOST_NAMED))
    return str(format_list(shown, locale=texts.language()))


def largest(answer: Answer, column: str) -> str:
    """Name the group with the highest number; of shares, with the highest count."""
    rows = [row for row in answer.rows if amount(row.cells.get(column)) > 0]
    if not rows:
        return plain(answer, column)
    top = max(rows, key=lambda row: amount(row.cells[column]))
    key = f"findings.{answer.figure.name.replace('-', '_')}"
    names = [cells.labelled(*pair) for pair in zip(cells.label_columns(answer), top.labels, strict=True)]
    number = cells.written(column, top.cells[column], answer.floor)
    return texts.text(key, name=names[0], other=names[-1], number=number)


def strongest_edge(answer: Answer, column: str) -> str:
    """Name the two different teams between which most people help each other."""
    between = [row for row in answer.rows if len(set(row.labels)) > 1 and has_number(row.cells.get(column))]
    if not between:
        return plain(answer, column)
    top = max(between, key=lambda row: row.cells[column].value or 0.0)
    name, other = (cells.labelled("team", label) for label in top.labels)
    return texts.text("findings.who_helps_whom", name=name, other=other)


def everybody(answer: Answer, column: str) -> str:
    """Say the number of everybody."""
    cell = answer.total.cells.get(column) if answer.total else None
    if cell is None or cell.value is None:
        title = plain(answer, column)
        is_few = cell is not None and cell.is_few
        return texts.text("findings.few", title=title, floor=answer.floor) if is_few else title
    key = f"findings.{answer.figure.name.replace('-', '_')}"
    return texts.text(key, number=cells.written(column, cell, answer.floor))


def effects(answer: Answer, column: str) -> str:
    """Say which uploaded measures went along with taking part; never that it was caused."""
    for row in answer.rows:
        cell = row.cells.get(column)
        if cell is None or cell.value is None or cell.low is None or cell.high is None:
            continue
        if cell.low > 0 or cell.high < 0:
            key = "findings.went_along_up" if cell.low > 0 else "findings.went_along_down"
            return texts.text(key, name=row.labels[0])
    return texts.text("findings.no_effect") if answer.rows else plain(answer, column)


def plain(answer: Answer, column: str) -> str:
    """Return the title of the figure, where there is nothing to say."""
    return answer.figure.titles[texts.language()]


def amount(cell: Cell | None) -> float:
    """Return how much a cell tells of: the count behind a share, else the number; 0 without one."""
    if cell is None or cell.value is None:
        return 0.0
    return float(cell.count) if cells.is_share(cell) and cell.count is not None else cell.value


def has_number(cell: Cell | None) -> bool:
    """Return whether a cell tells a number."""
    return cell is not None and cell.value is not None


def _name(answer: Answer, row: Row) -> str:
    return cells.labelled(cells.label_columns(answer)[0], row.labels[0])
