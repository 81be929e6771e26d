"""Experiments: two models answer live requests, and each learner always gets the same one of them."""

from __future__ import annotations

import hashlib
import time

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.errors import ExperimentInProgressError, ExperimentNotFoundError, ExperimentRefusedError
from recommender.models.registry import load, promote
from recommender.storage.experiments import (
    Experiment,
    end_running_experiment,
    find_experiments,
    find_running_experiment,
    insert_experiment,
)


def start_experiment(
    database: Database, store: StoreId, versions: tuple[int, int], share: int = 50
) -> Experiment:
    """Start an experiment: `share` percent of the learners get the second version, the others the first.

    Raises ExperimentRefusedError for an invalid share or the same version twice, ModelNotFoundError (or
    another error of loading) for a version that does not load, and ExperimentInProgressError if one runs.
    """
    if versions[0] == versions[1]:
        raise ExperimentRefusedError(f"Version {versions[0]} is named twice; name two that differ.")
    if not 1 <= share <= 99:
        raise ExperimentRefusedError(f"A share of {share} percent is refused; give 1 to 99.")
    for version in versions:
        load(database, store, version)
    earlier = find_experiments(database, store, 1)
    if earlier and earlier[0].ended is None:
        raise _in_progress(earlier[0])
    number = earlier[0].number + 1 if earlier else 1
    experiment = Experiment(number, versions, share, time.time_ns() // 1000)
    if not insert_experiment(database, store, experiment):
        raise _in_progress(experiment)
    return experiment


def end_experiment(database: Database, store: StoreId, winner: int | None = None) -> Experiment:
    """End the running experiment, so that all learners get the promoted model; promote `winner` first, if given.

    Raises ExperimentNotFoundError if none runs, and ExperimentRefusedError for a winner that took no part.
    """
    running = find_running_experiment(database, store)
    if running is None:
        raise ExperimentNotFoundError("No experiment runs in this store, so there is none to end.")
    if winner is not None and winner not in running.versions:
        raise ExperimentRefusedError(
            f"Version {winner} is not in the experiment; promote {running.versions[0]} or {running.versions[1]}."
        )
    if winner is not None:
        promote(database, store, winner)
    if not end_running_experiment(database, store, time.time_ns() // 1000, winner):
        raise ExperimentNotFoundError(
            f"Experiment {running.number} has just been ended by another command; look at its outcome."
        )
    return find_experiments(database, store, 1)[0]


def arm_of(experiment: Experiment, persona: PersonaId) -> int:
    """Return the version that a learner gets, always the same: a hash of experiment and learner decides."""
    text = f"{experiment.number}:{persona}".encode()
    number = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
    return experiment.versions[number % 100 < experiment.share]


def _in_progress(running: Experiment) -> ExperimentInProgressError:
    first, second = running.versions
    return ExperimentInProgressError(
        f"Experiment {running.number} (versions {first} and {second}) runs in this store; end it first."
    )
