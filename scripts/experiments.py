"""Compare two model versions on live traffic: split the learners, look at the outcomes, end with a winner."""

from __future__ import annotations

import time

import click

from lrs.auth.stores import Store, store_named
from lrs.personas import find_agreeing
from lrs.storage.database import Database
from recommender.errors import ExperimentNotFoundError
from recommender.interactions.sync import sync_interactions
from recommender.online.comparison import Comparison, compare_arms
from recommender.online.experiments import end_experiment, start_experiment
from recommender.online.figures import HEADER, difference_lines, outcome_rows
from recommender.online.outcomes import EFFECTS
from recommender.storage.experiments import Experiment, find_experiments
from recommender.training.gate import judge_experiment
from schemas.outcomes import DAY_US, DEFAULT_WINDOW_DAYS, ExperimentSchema
from scripts.command import Group, run
from scripts.options import SPAN, json_option, store_argument
from scripts.output import print_json, print_result, print_table
from scripts.session import open_database

SECOND_US = 1_000_000

window_option = click.option(
    "--window",
    type=SPAN,
    default=DEFAULT_WINDOW_DAYS * DAY_US // SECOND_US,
    help="How long after an impression an act still counts: 1h, 7d.",
)


@click.group(cls=Group)
def main() -> None:
    """Compare two model versions on live traffic, learner by learner."""


@main.command("split", examples=["acme 3 4", "acme 3 4 --share 30"])
@store_argument
@click.argument("first", type=int)
@click.argument("second", type=int)
@click.option(
    "--share", type=int, default=50, show_default=True, help="Percent of the learners that get the second."
)
@json_option
def split(store: str, first: int, second: int, share: int, as_json: bool) -> None:
    """Start an experiment with two model versions.

    FIRST is usually the promoted version, SECOND the one to compare with it.
    """
    with open_database() as database:
        found = start_experiment(database, store_named(database, store).id, (first, second), share)
    values = {"experiment": found.number, "versions": [first, second], "share": found.share}
    sentence = (
        f"Experiment {found.number}: {100 - found.share} % of the learners get version {first}, "
        f"{found.share} % version {second}."
    )
    print_result(values, sentence, as_json=as_json)


@main.command("show", examples=["acme", "acme --window 1d --json"])
@store_argument
@window_option
@json_option
def show(store: str, window: float, as_json: bool) -> None:
    """Show the outcomes of the newest experiment."""
    with open_database() as database:
        comparison = _newest(database, store_named(database, store), window)
    if as_json:
        print_json(ExperimentSchema().dump(comparison))
        return
    click.echo(_title(comparison.experiment))
    print_table(HEADER, [row for one in comparison.outcomes for row in outcome_rows(one)])
    click.echo("\n".join(difference_lines(comparison)) or "Not both versions were shown to learners yet.")


@main.command("end", examples=["acme", "acme --promote 4", "acme --promote-winner completed"])
@store_argument
@click.option("--promote", type=int, metavar="VERSION", help="Promote this version.")
@click.option(
    "--promote-winner",
    type=click.Choice([effect for each in EFFECTS.values() for effect in each]),
    help="Promote the version that did better in this.",
)
@window_option
@json_option
def end(store: str, promote: int | None, promote_winner: str | None, window: float, as_json: bool) -> None:
    """End the experiment that runs."""
    if promote is not None and promote_winner:
        raise click.UsageError("--promote and --promote-winner exclude each other; give one.")
    with open_database() as database:
        found = store_named(database, store)
        winner = (
            judge_experiment(_newest(database, found, window), promote_winner) if promote_winner else promote
        )
        ended = end_experiment(database, found.id, winner)
    told = f"version {winner} is promoted" if winner else "the promoted version answers everybody again"
    sentence = f"Experiment {ended.number} has ended; {told}."
    print_result({"experiment": ended.number, "promoted": winner}, sentence, as_json=as_json)


def _newest(database: Database, store: Store, window_s: float) -> Comparison:
    found = find_experiments(database, store.id)
    if not found:
        raise ExperimentNotFoundError(f"There was no experiment in {store.name!r} yet; start one with split.")
    sync_interactions(database, store.id)
    counted = find_agreeing(database, store.id, "figures")
    now, window = time.time_ns() // 1000, int(window_s * SECOND_US)
    return compare_arms(database, store.id, found[0], now, window, counted)


def _title(experiment: Experiment) -> str:
    first, second = experiment.versions
    state = "runs" if experiment.ended is None else "has ended"
    share = f"{experiment.share} % get the second"
    return f"Experiment {experiment.number} (versions {first} and {second}, {share}) {state}."


if __name__ == "__main__":
    run(main)
