"""Measure the model beside every baseline on the future of a store or of a CSV file; nothing is changed.

With --csv no database is needed: docs/evaluation.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from lrs.auth.stores import store_named
from recommender.catalogue.nuggets import Nugget
from recommender.config import Settings, from_environment
from recommender.errors import RecommenderError, TooLittleDataError
from recommender.evaluation.charts import write_plots
from recommender.evaluation.comparison import Comparison, compare
from recommender.evaluation.csv_interactions import CsvColumns, read_csv
from recommender.evaluation.csv_nuggets import read_nuggets
from recommender.evaluation.text import as_text
from recommender.metrics.splits import Split, best_split
from recommender.training.jobs import load_current
from schemas.json_text import dump_json
from scripts.session import WRONG_USE, open_database, run

OF_A_FILE = ("learner", "item", "time", "position", "rating", "features", "features-item")

_Loaded = tuple[Split, Mapping[str, Nugget], Settings]


def main() -> int:
    """Print the tables, or JSON, and write plots where asked to."""
    parser = _parser()
    arguments = parser.parse_args()
    misuse = _misuse(arguments)
    if misuse:
        parser.print_usage(sys.stderr)
        print(misuse, file=sys.stderr)
        return WRONG_USE
    load = _from_csv if arguments.csv else _from_store
    split, nuggets, settings = load(arguments, from_environment(os.environ))
    if len(split.learners) == 0:
        raise TooLittleDataError(
            "Nobody's future can be held out: no learner took two items that others took too."
        )
    comparison = compare(split, nuggets, settings, _tell)
    _show(comparison, arguments)
    return 0


def _misuse(arguments: argparse.Namespace) -> str:
    """Return what is wrong with options that do not go together; empty if nothing is."""
    if (arguments.store is None) == (arguments.csv is None):
        return "Name a store, or a file with --csv."
    if bool(arguments.rating) != (arguments.least is not None):
        return "--rating goes with --least, the smallest rating that counts; give both."
    given = [name for name in OF_A_FILE if getattr(arguments, name.replace("-", "_"))]
    if arguments.store and given:
        return f"--{given[0]} tells how to read a file; name the file with --csv, or leave it out."
    return ""


def _from_csv(arguments: argparse.Namespace, settings: Settings) -> _Loaded:
    columns = CsvColumns(
        learner=arguments.learner,
        item=arguments.item,
        time=arguments.time,
        position=arguments.position,
        rating=arguments.rating,
        least=arguments.least or 0.0,
        encoding=arguments.encoding,
    )
    interactions = read_csv(arguments.csv, columns)
    features = arguments.features
    nuggets = read_nuggets(features, arguments.features_item, arguments.encoding) if features else {}
    dataset = interactions.dataset(nuggets, settings.training.item_features)
    _tell(f"{len(dataset.users)} learners, {len(dataset.items)} items, {len(dataset.item_of)} interactions")
    service = settings.service
    return interactions.split(dataset, service.held_out_share, service.least_held_out), nuggets, settings


def _from_store(arguments: argparse.Namespace, settings: Settings) -> _Loaded:
    with open_database() as (database, _):
        dataset, nuggets, settings = load_current(database, store_named(arguments.store), settings, _tell)
    service = settings.service
    return best_split(dataset, service.held_out_share, service.least_held_out), nuggets, settings


def _show(comparison: Comparison, arguments: argparse.Namespace) -> None:
    if arguments.plots:
        for path in write_plots(comparison, arguments.plots):
            _tell(f"wrote {path}")
    if arguments.json:
        print(dump_json(comparison.as_dict()).decode())
    else:
        print(as_text(comparison, arguments.segments))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, epilog="Settings: docs/settings.md")
    parser.add_argument("store", nargs="?", help="store to evaluate on")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="write charts (SVG) into this folder")
    parser.add_argument(
        "--segments", action="store_true", help="print the groups of learners and nuggets too"
    )
    csv = parser.add_argument_group("without a database (columns by name, or by number from 1)")
    csv.add_argument("--csv", type=Path, metavar="FILE", help="file of interactions, plain or gzip")
    csv.add_argument("--learner", default="", metavar="COLUMN", help="column of the learner")
    csv.add_argument("--item", default="", metavar="COLUMN", help="column of the item")
    order = csv.add_mutually_exclusive_group()
    order.add_argument("--time", default="", metavar="COLUMN", help="time: ISO 8601 or a number since 1970")
    order.add_argument("--position", default="", metavar="COLUMN", help="place in the learner's own order")
    csv.add_argument("--rating", default="", metavar="COLUMN", help="column of a rating, with --least")
    csv.add_argument("--least", type=float, metavar="NUMBER", help="smallest rating that counts")
    csv.add_argument("--features", type=Path, metavar="FILE", help="file of the items' features")
    csv.add_argument("--features-item", default="", metavar="COLUMN", help="column of the item in that file")
    csv.add_argument("--encoding", default="utf-8-sig", help="of the files, such as latin-1 (default: UTF-8)")
    return parser


if __name__ == "__main__":
    run(main, RecommenderError)
