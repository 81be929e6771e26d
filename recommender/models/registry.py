"""Model versions: registered as a whole or not at all, promoted, rolled back, loaded only if the hashes match."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from lrs.auth.stores import Store, list_stores
from lrs.storage.compare_and_swap import swap_until_done
from lrs.storage.database import Database, StoreId
from recommender.config import TrainingSettings
from recommender.errors import (
    CorruptModelError,
    ModelNotFoundError,
    RecommenderError,
    TrainingInProgressError,
    UnsupportedModelError,
)
from recommender.models.lightfm_state import LightFMState
from recommender.models.trained_model import FORMAT_VERSION, TrainedModel
from recommender.storage import models
from recommender.storage.experiments import end_running_experiment, find_running_experiment
from recommender.storage.locks import acquire_lock, release_lock, renew_lock, renewed_lock
from recommender.storage.models import ModelManifest

Array = np.ndarray[Any, np.dtype[Any]]
LOCK = "training"
STATE = "state."
ATTEMPTS, LONGEST_PAUSE_S = 20, 0.2
ABANDONED_AFTER_US = 3600 * 1_000_000


def register(
    database: Database,
    store: StoreId,
    model: TrainedModel,
    evaluation: Mapping[str, Any],
    state: LightFMState | None = None,
) -> ModelManifest:
    """Write a model as the next version, which is listed only once all of it is written.

    With the `state` of its training it can be refreshed later.
    """
    manifest = ModelManifest(
        version=0,
        created=time.time_ns() // 1000,
        format_version=FORMAT_VERSION,
        settings=model.settings.as_dict(),
        facts=dict(model.facts),
        evaluation=dict(evaluation),
    )
    version = models.reserve_version(database, store, manifest)
    models.mark_ready(database, store, version, _write(database, store, version, model, state))
    return find_model(database, store, version)


def rewrite(
    database: Database, store: StoreId, version: int, model: TrainedModel, state: LightFMState | None
) -> None:
    """Put other arrays in the place of those of a version; a process that loads it meanwhile fails, and tries again."""
    digests = _write(database, store, version, model, state)
    models.mark_ready(database, store, version, digests)
    models.delete_other_arrays(database, store, version, digests)


def _write(
    database: Database, store: StoreId, version: int, model: TrainedModel, state: LightFMState | None
) -> dict[str, str]:
    """Write the arrays of a version; return the hash of each."""
    digests = {}
    kept = {STATE + name: array for name, array in state.arrays.items()} if state else {}
    for name, array in {**model.to_arrays(), **kept}.items():
        data = _npy(array)
        digests[name] = hashlib.sha256(data).hexdigest()
        models.write_array(database, store, version, models.stored_as(name, digests[name]), data)
    return digests


def find_model(database: Database, store: StoreId, version: int) -> ModelManifest:
    """Return a version's manifest; raise ModelNotFoundError, which names the existing versions."""
    manifest = models.find_manifest(database, store, version)
    if manifest is None:
        there = ", ".join(str(item.version) for item in models.find_manifests(database, store)) or "none yet"
        raise ModelNotFoundError(f"There is no model version {version} in this store; there are: {there}.")
    return manifest


def list_models(database: Database, store: StoreId) -> list[ModelManifest]:
    """Return the versions that are ready, the newest first."""
    return models.find_manifests(database, store)


def list_history(database: Database, store: StoreId) -> list[ModelManifest]:
    """Return all versions that were ever ready, also those whose arrays were deleted since, the newest first."""
    return models.find_history(database, store)


def current_version(database: Database, store: StoreId) -> int | None:
    """Return the promoted version, or None."""
    return models.find_current_version(database, store)


def load(database: Database, store: StoreId, version: int) -> TrainedModel:
    """Load a version; raise CorruptModelError when an array is missing or differs from its hash."""
    manifest = find_model(database, store, version)
    if manifest.format_version != FORMAT_VERSION:
        raise UnsupportedModelError(_other_format(manifest))
    arrays = {
        name: _read(database, store, version, name, digest)
        for name, digest in manifest.arrays.items()
        if not name.startswith(STATE)
    }
    return TrainedModel.from_arrays(arrays, TrainingSettings.from_dict(manifest.settings), manifest.facts)


def find_problem(database: Database, store: StoreId, version: int) -> str:
    """Load a version only to see whether it can answer; return why it cannot, or nothing."""
    try:
        load(database, store, version)
    except RecommenderError as error:
        return error.message
    return ""


