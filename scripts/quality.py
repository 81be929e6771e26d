"""Measure recommendations beside their baselines on a folder with a CSV of interactions; tell which goals are met.

What the folder holds: docs/evaluation.md.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click

from recommender.config import Settings
from recommender.dataset.dataset import Dataset
from recommender.errors import TooLittleDataError
from recommender.evaluation.csv_interactions import CsvInteractions, read_csv
from recommender.evaluation.data_sets import DataSet, find_data_set, find_steps
from recommender.evaluation.goals import QualityRow, as_text, measure_quality, next_step_row, stream_row
from recommender.evaluation.next_action import measure_next, read_courses
from recommender.evaluation.people import people_rows
from recommender.evaluation.stream import measure_stream
from recommender.metrics.report import HELD_OUT
from recommender.metrics.splits import Split, split_by_learner
from scripts.command import FAILED, command, run
from scripts.files import write_json
from scripts.options import FILE, json_option, output_option
from scripts.output import Progress, print_json
from scripts.served_quality import measure_served
from scripts.session import recommender_settings


@command(examples=["../data/courses", "../data/courses --output quality.json"])
@click.argument("folder", type=FILE)
@json_option
@output_option
def main(folder: Path, as_json: bool, output: Path | None) -> int:
    """Measure recommendations beside their baselines on a data set, and print each goal with its target.

    FOLDER holds one CSV of interactions and, if the items have features, one of these; or MovieLens 100K; or a
    question site (questions.csv, answers.csv) or a forum (replies.csv). The exit status is 1 if a goal is missed.
    """
    started = time.monotonic()
    with Progress() as progress:
        rows = []
        for row in _rows(folder, recommender_settings(), progress):
            progress.step(f"  {row.work}: {row.ratio:.3f}")
            rows.append(row)
    values = [row.as_dict() for row in rows]
    if as_json:
        print_json(values)
    else:
        click.echo(f"{as_text(rows)}\n{time.monotonic() - started:.0f} s")
    if output:
        write_json(output, values)
    return 0 if all(row.met for row in rows) else FAILED


def _rows(folder: Path, settings: Settings, progress: Progress) -> Iterator[QualityRow]:
    """Yield what the files of the folder can show."""
    people = list(people_rows(folder, settings.training)) if folder.is_dir() else []
    yield from people
    found = None if people else find_data_set(folder)
    if found:
        yield from _interaction_rows(found, settings, progress)
    for path in find_steps(folder):
        progress.step(f"{path.name}: the next step in a course")
        yield next_step_row(measure_next(read_courses(path)))


def _interaction_rows(found: DataSet, settings: Settings, progress: Progress) -> Iterator[QualityRow]:
    interactions = read_csv(found.interactions, found.columns)
    dataset = interactions.dataset(found.nuggets, settings.training.item_features)
    split = _split(found, interactions, dataset, settings)
    progress.step(
        f"{found.interactions.name}: {len(dataset.users)} learners, {len(dataset.items)} items, "
        f"{len(dataset.item_of)} interactions; {len(found.nuggets)} items with features; {len(split.learners)} "
        f"learners measured on {HELD_OUT[split.name]}, {split.unmet:.1%} of which are with unknown items"
    )
    yield from measure_quality(split, settings, found.targets, progress.step)
    if interactions.has_times and not found.by_learner:
        yield from map(
            stream_row, measure_stream(dataset, settings.training, settings.service.top_k, progress.step)
        )
    titles = {name: nugget.title() for name, nugget in found.nuggets.items()}
    yield from measure_served(split, titles, interactions.has_times, settings, progress.step)


def _split(found: DataSet, interactions: CsvInteractions, dataset: Dataset, settings: Settings) -> Split:
    service = settings.service
    if found.by_learner:
        split = split_by_learner(dataset, found.by_learner)
    else:
        split = interactions.split(dataset, service.held_out_share, service.min_test_learners)
    if len(split.learners) == 0:
        raise TooLittleDataError(
            "Nobody's future can be held out: no learner took two items that others took too."
        )
    return split


if __name__ == "__main__":
    run(main)
