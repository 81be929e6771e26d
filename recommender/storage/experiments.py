"""Experiments in MongoDB: two model versions compared on live traffic; one a store at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymongo import DESCENDING
from pymongo.errors import BulkWriteError

from lrs.storage.database import Database, StoreId


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


def find_experiments(database: Database, store: StoreId) -> list[Experiment]:
    """Return the experiments of a store, the newest first."""
    rows = database.collection("experiments", store).find({}, sort=[("number", DESCENDING)])
    return [_experiment(row) for row in rows]


def find_running_experiment(database: Database, store: StoreId) -> Experiment | None:
    """Return the experiment that runs, or None."""
    rows = database.collection("experiments", store).find({"ended": None}, limit=1)
    return _experiment(rows[0]) if rows else None


def insert_experiment(database: Database, store: StoreId, experiment: Experiment) -> bool:
    """Keep a new experiment; False when another of its number was made meanwhile."""
    row: dict[str, Any] = {
        "_id": f"{store}:{experiment.number}",
        "number": experiment.number,
        "versions": list(experiment.versions),
        "share": experiment.share,
        "started": experiment.started,
        "ended": experiment.ended,
        "promoted": experiment.promoted,
    }
    try:
        database.collection("experiments", store).insert_many([row])
    except BulkWriteError:
        return False
    return True


def end_running_experiment(database: Database, store: StoreId, ended: int, promoted: int | None) -> bool:
    """Note when the running experiment ended and which version won; False when none runs."""
    change = {"$set": {"ended": ended, "promoted": promoted}}
    return database.collection("experiments", store).update_one({"ended": None}, change) > 0


def _experiment(row: dict[str, Any]) -> Experiment:
    first, second = row["versions"]
    return Experiment(
        row["number"], (first, second), row["share"], row["started"], row["ended"], row["promoted"]
    )
