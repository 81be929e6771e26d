"""Training beside a bare LightFM fit, answers beside an empty Flask view, and how fast news takes effect."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import scipy.sparse as sp

from lrs.storage.database import Database
from recommender.config import Settings, TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.dataset.learner_states import state_matrix, training_rows
from recommender.models.assembly import train
from recommender.models.lightfm import LightFM, item_matrix  # type: ignore[attr-defined]
from recommender.training.jobs import load_dataset, retrain
from schemas.json_text import dump_json, parse_json
from schemas.vocabulary import COMPLETED
from scripts.benchmarks.catalogues import measure_best, measure_large_catalogue
from scripts.benchmarks.clients import Clients
from scripts.benchmarks.endpoint import BenchmarkError, Connection
from scripts.benchmarks.ingest import load
from scripts.benchmarks.report import Row, Target, compare, compare_medians, percentile
from scripts.benchmarks.samples import read_pool
from scripts.benchmarks.servers import Site

SHARES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
KINDS = ("nuggets", "peers")
REQUEST_P99, NEWS_P95 = Target("<=", 25, of="ours"), Target("<=", 1000, of="ours")
SHOWN = 10
WAITS_S = 30


@dataclass(frozen=True, slots=True)
class Effort:
    """How often: trainings, requests of each kind, Statements whose effect is waited for; sizes of catalogues."""

    trainings: int
    requests: int
    news: int
    catalogues: tuple[int, ...]


FULL = Effort(3, 300, 40, (10_000, 100_000, 1_000_000))
QUICK = Effort(1, 60, 8, (10_000,))


def measure_recommender(clients: Clients, pool: Path, site: Site, effort: Effort) -> list[Row]:
    """Post the organisation's Statements, train, and measure; settings are the defaults."""
    load(clients, site.xapi, pool, 0, len(read_pool(pool)))
    with site.database() as database:
        rows = list(_training(database, site, effort.trainings))
    agents = agents_in(pool)
    with site.server.connect() as server, site.empty.connect() as empty:
        for kind in KINDS:
            rows += _latency(server, empty, kind, agents, effort.requests)
        rows += _news(server, empty, agents, effort.news)
        rows += measure_large_catalogue(server, empty, agents, effort.requests)
    return [*rows, *measure_best(effort.catalogues)]


def _training(database: Database, site: Site, repetitions: int) -> Iterator[Row]:
    settings = Settings()
    whole = _seconds(lambda: retrain(database, site.store, settings, lambda line: None, force=True))
    dataset = load_dataset(database, site.store, settings)
    bare = bare_fit(dataset, settings.training)
    times = [
        (_seconds(lambda: train(dataset, settings.training)), _seconds(bare)) for _ in range(repetitions)
    ]
    ours, limits = zip(*times, strict=True)
    size = f"{len(dataset.item_of):,} interactions"
    yield compare_medians(f"train, {size}", ours, limits, "s")
    yield compare(f"retrain whole (read, evaluate, train, promote), {size}", whole, min(limits), "s")


def bare_fit(dataset: Dataset, settings: TrainingSettings) -> Callable[[], object]:
    """Return LightFM's own fit on the matrices that training uses."""
    rows = training_rows(dataset, settings)
    states, items = state_matrix(dataset, rows, settings), item_matrix(dataset, settings)
    cells = (np.arange(len(rows), dtype=np.int32), dataset.item_of[rows])
    shape = (len(rows), len(dataset.items))
    taken = sp.coo_matrix((np.ones(len(rows), dtype=np.float32), cells), shape=shape)
    weights = sp.coo_matrix((dataset.weight[rows], cells), shape=shape)

    def fit() -> object:
        model = LightFM(
            no_components=settings.dimensions,
            loss="warp",
            learning_rate=settings.learning_rate,
            max_sampled=settings.max_sampled,
            random_state=settings.seed,
        )
        return model.fit(taken, states, items, weights, epochs=settings.epochs, num_threads=1)

    return fit


def _latency(
    server: Connection, empty: Connection, kind: str, agents: Sequence[str], requests: int
) -> Iterator[Row]:
    paths = [path_for(kind, agents[position % len(agents)]) for position in range(requests)]
    server.send("GET", paths[0])  # the worker behind this connection reads the model
    times = [
        (_seconds(lambda: server.send("GET", path)), _seconds(lambda: empty.send("GET", path)))  # noqa: B023
        for path in paths
    ]
    ours, limits = ([1000 * value for value in values] for values in zip(*times, strict=True))
    for name, share in SHARES:
        target = REQUEST_P99 if name == "p99" else None
        yield compare(f"GET {kind}, {name}", percentile(ours, share), percentile(limits, share), "ms", target)


def _news(server: Connection, empty: Connection, agents: Sequence[str], count: int) -> Iterator[Row]:
    times = [(_change(server, agent), _two_requests(empty, agent)) for agent in agents[:count]]
    ours, limits = ([1000 * value for value in values] for values in zip(*times, strict=True))
    for name, share in SHARES[:2]:
        target = NEWS_P95 if name == "p95" else None
        work = f"Statement posted -> changed nuggets, {name}"
        yield compare(work, percentile(ours, share), percentile(limits, share), "ms", target)


def _change(server: Connection, agent: str) -> float:
    """Complete the first nugget recommended; return the seconds until it is not recommended any more."""
    nugget = _recommended(server, agent)[0]
    body = _completed(agent, nugget)
    started = time.perf_counter()
    server.send("POST", "/xapi/statements", body)
    while nugget in _recommended(server, agent):
        if time.perf_counter() - started > WAITS_S:
            raise BenchmarkError(f"{nugget} is still recommended {WAITS_S} s after it was completed.")
    return time.perf_counter() - started


def _two_requests(empty: Connection, agent: str) -> float:
    body, path = _completed(agent, "https://benchmark.example/nugget"), path_for("nuggets", agent)
    return _seconds(lambda: (empty.send("POST", "/xapi/statements", body), empty.send("GET", path)))


def _recommended(server: Connection, agent: str) -> list[str]:
    answer = parse_json(server.send("GET", path_for("nuggets", agent)))
    return [item["activity"]["id"] for item in answer["recommendations"]]


def _completed(agent: str, nugget: str) -> bytes:
    statement: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "actor": json.loads(agent),
        "verb": {"id": COMPLETED},
        "object": {"id": nugget},
        "result": {"completion": True},
    }
    return dump_json(statement)


def path_for(kind: str, agent: str) -> str:
    """Return the address of recommendations of a kind for an Agent (JSON)."""
    return f"/recommendations/{kind}?" + urlencode({"agent": agent, "limit": SHOWN})


def agents_in(pool: Path) -> list[str]:
    """Return the Agents (JSON) who act in a pool."""
    found = {dump_json(statement["actor"]).decode(): None for statement in read_pool(pool)}
    return list(found)


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
