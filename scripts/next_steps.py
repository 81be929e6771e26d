"""Measure on a log of courses how often the next step was foreseen, beside the usual order of each course.

The CSV has the columns course, learner, unit and time: docs/evaluation.md.
"""

from __future__ import annotations

from pathlib import Path

import click

from recommender.evaluation.next_action import TARGET, as_text, measure_next, read_courses
from scripts.command import FAILED, command, run
from scripts.options import FILE, json_option
from scripts.output import print_json


@command(examples=["steps.csv", "steps.csv --json"])
@click.argument("file", type=FILE)
@json_option
def main(file: Path, as_json: bool) -> int:
    """Measure how often the step really taken next is the first answer, beside the usual order of a course.

    FILE is a CSV with the columns course, learner, unit and time. The exit status is 1 if the goal is missed.
    """
    measured = measure_next(read_courses(file))
    (ours, usual), (ratio, low, high) = measured.shares, measured.interval()
    if as_json:
        values = {"ours": ours, "usual": usual, "ratio": ratio, "low": low, "high": high, "target": TARGET}
        print_json({name: round(value, 5) for name, value in values.items()})
    else:
        click.echo(as_text(measured))
    return 0 if ratio >= TARGET else FAILED


if __name__ == "__main__":
    run(main)
