"""Train a model on all Statements of a store, evaluate it, and promote it if it is good enough."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from lrs.auth.stores import Store, open_stores, store_named
from lrs.errors import LrsError
from lrs.logging import log_event, log_failure, set_up_logging
from lrs.storage.database import Database
from recommender.errors import RecommenderError
from recommender.training.jobs import retrain, tune
from recommender.training.refresh import refresh_model
from recommender.training.search import Found
from scripts.command import FAILED, command, run
from scripts.options import SPAN, json_option
from scripts.output import LoggedProgress, Progress, print_json, say
from scripts.session import open_database, recommender_settings, service_settings

_logger = logging.getLogger("learnerprise.training")
GIVES_WAY = 10
"""By so much the priority of a training is below that of the requests that the same machine answers."""
ALIVE_FILE = "trainer.alive"


@dataclass(frozen=True, slots=True)
class Training:
    """The parsed arguments; spans in seconds."""

    store: str | None
    all_stores: bool
    force: bool
    tune: float | None
    every: float | None
    refresh: bool
    dry_run: bool
    full_every: float | None
    as_json: bool

    def say(self, line: str) -> None:
        """Print a line of the result, unless it is wanted as JSON; write it to the log where training goes on."""
        if self.every:
            log_event(_logger, "training", says=line)
        elif not self.as_json:
            click.echo(line)

    def fail(self, message: str) -> None:
        """Say that the training of a store failed."""
        if self.every:
            log_failure(_logger, "not_trained", says=message)
        else:
            say(f"  {message}")

    def progress(self) -> Progress:
        """Return what shows the progress of one job."""
        return LoggedProgress(_logger) if self.every else Progress()


@command(
    examples=[
        "acme",
        "acme --tune 10m",
        "--all-stores --every 10m --full-every 24h",
    ]
)
@click.argument("store", required=False)
@click.option("--all-stores", is_flag=True, help="Train for every store.")
@click.option("--force", is_flag=True, help="Promote whatever the evaluation says.")
@click.option(
    "--tune",
    type=SPAN,
    help="First search so long (10m) for better training settings; later trainings of the store use them.",
)
@click.option("--every", type=SPAN, help="Train again and again: 30m, 24h, 7d.")
@click.option("--refresh", is_flag=True, help="Only teach the running model what is new.")
@click.option(
    "--full-every", type=SPAN, help="With --every: train on everything only so often, refresh in between."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen; register and promote nothing.")
@click.option("--check-alive", is_flag=True, help="Tell by the exit status whether --every goes on.")
@json_option
def main(*, check_alive: bool, **options: Any) -> int:
    """Train a model on all Statements of a store, evaluate it, and promote it if it is good enough.

    The exit status is 1 if a training failed.
    """
    os.nice(GIVES_WAY)
    training = Training(**options)
    alive = service_settings().data_folder / ALIVE_FILE
    if check_alive:
        return _check_alive(alive)
    if bool(training.store) == training.all_stores:
        raise click.UsageError("Name one store, or give --all-stores.")
    if training.full_every and not training.every:
        raise click.UsageError("--full-every needs --every, which sets how often to refresh in between.")
    if training.dry_run and (training.refresh or training.every or training.tune):
        raise click.UsageError("--dry-run tries one training; leave out --refresh, --every and --tune.")
    if not training.every:
        return _train_stores(training, training.refresh)
    set_up_logging(service_settings().log_level)
    return _train_forever(training, training.every, alive)


def _train_forever(training: Training, every_s: float, alive: Path) -> int:
    """Train again and again; with --full-every refresh in between."""
    trained = float("-inf")
    while True:
        _touch(alive, 2 * every_s)
        is_due = time.monotonic() - trained >= (training.full_every or 0)
        refresh_only = training.refresh or not is_due
        _train_stores(training, refresh_only)
        trained = trained if refresh_only else time.monotonic()
        _touch(alive, 2 * every_s)
        time.sleep(every_s)


def _train_stores(training: Training, refresh_only: bool) -> int:
    with open_database() as database:
        stores = [store_named(database, training.store)] if training.store else open_stores(database)
        found = [_train(database, store, training, refresh_only) for store in stores]
    if training.as_json:
        print_json(found)
    return FAILED if any("error" in one for one in found) else 0


def _train(database: Database, store: Store, training: Training, refresh_only: bool) -> dict[str, Any]:
    """Refresh or train the model of a store; return the values of the result."""
    training.say(f"Store {store.name}:")
    try:
        work = _refresh if refresh_only else _retrain
        return {"store": store.name, **work(database, store, training)}
    except (LrsError, RecommenderError) as error:  # the other stores are trained all the same
        training.fail(error.message)
        return {"store": store.name, "error": error.message}


def _retrain(database: Database, store: Store, training: Training) -> dict[str, Any]:
    settings, tuned = recommender_settings(), {}
    if training.tune:
        with training.progress() as progress:
            found = tune(database, store, settings, training.tune, progress.step)
        training.say(_words(found))
        tuned = {"tuned": asdict(found)}
    with training.progress() as progress:
        report = retrain(
            database, store, settings, progress.step, force=training.force, dry_run=training.dry_run
        )
    training.say(report.evaluation.as_text())
    training.say(sentence_of(report.version, report.decision))
    evaluation = report.evaluation.as_dict()
    return {"version": report.version, "decision": report.decision, "evaluation": evaluation, **tuned}


def sentence_of(version: int, decision: str) -> str:
    """Say what became of a model, or without a version, what would have become of it."""
    if version:
        return f"Model version {version}: {decision}."
    return (
        f"Dry run, nothing is registered; the model would {decision.replace('promoted', 'be promoted', 1)}."
    )


def _refresh(database: Database, store: Store, training: Training) -> dict[str, Any]:
    """Refresh the running model; train on everything where only that helps."""
    with training.progress() as progress:
        report = refresh_model(database, store, recommender_settings(), progress.step, force=training.force)
    made = f"Model version {report.version}" if report.version else "Model"
    training.say(f"{made}: {report.decision}.")
    return _retrain(database, store, training) if report.needs_training else asdict(report)


def _words(found: Found) -> str:
    tried = f"{found.tried} settings tried"
    if not found.is_better:
        return f"{tried}: none is better than the present ones, which stay; a longer search tries more."
    gain = f"from {found.first_ndcg:.4f} to {found.ndcg:.4f}"
    return f"{tried}: NDCG of LightFM {gain}. Kept for later trainings of this store."


def _touch(alive: Path, seconds: float) -> None:
    """Note until when this trainer may be silent."""
    alive.parent.mkdir(parents=True, exist_ok=True)
    alive.write_text(str(time.time() + seconds))


def _check_alive(alive: Path) -> int:
    try:
        return 0 if float(alive.read_text()) > time.time() else FAILED
    except (OSError, ValueError):
        say(f"No trainer keeps {alive}.")
        return FAILED


if __name__ == "__main__":
    run(main)
