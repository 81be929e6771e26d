"""Measure recommendations beside their baselines on a folder with a CSV of interactions; tell which goals are met.

The folder holds one file of interactions and, if the items have features, one of these: docs/evaluation.md.
"""

from __future__ import annotations

import time
from pathlib import Path

import click

from recommender.config import Settings
from recommender.errors import TooLittleDataError
from recommender.evaluation.csv_interactions import find_files, read_csv
from recommender.evaluation.csv_nuggets import read_nuggets
from recommender.evaluation.goals import QualityRow, as_text, measure_quality
from recommender.metrics.splits import Split
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

    FOLDER holds one CSV of interactions and, if the items have features, one of these. The exit status is 1 if
    a goal is missed.
    """
    started = time.monotonic()
    settings = recommender_settings()
    with Progress() as progress:
        split, size = _read(folder, settings, progress)
        rows = _measure(split, settings, progress)
    values = [row.as_dict() for row in rows]
    if as_json:
        print_json(values)
    else:
        click.echo(f"{as_text(rows)}\n{size}; {time.monotonic() - started:.0f} s")
    if output:
        write_json(output, values)
    return 0 if all(row.met for row in rows) else FAILED


def _read(folder: Path, settings: Settings, progress: Progress) -> tuple[Split, str]:
    """Return the data set, split into past and future, and its size in words."""
    interactions_file, features_file = find_files(folder)
    interactions = read_csv(interactions_file)
    nuggets = read_nuggets(features_file) if features_file else {}
    dataset = interactions.dataset(nuggets, settings.training.item_features)
    size = f"{len(dataset.users)} learners, {len(dataset.items)} items, {len(dataset.item_of)} interactions"
    progress.step(f"{interactions_file.name}: {size}; {len(nuggets)} items with features")
    split = interactions.split(dataset, settings.service.held_out_share, settings.service.min_test_learners)
    if len(split.learners) == 0:
        raise TooLittleDataError(
            "Nobody's future can be held out: no learner took two items that others took too."
        )
    return split, size


def _measure(split: Split, settings: Settings, progress: Progress) -> list[QualityRow]:
    rows = []
    for row in measure_quality(split, settings, progress.step):
        progress.step(f"  {row.work}: {row.ratio:.3f}")
        rows.append(row)
    return rows


if __name__ == "__main__":
    run(main)
