"""Compare two model versions on live traffic: split the learners, look at the outcomes, end with a winner."""

from __future__ import annotations

import argparse
import time

from lrs.auth.stores import Store, store_named
from lrs.storage.database import Database
from recommender.errors import ExperimentNotFoundError, RecommenderError
from recommender.interactions.sync import sync_interactions
from recommender.online.comparison import Comparison, compare_arms, winner_of
from recommender.online.experiments import end_experiment, start_experiment
from recommender.online.figures import HEADER, difference_lines, outcome_rows
from recommender.online.outcomes import EFFECTS
from recommender.storage.experiments import Experiment, find_experiments
from recommender.storage.records import create_indexes
from schemas.json_text import dump_json
from schemas.outcomes import DAY_US, DEFAULT_WINDOW_DAYS, ExperimentSchema
from scripts.retrain import seconds_of
from scripts.session import open_database, print_table, run

SECOND_US = 1_000_000


def main() -> int:
    """Parse the arguments and do what they say."""
    arguments = _parser().parse_args()
    with open_database() as (database, _):
        create_indexes(database)
        store = store_named(arguments.store)
        if arguments.action == "split":
            _split(database, store, arguments)
        elif arguments.action == "show":
            _show(_newest(database, store, arguments.window), arguments.json)
        else:
            _end(database, store, arguments)
    return 0


def _split(database: Database, store: Store, arguments: argparse.Namespace) -> None:
    versions = (arguments.first, arguments.second)
    found = start_experiment(database, store.id, versions, arguments.share)
    print(
        f"Experiment {found.number}: {100 - found.share} % of the learners get version {versions[0]}, "
        f"{found.share} % version {versions[1]}."
    )


def _newest(database: Database, store: Store, window_s: int) -> Comparison:
    found = find_experiments(database, store.id)
    if not found:
        raise ExperimentNotFoundError(f"There was no experiment in {store.name!r} yet; start one with split.")
    sync_interactions(database, store.id)
    return compare_arms(database, store.id, found[0], time.time_ns() // 1000, window_s * SECOND_US)


def _show(comparison: Comparison, as_json: bool) -> None:
    if as_json:
        print(dump_json(ExperimentSchema().dump(comparison)).decode())
        return
    print(_title(comparison.experiment))
    print_table(HEADER, [row for one in comparison.outcomes for row in outcome_rows(one)])
    print("\n".join(difference_lines(comparison)) or "Not both versions were shown to learners yet.")


def _title(experiment: Experiment) -> str:
    first, second = experiment.versions
    state = "runs" if experiment.ended is None else "has ended"
    share = f"{experiment.share} % get the second"
    return f"Experiment {experiment.number} (versions {first} and {second}, {share}) {state}."


def _end(database: Database, store: Store, arguments: argparse.Namespace) -> None:
    winner = arguments.promote
    if arguments.promote_winner:
        winner = winner_of(_newest(database, store, arguments.window), arguments.promote_winner)
    ended = end_experiment(database, store.id, winner)
    told = f"version {winner} is promoted" if winner else "the promoted version answers everybody again"
    print(f"Experiment {ended.number} has ended; {told}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    split = actions.add_parser("split", help="start an experiment")
    split.add_argument("store")
    split.add_argument("first", type=int, help="model version, usually the promoted one")
    split.add_argument("second", type=int, help="model version to compare with it")
    split.add_argument("--share", type=int, default=50, help="percent of the learners who get the second")
    show = actions.add_parser("show", help="tell the outcomes of the newest experiment")
    show.add_argument("store")
    show.add_argument("--json", action="store_true", help="print JSON instead of a table")
    end = actions.add_parser("end", help="end the experiment that runs")
    end.add_argument("store")
    winner = end.add_mutually_exclusive_group()
    winner.add_argument("--promote", type=int, metavar="VERSION", help="promote this version")
    effects = [effect for each in EFFECTS.values() for effect in each]
    winner.add_argument(
        "--promote-winner", choices=effects, metavar="EFFECT", help=f"promote what did better in: {effects}"
    )
    for one in (show, end):
        one.add_argument(
            "--window",
            type=seconds_of,
            metavar="SPAN",
            default=DEFAULT_WINDOW_DAYS * DAY_US // SECOND_US,
            help="how long after an impression an act still counts: 1h, 7d",
        )
    return parser


if __name__ == "__main__":
    run(main, RecommenderError)
