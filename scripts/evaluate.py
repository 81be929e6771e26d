"""Measure the model beside every baseline on the future of a store or of a CSV file; nothing is changed.

With --csv no database is needed: docs/evaluation.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from lrs.auth.stores import store_named
from recommender.catalogue.nuggets import Nugget
from recommender.config import Settings
from recommender.errors import TooLittleDataError
from recommender.evaluation.charts import write_plots
from recommender.evaluation.comparison import Comparison, compare
from recommender.evaluation.csv_interactions import CsvColumns, read_csv
from recommender.evaluation.csv_nuggets import read_nuggets
from recommender.evaluation.text import as_text
from recommender.metrics.splits import Split, best_split
from recommender.training.jobs import load_current
from scripts.command import command, run
from scripts.options import FILE, json_option
from scripts.output import Progress, print_json, say
from scripts.session import open_database, recommender_settings

OF_A_FILE = ("learner", "item", "time", "position", "rating", "features", "features_item")

_Loaded = tuple[Split, Mapping[str, Nugget], Settings]
Callback = TypeVar("Callback", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The parsed arguments: a store, or a file and its columns; and how to show the result."""

    store: str | None
    csv: Path | None
    learner: str
    item: str
    time: str
    position: str
    rating: str
    least: float | None
    features: Path | None
    features_item: str
    encoding: str
    segments: bool
    plots: Path | None
    as_json: bool

    def check(self) -> None:
        """Raise UsageError for options that do not go together."""
        if (self.store is None) == (self.csv is None):
            raise click.UsageError("Name a store, or a file with --csv.")
        if self.time and self.position:
            raise click.UsageError("--time and --position exclude each other; give one.")
        if bool(self.rating) != (self.least is not None):
            raise click.UsageError("--rating needs --least, the smallest rating that counts; give both.")
        given = [name.replace("_", "-") for name in OF_A_FILE if getattr(self, name)]
        if self.store and given:
            raise click.UsageError(
                f"--{given[0]} tells how to read a file; name the file with --csv, or leave it out."
            )

    @property
    def columns(self) -> CsvColumns:
        """The columns of the file."""
        return CsvColumns(
            learner=self.learner,
            item=self.item,
            time=self.time,
            position=self.position,
            rating=self.rating,
            min_rating=self.least or 0.0,
            encoding=self.encoding,
        )


def _column(name: str, help_text: str) -> Callable[[Callback], Callback]:
    return click.option(name, default="", metavar="COLUMN", help=f"With --csv: {help_text}")


@command(
    examples=[
        "acme --segments",
        "acme --json --plots charts",
        "--csv takes.csv --learner user --item course --time date",
    ]
)
@click.argument("store", required=False)
@click.option(
    "--csv", type=FILE, metavar="FILE", help="File of interactions, plain or gzip, instead of a store."
)
@_column("--learner", "column of the learner, by name or by number from 1.")
@_column("--item", "column of the item.")
@_column("--time", "column of the time: ISO 8601, or a number since 1970.")
@_column("--position", "column of the place in the learner's own order, instead of --time.")
@_column("--rating", "column of a rating, with --least.")
@click.option("--least", type=float, metavar="NUMBER", help="With --csv: smallest rating that counts.")
@click.option("--features", type=FILE, metavar="FILE", help="With --csv: file of the items' features.")
@_column("--features-item", "column of the item in that file.")
@click.option(
    "--encoding", default="utf-8-sig", help="With --csv: of the files, such as latin-1 (default: UTF-8)."
)
@click.option("--segments", is_flag=True, help="Print the groups of learners and nuggets too.")
@click.option("--plots", type=FILE, metavar="FOLDER", help="Write charts (SVG) into this folder.")
@json_option
def main(**options: Any) -> None:
    """Measure the model beside every baseline on the future of a store or of a CSV file.

    Nothing is changed. With --csv no database is needed.
    """
    evaluation = Evaluation(**options)
    evaluation.check()
    with Progress() as progress:
        split, nuggets, settings = _load(evaluation, recommender_settings(), progress)
        if len(split.learners) == 0:
            raise TooLittleDataError(
                "Nobody's future can be held out: no learner took two items that others took too."
            )
        comparison = compare(split, nuggets, settings, progress.step)
    _show(comparison, evaluation)


def _load(evaluation: Evaluation, settings: Settings, progress: Progress) -> _Loaded:
    if evaluation.csv:
        return _from_csv(evaluation, evaluation.csv, settings, progress)
    return _from_store(evaluation, settings, progress)


def _from_csv(evaluation: Evaluation, source: Path, settings: Settings, progress: Progress) -> _Loaded:
    interactions = read_csv(source, evaluation.columns)
    features = evaluation.features
    nuggets = read_nuggets(features, evaluation.features_item, evaluation.encoding) if features else {}
    dataset = interactions.dataset(nuggets, settings.training.item_features)
    progress.step(
        f"{len(dataset.users)} learners, {len(dataset.items)} items, {len(dataset.item_of)} interactions"
    )
    service = settings.service
    return interactions.split(dataset, service.held_out_share, service.min_test_learners), nuggets, settings


def _from_store(evaluation: Evaluation, settings: Settings, progress: Progress) -> _Loaded:
    with open_database() as database:
        store = store_named(database, evaluation.store or "")
        dataset, nuggets, settings = load_current(database, store, settings, progress.step)
    service = settings.service
    return best_split(dataset, service.held_out_share, service.min_test_learners), nuggets, settings


def _show(comparison: Comparison, evaluation: Evaluation) -> None:
    if evaluation.plots:
        for path in write_plots(comparison, evaluation.plots):
            say(f"wrote {path}")
    if evaluation.as_json:
        print_json(comparison.as_dict())
    else:
        click.echo(as_text(comparison, evaluation.segments))


if __name__ == "__main__":
    run(main)
