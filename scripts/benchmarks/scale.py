"""Trainings on many generated interactions, each in a process of its own: time beside a bare LightFM fit, memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset, build_dataset, collect
from recommender.interactions.history import History, Positive
from recommender.models.assembly import train
from recommender.training.fit import fit
from scripts.benchmarks.recommend import bare_fit
from scripts.benchmarks.report import Row, Target, compare

EACH, NUGGETS, SUBJECTS = 50, 5_000, 100
KIB = 1024
TIME, MEMORY = Target("<=", 1.3), Target("<=", 4096, of="ours")


def measure_scale(sizes: tuple[int, ...], epochs: int) -> Iterator[Row]:
    """Yield the rows of each number of interactions."""
    for size in sizes:
        command = [sys.executable, "-m", "scripts.benchmarks.scale", str(size), str(epochs)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout)
        work = f"train, {size:,} generated interactions, {epochs} epochs"
        yield compare(work, found["seconds"], found["bare_seconds"], "s", TIME)
        yield compare(
            f"memory: training on {size:,} generated interactions", found["mib"], None, "MiB", MEMORY
        )


def main(size: int, epochs: int) -> dict[str, float]:
    """Train on so many interactions; return the seconds of a training and of a bare fit, and the most memory used.

    The memory is that of everything a retraining does after reading: collecting, choosing the blend, training.
    It does not depend on the number of epochs, so one is enough for it.
    """
    settings = TrainingSettings(epochs=epochs)
    dataset = generate(size)
    fit(dataset, replace(settings, epochs=1))
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB
    started = time.perf_counter()
    train(dataset, settings)
    seconds = time.perf_counter() - started
    bare = bare_fit(dataset, settings)
    started = time.perf_counter()
    bare()
    return {"seconds": seconds, "bare_seconds": time.perf_counter() - started, "mib": mib}


def generate(size: int) -> Dataset:
    """Make learners with 50 interactions each, most of them with nuggets of one subject, as histories are read."""
    random = np.random.default_rng(1)
    names = [f"https://benchmark.example/nuggets/{number}" for number in range(NUGGETS)]
    width = NUGGETS // SUBJECTS
    learners = (
        (f"{number:024x}", _history(random, names, number % SUBJECTS * width, width))
        for number in range(size // EACH)
    )
    return build_dataset(collect(learners), {}, {}, 15)


def _history(random: np.random.Generator, names: list[str], first: int, width: int) -> History:
    """Return what one learner took: popular nuggets more often, a third of them from other subjects."""
    drawn = (width * random.random(4 * EACH) ** 2).astype(int) + first
    elsewhere = random.integers(NUGGETS, size=4 * EACH)
    chosen = np.where(random.random(4 * EACH) < 1 / 3, elsewhere, drawn)
    items = [names[item] for item in dict.fromkeys(chosen.tolist())][:EACH]
    start = int(random.integers(10**15))
    positives = tuple(
        Positive(item, start + step * 10**9, 1.0, "completed") for step, item in enumerate(items)
    )
    return History(positives=positives, completed=frozenset(items), seen=frozenset(items))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
