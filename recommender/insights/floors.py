"""What may be told: the one way from numbers to cells. No cell, and no difference of two, tells of 1 to 4 people.

- A cell about fewer people than the floor hides, whether there are none or some.
- Numbers of people and of what they did are multiples of five, and shares are made of such numbers: two answers that
  differ by one person differ by nothing, or by five.
- Numbers of acts add up over windows, and one person may do many: they are told in steps of at least five times what
  the most active person did, so that what any four people did is less than one step.
- Where the cells of a column would tell a hidden one by what the total has more, the next smallest hides too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from recommender.insights.answers import FEW, Cell, Row
from recommender.insights.figures import OF_PEOPLE
from recommender.online.statistics import wilson
from schemas.floors import FLOOR, HIGHEST_FLOOR, rounded

OURS = frozenset({"modality", "month"})
"""Splits whose groups have names of ours."""
DIGITS = 2
"""Of a measure that is not a number of people."""

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """A number before the floors, and the people that it tells of.

    A number of `people`, or of things (`count`) done by them, of which one did so many at the `most`; a share where
    there are `of_people` (or things, `of`); or a measure (`value`, with its interval) of them. One about things only,
    of no `people`, is told as it is.
    """

    people: int | None
    of_people: int | None = None
    count: int | None = None
    of: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    most: int = 1

    def is_below(self, floor: int) -> bool:
        """Return whether it tells of fewer people than the floor."""
        if self.people is None:
            return False
        return self.people < floor or (self.of_people is not None and self.of_people < floor)


Tallies = Mapping[Labels, Mapping[str, Tally]]
"""What a figure counted: by labels, and by column; no labels are everybody."""


def pass_floors(tallies: Tallies, by: Sequence[str], floor: int) -> tuple[tuple[Row, ...], Row | None]:
    """Return the rows in the order of their labels, and the total, with cells that may be told."""
    told = {labels: _cells(found, floor) for labels, found in tallies.items()}
    total = told.pop((), None)
    for at, line in _lines(list(told)):
        for column in {name for labels in line for name in told[labels]}:
            _hide_more(told, tallies, line, column, floor, is_ours=by[at] in OURS)
    sized = by[0] in OF_PEOPLE
    named = [
        one
        for one in sorted(told)
        if OURS.issuperset(by) or _is_named(told[one], tallies[one], sized * floor)
    ]
    rows = tuple(Row(labels, told[labels]) for labels in named)
    return rows, None if total is None else Row((), total)


def _is_named(cells: Mapping[str, Cell], tallies: Mapping[str, Tally], size: int) -> bool:
    """Return whether a group may be named: by a cell that is told, or by its size (0: sizes do not count).

    That there are no things of a group of people names it not: only people made it a group.
    People type the names of teams, roles and skills: one of few people may tell who they are.
    """
    sizes = (one.of_people or 0 for one in tallies.values() if size)
    is_of_people = any(one.people is not None for one in tallies.values())
    told = (
        not cell.is_few and (tallies[name].people is not None or not is_of_people or bool(cell.count))
        for name, cell in cells.items()
    )
    return any(told) or any(one >= size for one in sizes)


def _cells(tallies: Mapping[str, Tally], floor: int) -> dict[str, Cell]:
    return {name: FEW if one.is_below(floor) else told_cell(one) for name, one in tallies.items()}


def told_cell(tally: Tally) -> Cell:
    """Return the cell of a tally that tells of enough people."""
    if tally.people is None:
        return _of_things(tally)
    if tally.value is not None:
        low, high = (None if one is None else _shortened(one) for one in (tally.low, tally.high))
        return Cell(_shortened(tally.value), of=_told(tally.of_people), low=low, high=high)
    number = tally.people if tally.count is None else tally.count
    count = rounded(number, step_of(tally.most))
    if number and not count:
        return FEW
    of = _told(tally.of_people if tally.of is None else tally.of)
    if of is None:
        return Cell(float(count), count)
    if not of:
        return FEW
    share = min(1.0, count / of)
    low, high = wilson(share, min(of, _told(tally.of_people) or of))
    return Cell(share, min(count, of), of, low, high)


def step_of(most: int) -> int:
    """Return the step in which acts are told of which one person did so many: at least five times it, round."""
    size: int = 10 ** len(str(most))
    return min(part for part in (size // 2, size, 2 * size, 5 * size) if part >= FLOOR * most)


def of_things(count: int | None = None, of: int | None = None, value: float | None = None) -> Tally:
    """Return a number that tells of nobody, such as one of nuggets."""
    return Tally(None, count=count, of=of, value=value)


def _of_things(tally: Tally) -> Cell:
    if tally.count is None:
        return Cell(tally.value)
    share = float(tally.count) if tally.of is None else tally.count / tally.of if tally.of else None
    return Cell(share, tally.count, tally.of)


def _told(number: int | None) -> int | None:
    return None if number is None else rounded(number)


def _shortened(value: float) -> float:
    """Return a measure with two digits, so that one person more or less seldom shows."""
    return float(f"{value:.{DIGITS}g}")


def _lines(labels: Iterable[Labels]) -> Iterator[tuple[int, list[Labels]]]:
    """Yield the groups of rows that add up to something told elsewhere: all that differ in one label only, and which.

    Twice, as what hides in one line may stand alone in another.
    """
    found: dict[tuple[int, Labels], list[Labels]] = {}
    for one in labels:
        for at in range(len(one)):
            found.setdefault((at, one[:at] + one[at + 1 :]), []).append(one)
    for _ in range(2):
        yield from ((at, line) for (at, _), line in found.items())


def _hide_more(
    told: Mapping[Labels, dict[str, Cell]],
    tallies: Tallies,
    line: Sequence[Labels],
    column: str,
    floor: int,
    *,
    is_ours: bool,
) -> None:
    """Hide the smallest cells of a line until those hidden are two and tell of enough people.

    Also where those hidden tell of nobody: else the smallest would vanish when the first person comes. Not of
    months and modalities: a new store would show none.
    """
    cells = {labels: tallies[labels][column].people or 0 for labels in line if column in told[labels]}
    hidden = [labels for labels in cells if told[labels][column].is_few]
    shown = sorted(cells.keys() - set(hidden), key=lambda labels: (cells[labels], labels))
    people = sum(cells[labels] for labels in hidden)
    while hidden and shown and (people or not is_ours) and (len(hidden) < 2 or people < floor):
        smallest = shown.pop(0)
        told[smallest][column] = FEW
        hidden.append(smallest)
        people += cells[smallest]


def floor_of(figure: int, store: int, *, is_one_team: bool, team: int) -> int:
    """Return the fewest people that an answer may tell of."""
    return max(FLOOR, figure, min(store, HIGHEST_FLOOR), team if is_one_team else 0)
