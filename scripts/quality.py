"""Measure recommendations beside their baselines on a folder with a CSV of interactions; tell which goals are met.

What the folder holds: docs/evaluation.md.
"""

from __future__ import annotations

import time
from pathlib import Path

import click

from recommender.config import Settings
from recommender.errors import TooLittleDataError
from recommender.evaluation.csv_interactions import read_csv
from recommender.evaluation.data_sets import DataSet, Targets, find_data_set
from recommender.evaluation.goals import QualityRow, as_text, measure_quality
from recommender.metrics.report import HELD_OUT
from recommender.metrics.splits import Split, split_by_learner
from scripts.command import FAILED, command, run
from scripts.files import write_json
from scripts.options import FILE, json_option, output_option
from scripts.output import Progress, print_json
from scripts.session import recommender_settings


@command(examples=["../data/courses", "../data/courses --output quality.json"])
@click.argument("folder", type=FILE)
@json_option
@output_option
def main(folder: Path, as_json: bool, output: Path | None) -> int:
    """Measure recommendations beside their baselines on a data set, and print each goal with its target.

    FOLDER holds one CSV of interactions and, if the items have features, one of these; or MovieLens 100K. The exit
    status is 1 if a goal is missed.
    """
    started = time.monotonic()
    settings = recommender_settings()
    with Progress() as progress:
        found = find_data_set(folder)
        split, size = _read(found, settings, progress)
        rows = _measure(split, settings, found.targets, progress)
    values = [row.as_dict() for row in rows]
    if as_json:
        print_json(values)
    else:
        click.echo(f"{as_text(rows)}\n{size}; {time.monotonic() - started:.0f} s")
    if output:
        write_json(output, values)
    return 0 if all(row.met for row in rows) else FAILED


def _read(found: DataSet, settings: Settings, progress: Progress) -> tuple[Split, str]:
    """Return the data set, split into past and future, and its size in words."""
    interactions = read_csv(found.interactions, found.columns)
    dataset = interactions.dataset(found.nuggets, settings.training.item_features)
    size = f"{len(dataset.users)} learners, {len(dataset.items)} items, {len(dataset.item_of)} interactions"
    progress.step(f"{found.interactions.name}: {size}; {len(found.nuggets)} items with features")
    service = settings.service
    split = (
        split_by_learner(dataset, found.by_learner)
        if found.by_learner
        else interactions.split(dataset, service.held_out_share, service.min_test_learners)
    )
    if len(split.learners) == 0:
        raise TooLittleDataError(
            "Nobody's future can be held out: no learner took two items that others took too."
        )
    held_out = f"{len(split.learners)} measured on {HELD_OUT[split.name]}"
    return (
        split,
        f"{size}; {held_out}; {split.unmet:.1%} of the future is of items that the past does not know",
    )


def _measure(split: Split, settings: Settings, targets: Targets, progress: Progress) -> list[QualityRow]:
    rows = []
    for row in measure_quality(split, settings, targets, progress.step):
        progress.step(f"  {row.work}: {row.ratio:.3f}")
        rows.append(row)
    return rows


if __name__ == "__main__":
    run(main)
