"""Measure the model beside every baseline on the future of a store or of a CSV file; nothing is changed.

With --csv no database is needed: docs/evaluation.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import click

from lrs.auth.stores import store_named
from recommender.catalogue.nuggets import Nugget
from recommender.config import Settings
from recommender.errors import TooLittleDataError
from recommender.evaluation.charts import write_plots
from recommender.evaluation.comparison import Comparison, compare
from recommender.evaluation.csv_interactions import read_csv
from recommender.evaluation.csv_nuggets import read_nuggets
from recommender.evaluation.csv_rows import CsvColumns
from recommender.evaluation.html_report import as_html
from recommender.evaluation.listening import measure_lists
from recommender.evaluation.text import as_text
from recommender.metrics.splits import Split, best_split, split_as
from recommender.serving.context import open_serving
from recommender.training.jobs import load_current
from scripts.column_options import column_option, columns_of, interaction_columns
from scripts.command import command, run
from scripts.files import write_file
from scripts.options import FILE, json_option
from scripts.output import Progress, print_json, say
from scripts.session import open_database, recommender_settings

OF_A_FILE = ("learner", "item", "time", "position", "rating", "features", "features_item")
SPLITS = ("time", "learner", "last")

_Loaded = tuple[Split, Mapping[str, Nugget], Settings]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The parsed arguments: a store, or a file and its columns; what is held out; and how to show the result."""

    store: str | None
    csv: Path | None
    columns: CsvColumns
    features: Path | None
    features_item: str
    split: str | None
    share: float | None
    segments: bool
    lists: bool
    plots: Path | None
    html: Path | None
    as_json: bool


@command(
    examples=[
        "acme --segments",
        "acme --json --html report.html",
        "acme --lists",
        "--csv takes.csv --learner user --item course --time date",
        "--csv u.data --learner 1 --item 2 --rating 3 --min-rating 4 --time 4 --split learner --share .2",
    ]
)
@click.argument("store", required=False)
@click.option(
    "--csv", type=FILE, metavar="FILE", help="File of interactions, plain or gzip, instead of a store."
)
@interaction_columns
@click.option("--features", type=FILE, metavar="FILE", help="With --csv: file of the items' features.")
@column_option("--features-item", "Column of the item in that file.")
@click.option(
    "--split",
    type=click.Choice(SPLITS),
    help="Hold out the newest interactions of all (time), the newest of each learner (learner), or the last of each "
    "(default: time; last where that leaves too few learners).",
)
@click.option("--share", type=click.FloatRange(0.001, 0.9), help="Share that is held out.")
@click.option("--segments", is_flag=True, help="Print the groups of learners and nuggets too.")
@click.option("--lists", is_flag=True, help="Only count whether the lists served now listen to learners.")
@click.option("--plots", type=FILE, metavar="FOLDER", help="Write charts (SVG) into this folder.")
@click.option("--html", type=FILE, metavar="FILE", help="Write a report with charts, in one HTML file.")
@json_option
def main(**options: Any) -> None:
    """Measure the model beside every baseline on the future of a store or of a CSV file.

    Nothing is changed. With --csv no database is needed.
    """
    evaluation = _parsed(options)
    if evaluation.lists:
        _show_lists(evaluation)
        return
    with Progress() as progress:
        split, nuggets, settings = _load(evaluation, recommender_settings(), progress)
        if len(split.learners) == 0:
            raise TooLittleDataError(
                "Nobody's future can be held out: no learner took two items that others took too."
            )
        comparison = compare(split, nuggets, settings, progress.step)
    _show(comparison, evaluation)


def _show_lists(evaluation: Evaluation) -> None:
    with open_database() as database:
        store = store_named(database, evaluation.store or "")
        service = replace(recommender_settings().service, refresh_ms=0)  # so that nothing is read meanwhile
        found = measure_lists(open_serving(database, service), store)
    if evaluation.as_json:
        print_json(found.as_dict())
    else:
        click.echo(found.as_text())


def _parsed(options: dict[str, Any]) -> Evaluation:
    """Return the arguments; raise UsageError for options that do not go together."""
    if (options["store"] is None) == (options["csv"] is None):
        raise click.UsageError("Name a store, or a file with --csv.")
    if options["lists"] and not options["store"]:
        raise click.UsageError("--lists asks for the lists of a store's learners; name the store.")
    columns = columns_of(options)
    given = [name.replace("_", "-") for name in OF_A_FILE if options[name]]
    if options["store"] and given:
        raise click.UsageError(
            f"--{given[0]} tells how to read a file; name the file with --csv, or leave it out."
        )
    if options["split"] == "last" and options["share"]:
        raise click.UsageError("--split last holds out one interaction of each learner; leave out --share.")
    names = [field.name for field in fields(Evaluation) if field.name != "columns"]
    return Evaluation(columns=columns, **{name: options[name] for name in names})


def _load(evaluation: Evaluation, settings: Settings, progress: Progress) -> _Loaded:
    if evaluation.csv:
        return _from_csv(evaluation, evaluation.csv, settings, progress)
    return _from_store(evaluation, settings, progress)


def _from_csv(evaluation: Evaluation, source: Path, settings: Settings, progress: Progress) -> _Loaded:
    interactions = read_csv(source, evaluation.columns)
    features, encoding = evaluation.features, evaluation.columns.encoding
    nuggets = read_nuggets(features, evaluation.features_item, encoding) if features else {}
    dataset = interactions.dataset(nuggets, settings.training.item_features)
    progress.step(
        f"{len(dataset.users)} learners, {len(dataset.items)} items, {len(dataset.item_of)} interactions"
    )
    share = evaluation.share or settings.service.held_out_share
    if evaluation.split:
        return split_as(evaluation.split, dataset, share), nuggets, settings
    return interactions.split(dataset, share, settings.service.min_test_learners), nuggets, settings


def _from_store(evaluation: Evaluation, settings: Settings, progress: Progress) -> _Loaded:
    with open_database() as database:
        store = store_named(database, evaluation.store or "")
        dataset, nuggets, settings = load_current(database, store, settings, progress.step)
    share = evaluation.share or settings.service.held_out_share
    if evaluation.split:
        return split_as(evaluation.split, dataset, share), nuggets, settings
    return best_split(dataset, share, settings.service.min_test_learners), nuggets, settings


def _show(comparison: Comparison, evaluation: Evaluation) -> None:
    if evaluation.plots:
        for path in write_plots(comparison, evaluation.plots):
            say(f"wrote {path}")
    if evaluation.html:
        title = f"Evaluation of {evaluation.store or (evaluation.csv and evaluation.csv.name)}"
        write_file(evaluation.html, as_html(comparison, title).encode())
        say(f"wrote {evaluation.html}")
    if evaluation.as_json:
        print_json(comparison.as_dict())
    else:
        click.echo(as_text(comparison, evaluation.segments))


if __name__ == "__main__":
    run(main)
