"""The next step in a course: how often the step really taken next is the first answer, beside the usual order.

`learnerprise next-steps` prints it. `learnerprise quality` may show it as one of its goals: `measure_next(read_courses(
path))` has the shares, their ratio with its interval, and TARGET.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lrs.ingestion.tables import open_table
from recommender.errors import TooLittleDataError
from recommender.evaluation.csv_times import Moments
from recommender.ranking.course_order import CourseOrder, learn_order, onwards, rank_open

Array = np.ndarray[Any, np.dtype[Any]]
PARTS = 5
SAMPLES, SEED = 1000, 1
MIN_LEARNERS = 10
TARGET = 1.1

Sequences = Mapping[str, Sequence[str]]
"""The steps that each learner of a course took, in the order of time and each once."""


@dataclass(frozen=True, slots=True)
class NextMeasured:
    """How often the first answer was the step taken next: for each learner the `hits` of ours, of `usual`, and cases.

    `usual` answers the next step in the usual order of the course, by the median place of each step.
    """

    hits: Array
    usual: Array
    cases: Array

    @property
    def shares(self) -> tuple[float, float]:
        """Return the share of all cases that ours and the usual order hit."""
        total = max(1.0, float(self.cases.sum()))
        return float(self.hits.sum()) / total, float(self.usual.sum()) / total

    def interval(self) -> tuple[float, float, float]:
        """Return the ratio of both shares with its 95 % bootstrap interval over the learners."""
        random = np.random.default_rng(SEED)
        drawn = random.integers(len(self.cases), size=(SAMPLES, len(self.cases)))
        ratios = self.hits[drawn].sum(axis=1) / np.maximum(1.0, self.usual[drawn].sum(axis=1))
        low, high = np.quantile(ratios, (0.025, 0.975))
        ours, usual = self.shares
        return ours / usual if usual else float(ours > 0), float(low), float(high)


def measure_next(courses: Mapping[str, Sequences]) -> NextMeasured:
    """Ask for each learner and each step: the order is learned from the learners of the other four fifths.

    Steps that none of those took cannot be met and are left out, and so are courses of fewer than ten learners.
    Raises TooLittleDataError where no course has so many.
    """
    found = [
        _measure(
            learn_order([taken[name] for name in taken if name not in some]), [taken[one] for one in some]
        )
        for taken in courses.values()
        if len(taken) >= MIN_LEARNERS
        for some in _parts(sorted(taken))
    ]
    if not found:
        raise TooLittleDataError(f"No course has {MIN_LEARNERS} learners.")
    rows = np.array([row for part in found for row in part], dtype=np.float64).reshape(-1, 3)
    return NextMeasured(rows[:, 0], rows[:, 1], rows[:, 2])


def _parts(learners: Sequence[str]) -> Iterator[set[str]]:
    order = np.random.default_rng(SEED).permutation(len(learners))
    for part in range(PARTS):
        yield {learners[position] for position in order[part::PARTS]}


def _measure(order: CourseOrder, sequences: Sequence[Sequence[str]]) -> list[tuple[int, int, int]]:
    rows = []
    for steps in sequences:
        answers = [
            (
                rank_open(order, steps[:place], open_steps)[0] == step,
                onwards(order.places, steps[:place], open_steps)[0] == step,
            )
            for place, step in enumerate(steps)
            if step in order.places
            for open_steps in [order.places.keys() - set(steps[:place])]
        ]
        rows.append((sum(ours for ours, _ in answers), sum(usual for _, usual in answers), len(answers)))
    return rows


def read_courses(path: Path) -> dict[str, dict[str, list[str]]]:
    """Read the steps that learners took from a CSV with the columns course, learner, unit and time (seconds).

    Another column `offering` parts the runs of a course. Raises RequestRefusedError, which names line and column.
    """
    table = open_table(path)
    course, learner, unit, time = (table.column(name) for name in ("course", "learner", "unit", "time"))
    run = table.column("offering") if "offering" in table.header else course
    moments, acts = Moments(is_time=True), list[tuple[str, str, str]]()
    for line, cells in table.rows():
        moments.add(f"{path.name}, line {line}, column time", cells[time])
        acts.append((f"{cells[course]} {cells[run]}", cells[learner], cells[unit]))
    found: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for place in np.argsort(moments.values(), kind="stable").tolist():
        name, who, step = acts[place]
        found[name][who].setdefault(step)
    return {name: {who: list(steps) for who, steps in learners.items()} for name, learners in found.items()}


def as_text(measured: NextMeasured) -> str:
    """Return what was measured in two sentences."""
    ours, usual = measured.shares
    ratio, low, high = measured.interval()
    return (
        f"The step taken next is the first answer in {ours:.3f} of {int(measured.cases.sum())} cases, "
        f"and in {usual:.3f} by the usual order of the course.\n"
        f"The ratio is {ratio:.2f} ({low:.2f} to {high:.2f}); the target is {TARGET}."
    )
