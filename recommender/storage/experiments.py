"""Experiments in MongoDB: two model versions compared on live traffic; one a store at a time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mongoengine.errors import NotUniqueError

from lrs.storage.database import Database, StoreId
from lrs.storage.record_sets import records_of
from recommender.storage.records import ExperimentRecord


@dataclass(frozen=True, slots=True)
class Experiment:
    """A split of learners between two model versions; `share` percent get the second.

    `started` and `ended` are microseconds since the epoch; `ended` is None while it runs, `promoted` the version
    that won, None where nobody was told to win.
    """

    number: int
    versions: tuple[int, int]
    share: int
    started: int
    ended: int | None = None
    promoted: int | None = None


def find_experiments(database: Database, store: StoreId, limit: int | None = None) -> list[Experiment]:
    """Return the experiments of a store, the newest first, at most `limit`."""
    rows = records_of(database, ExperimentRecord, store).order_by("-number").limit(limit).as_pymongo()
    return [_experiment(row) for row in rows]


def find_running_experiment(database: Database, store: StoreId) -> Experiment | None:
    """Return the experiment that runs, or None."""
    row = records_of(database, ExperimentRecord, store)(ended=None).as_pymongo().first()
    return _experiment(row) if row else None


def insert_experiment(database: Database, store: StoreId, experiment: Experiment) -> bool:
    """Keep a new experiment; False when another of its number was made meanwhile."""
    values = {**asdict(experiment), "versions": list(experiment.versions)}
    record = ExperimentRecord(key=f"{store}:{experiment.number}", store=store, **values)
    try:
        records_of(database, ExperimentRecord, store).insert(record)
    except NotUniqueError:
        return False
    return True


def end_running_experiment(database: Database, store: StoreId, ended: int, promoted: int | None) -> bool:
    """Note when the running experiment ended and which version won; False when none runs."""
    running = records_of(database, ExperimentRecord, store)(ended=None)
    return bool(running.update_one(ended=ended, promoted=promoted))


def _experiment(row: dict[str, Any]) -> Experiment:
    first, second = row["versions"]
    return Experiment(
        row["number"], (first, second), row["share"], row["started"], row["ended"], row["promoted"]
    )
