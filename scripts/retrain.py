"""Train a model on all Statements of a store, evaluate it, and promote it if it is good enough."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from pathlib import Path

from lrs.auth.stores import Store, list_stores, store_named
from lrs.config import read_settings
from lrs.errors import RequestRefusedError
from lrs.storage.database import Database
from recommender.config import from_environment
from recommender.errors import RecommenderError
from recommender.training.jobs import retrain, tune
from recommender.training.refresh import refresh_model
from recommender.training.search import Found
from scripts.session import FAILED, WRONG_USE, open_database, run

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
ALIVE_FILE = "trainer.alive"


def main() -> int:
    """Train once, or again and again; return 1 if a training failed."""
    parser = _parser()
    arguments = parser.parse_args()
    alive = read_settings(os.environ).data_folder / ALIVE_FILE
    if arguments.check_alive:
        return _check_alive(alive)
    if bool(arguments.store) == arguments.all_stores:
        parser.print_usage(sys.stderr)
        print("Name one store, or give --all-stores.", file=sys.stderr)
        return WRONG_USE
    if arguments.full_every and not arguments.every:
        print("--full-every goes with --every, which says how often to refresh between.", file=sys.stderr)
        return WRONG_USE
    if not arguments.every:
        return _round(arguments, arguments.refresh)
    return _go_on(arguments, alive)


def _go_on(arguments: argparse.Namespace, alive: Path) -> int:
    """Train again and again; with --full-every refresh in between."""
    trained = float("-inf")
    while True:
        _touch(alive, 2 * arguments.every)
        is_due = time.monotonic() - trained >= (arguments.full_every or 0)
        refresh_only = arguments.refresh or not is_due
        _round(arguments, refresh_only)
        trained = trained if refresh_only else time.monotonic()
        _touch(alive, 2 * arguments.every)
        time.sleep(arguments.every)


def _round(arguments: argparse.Namespace, refresh_only: bool) -> int:
    with open_database() as (database, _):
        stores = list_stores() if arguments.all_stores else [store_named(arguments.store)]
        work = _refresh if refresh_only else _retrain
        outcomes = [work(database, store, arguments) for store in stores]
    return FAILED if FAILED in outcomes else 0


def _retrain(database: Database, store: Store, arguments: argparse.Namespace) -> int:
    settings = from_environment(os.environ)
    print(f"Store {store.name}:", flush=True)
    try:
        if arguments.tune:
            print(_words(tune(database, store, settings, arguments.tune, _tell)), flush=True)
        report = retrain(database, store, settings, _tell, force=arguments.force)
    except RecommenderError as error:
        print(f"  {error.message}", file=sys.stderr)
        return FAILED
    print(report.evaluation.as_text())
    print(f"Model version {report.version}: {report.decision}.")
    return 0


def _refresh(database: Database, store: Store, arguments: argparse.Namespace) -> int:
    """Refresh the running model; train on everything where only that helps."""
    print(f"Store {store.name}:", flush=True)
    settings = from_environment(os.environ)
    try:
        report = refresh_model(database, store, settings, _tell, force=arguments.force)
    except RecommenderError as error:
        print(f"  {error.message}", file=sys.stderr)
        return FAILED
    made = f"Model version {report.version}" if report.version else "Model"
    print(f"{made}: {report.decision}.")
    return _retrain(database, store, arguments) if report.needs_training else 0


def _words(found: Found) -> str:
    tried = f"{found.tried} settings tried"
    if not found.is_better:
        return f"{tried}: none is better than the present ones, which stay; a longer search tries more."
    gain = f"from {found.first_ndcg:.4f} to {found.ndcg:.4f}"
    return f"{tried}: NDCG of LightFM {gain}. Kept for later trainings of this store."


def _tell(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


def _touch(alive: Path, seconds: int) -> None:
    """Note until when this trainer may be silent."""
    alive.parent.mkdir(parents=True, exist_ok=True)
    alive.write_text(str(time.time() + seconds))


def _check_alive(alive: Path) -> int:
    try:
        return 0 if float(alive.read_text()) > time.time() else FAILED
    except (OSError, ValueError):
        print(f"No trainer keeps {alive}.", file=sys.stderr)
        return FAILED


def seconds_of(text: str) -> int:
    """Return the seconds of a span such as 30m, 24h or 7d."""
    found = re.fullmatch(r"([1-9][0-9]*)([smhd])", text)
    if not found:
        raise RequestRefusedError(f"{text!r} is no span of time; write one such as 30m, 24h or 7d.")
    return int(found[1]) * SECONDS[found[2]]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, epilog="Settings: docs/settings.md")
    parser.add_argument("store", nargs="?", help="store to train for")
    parser.add_argument("--all-stores", action="store_true", help="train for every store")
    parser.add_argument("--force", action="store_true", help="promote whatever the evaluation says")
    parser.add_argument(
        "--tune",
        type=seconds_of,
        metavar="SPAN",
        help="first search so long (10m) for better training settings; they are kept for later trainings",
    )
    parser.add_argument("--every", type=seconds_of, metavar="SPAN", help="again and again: 30m, 24h, 7d")
    parser.add_argument("--refresh", action="store_true", help="only teach the running model what is new")
    parser.add_argument(
        "--full-every",
        type=seconds_of,
        metavar="SPAN",
        help="with --every: train on everything only so often, refresh in between (--every 10m --full-every 24h)",
    )
    parser.add_argument(
        "--check-alive", action="store_true", help="tell by the exit status if --every goes on"
    )
    return parser


if __name__ == "__main__":
    run(main, RecommenderError)
