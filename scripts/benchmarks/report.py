"""The rows of a benchmark: a value beside its limit, the ratio, the target, and whether it is met."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Literal

import numpy as np

from recommender.metrics.intervals import median_ratio_interval
from scripts.output import print_table

MOST_SHOWN = 10
HEADER = ("work", "ours", "limit", "unit", "ratio", "target", "met")


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on the ratio of ours to the limit, or on ours itself."""

    sign: Literal[">=", "<="]
    bound: float
    of: Literal["ratio", "ours"] = "ratio"

    def __str__(self) -> str:
        """Return the target as it stands in the table: `ratio >= 0.5`."""
        return f"{self.of} {self.sign} {self.bound:g}"

    def is_met(self, ours: float, ratio: float | None) -> bool | None:
        """Return whether the bound holds; None if there is nothing to compare with."""
        value = ours if self.of == "ours" else ratio
        if value is None:
            return None
        return value >= self.bound if self.sign == ">=" else value <= self.bound


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `limit` is None where there is none, `target` where none is set.

    `interval` bounds the ratio (95 %, paired bootstrap), where it was measured in pairs.
    """

    work: str
    ours: float
    limit: float | None
    ratio: float | None
    target: str | None
    met: bool | None
    unit: str
    interval: tuple[float, float] | None = None


def compare(work: str, ours: float, limit: float | None, unit: str, target: Target | None = None) -> Row:
    """Build a row: the ratio is ours / limit, and `met` follows from it."""
    ratio = ours / limit if limit else None
    met = target.is_met(ours, ratio) if target else None
    return Row(work, ours, limit, ratio, str(target) if target else None, met, unit)


def compare_medians(
    work: str, ours: Sequence[float], limit: Sequence[float], unit: str, target: Target | None = None
) -> Row:
    """Build a row from the medians of repetitions."""
    return compare(work, median(ours), median(limit) if limit else None, unit, target)


def compare_pairs(
    work: str, ours: Sequence[float], limit: Sequence[float], unit: str, target: Target | None = None
) -> Row:
    """Build a row from the medians of pairs that were measured in turn, with the interval of their ratio."""
    found = median_ratio_interval(np.asarray(ours), np.asarray(limit))
    return replace(compare_medians(work, ours, limit, unit, target), interval=(found.low, found.high))


def milliseconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def in_turn(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """Return, for each repetition, the rate of doing two things of these rates one after the other."""
    return [1 / (1 / one + 1 / other) for one, other in zip(first, second, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share (0-1) of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def print_report(facts: Mapping[str, Any], rows: Iterable[Row]) -> None:
    """Print what was measured on which machine, and the table."""
    print_table(("fact", "value"), [(name, _shown(value)) for name, value in facts.items()])
    print()
    print_table(HEADER, [_cells(row) for row in rows])


def write_json(path: Path, facts: Mapping[str, Any], rows: Iterable[Row]) -> None:
    """Write facts and rows as JSON, making the folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**facts, "rows": [asdict(row) for row in rows]}, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _cells(row: Row) -> tuple[str, ...]:
    met = {True: "yes", False: "NO", None: ""}[row.met]
    bounds = f" ({row.interval[0]:.3f} to {row.interval[1]:.3f})" if row.interval else ""
    numbers = (_number(row.ours), _number(row.limit), row.unit, _number(row.ratio) + bounds)
    return (row.work, *numbers, row.target or "", met)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(item)}" for name, item in value.items())
    if isinstance(value, (list, tuple)) and len(value) > MOST_SHOWN:
        return f"{len(value)} (in the JSON file)"
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(item) for item in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