def find_unreadable(database: Database) -> list[tuple[Store, str]]:
    """Return the stores whose promoted version cannot be read by this release, and why; nothing is loaded."""
    found = []
    for store in list_stores(database):
        version = current_version(database, store.id)
        manifest = models.find_manifest(database, store.id, version) if version is not None else None
        if manifest and manifest.format_version != FORMAT_VERSION:
            found.append((store, _other_format(manifest)))
    return found


def _other_format(manifest: ModelManifest) -> str:
    return (
        f"Model version {manifest.version} has format {manifest.format_version}; this release reads format "
        f"{FORMAT_VERSION}. Train again, or roll back to a version made by this release."
    )


def load_state(database: Database, store: StoreId, version: int, model: TrainedModel) -> LightFMState | None:
    """Load the state that a refresh of this version starts from; None where it was not kept."""
    digests = {
        name: digest
        for name, digest in find_model(database, store, version).arrays.items()
        if name.startswith(STATE)
    }
    if not digests:
        return None
    arrays = {
        name.removeprefix(STATE): _read(database, store, version, name, digest)
        for name, digest in digests.items()
    }
    users = len(model.items) + len(model.side_names)
    return LightFMState.from_arrays(arrays, users, len(model.items) + len(model.feature_names))


def promote(database: Database, store: StoreId, version: int) -> ModelManifest:
    """Make a version the one that answers; running servers load it by themselves."""
    load(database, store, version)
    _promote(database, store, lambda earlier: [*(item for item in earlier if item != version), version])
    return find_model(database, store, version)


def roll_back(database: Database, store: StoreId) -> ModelManifest:
    """Go back to the version promoted before the current one, for everybody; a running experiment ends.

    Raise ModelNotFoundError if there is none.
    """
    ready = {item.version for item in models.find_manifests(database, store)}

    def before_the_last(promotions: list[int]) -> list[int]:
        earlier = [version for version in promotions[:-1] if version in ready]
        if not earlier:
            raise ModelNotFoundError(
                "No model was promoted before the current one, so there is none to go back to."
            )
        load(database, store, earlier[-1])
        return earlier

    version = _promote(database, store, before_the_last)
    end_running_experiment(database, store, time.time_ns() // 1000, None)
    return find_model(database, store, version)


def _promote(database: Database, store: StoreId, change: Callable[[list[int]], list[int]]) -> int:
    """Change the promotions of a store, which others may change at the same time; return the current version."""
    current = 0

    def attempt() -> bool:
        nonlocal current
        before = models.find_promotions(database, store)
        after = change(before)
        current = after[-1]
        return models.replace_promotions(database, store, before, after)

    if not swap_until_done(attempt, ATTEMPTS, LONGEST_PAUSE_S):
        raise TrainingInProgressError("Other processes are promoting models of this store; try again.")
    return current


def prune(database: Database, store: StoreId, kept: int) -> list[int]:
    """Delete the arrays of old versions, except the newest `kept`, the current, the previous, and an experiment's."""
    manifests = models.find_manifests(database, store)
    needed = {item.version for item in manifests[:kept]}
    needed.update(models.find_promotions(database, store)[-2:])
    experiment = find_running_experiment(database, store)
    needed.update(experiment.versions if experiment else ())
    retired = [item.version for item in manifests if item.version not in needed]
    for version in sorted(retired):
        models.retire_version(database, store, version)
    unfinished = models.find_unfinished(database, store, time.time_ns() // 1000 - ABANDONED_AFTER_US)
    for version in unfinished:
        models.delete_version(database, store, version)
    return retired + unfinished


@contextmanager
def training_lock(database: Database, store: StoreId, lease_s: int) -> Iterator[Callable[[], None]]:
    """Let one training of a store run at a time; the block gets a function that renews the lease."""
    token = acquire_lock(database, store, LOCK, lease_s)
    if token is None:
        raise TrainingInProgressError(
            f"A training of this store is under way; wait for it. If it was killed, it stops blocking {lease_s} "
            "seconds after its last sign of life."
        )

    def renew() -> None:
        if not renew_lock(database, store, LOCK, token, lease_s):
            raise TrainingInProgressError("This training was silent for too long and another one took over.")

    try:
        with renewed_lock(database, store, LOCK, token, lease_s):
            yield renew
    finally:
        release_lock(database, store, LOCK, token)


def _npy(array: Array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def _read(database: Database, store: StoreId, version: int, name: str, digest: str) -> Array:
    data = models.read_array(database, store, version, models.stored_as(name, digest))
    if hashlib.sha256(data).hexdigest() != digest:
        raise CorruptModelError(
            f"Array {name} of model version {version} differs from the hash in its manifest; "
            "roll back to another version or train again."
        )
    array: Array = np.load(io.BytesIO(data), allow_pickle=False)
    return array
