"""Options of the commands that read a text table of interactions: which column holds what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from recommender.evaluation.csv_rows import CsvColumns

Callback = TypeVar("Callback", bound=Callable[..., Any])


def column_option(name: str, help_text: str) -> Callable[[Callback], Callback]:
    """Return an option that names a column of a text table."""
    return click.option(name, default="", metavar="COLUMN", help=help_text)


def interaction_columns(callback: Callback) -> Callback:
    """Add the options that say where a text table has the learner, the item, the time and the rating."""
    for option in reversed(
        (
            column_option("--learner", "Column of the learner, by name or by number from 1."),
            column_option("--item", "Column of the item."),
            column_option("--time", "Column of the time: ISO 8601, or a number since 1970."),
            column_option(
                "--position", "Column of the position in the learner's own order, instead of --time."
            ),
            column_option("--rating", "Column of a rating, with --min-rating."),
            click.option("--min-rating", type=float, metavar="NUMBER", help="Smallest rating that counts."),
            click.option(
                "--encoding",
                default="utf-8-sig",
                help="Encoding of the files, such as latin-1 (default: UTF-8).",
            ),
        )
    ):
        callback = option(callback)
    return callback


def columns_of(options: Mapping[str, Any], title: str = "") -> CsvColumns:
    """Return the columns that the options name; raise UsageError for options that do not go together."""
    if options["time"] and options["position"]:
        raise click.UsageError("--time and --position exclude each other; give one.")
    if bool(options["rating"]) != (options["min_rating"] is not None):
        raise click.UsageError("--rating needs --min-rating, the smallest rating that counts; give both.")
    return CsvColumns(
        learner=options["learner"],
        item=options["item"],
        time=options["time"],
        position=options["position"],
        rating=options["rating"],
        min_rating=options["min_rating"] or 0.0,
        title=title,
        encoding=options["encoding"],
    )
