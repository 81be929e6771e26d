"""Load at a bounded rate for as long as is asked for: does the memory of any process grow?"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import psutil

from lrs.storage.database import Database
from lrs.storage.embedded_engine.process import PROGRAM
from recommender.config import Settings
from recommender.interactions.sync import sync_interactions
from recommender.training.jobs import retrain
from schemas.json_text import dump_json
from scripts.benchmarks.clients import Clients
from scripts.benchmarks.endpoint import Connection, Endpoint, RefusedError
from scripts.benchmarks.ingest import load
from scripts.benchmarks.memory import MIB, Watch
from scripts.benchmarks.report import Row, Target, compare
from scripts.benchmarks.samples import Batches, read_pool, seeds
from scripts.benchmarks.servers import Site

FLAT = Target("<=", 1.1)
WARM_UP = 0.25
CYCLES_PER_S = 2
BATCH = 5
SAMPLES = 500
READ_EVERY_S = 120
BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Lived:
    """The life of a service before it is measured: Statements of so many learners and months, again and again.

    They are more than the database's cache holds, and each learner's are many fewer than are looked at for a
    recommendation: what fills up once is full then, and what grows with each learner hardly grows.
    """

    learners: int
    months: int
    statements: int


FULL = Lived(2_000, 1, 200_000)
QUICK = Lived(60, 2, 2_000)


@dataclass(frozen=True, slots=True)
class Mixed:
    """Post, query, keep and read State, ask for recommendations, in turn; counts requests."""

    server: Endpoint
    pool: Path
    seed: int
    seconds: float

    @contextmanager
    def open(self) -> Iterator[Callable[[], int]]:
        """Connect; then go on for the seconds given."""
        agents = sorted({dump_json(statement["actor"]).decode() for statement in read_pool(self.pool)})
        rng = random.Random(self.seed)
        cycles = int(self.seconds * CYCLES_PER_S) + 1
        with self.server.connect() as connection:

            def work() -> int:
                started, done = time.monotonic(), 0
                bodies = Batches(self.pool, self.seed, cycles, BATCH, self.seed).bodies()
                for number, body in enumerate(bodies):
                    done += _cycle(connection, body, rng.choice(agents))
                    if time.monotonic() - started > self.seconds:
                        break
                    time.sleep(max(0.0, started + (number + 1) / CYCLES_PER_S - time.monotonic()))
                return done

            yield work


def _cycle(connection: Connection, body: bytes, agent: str) -> int:
    state = "/xapi/activities/state?" + urlencode(
        {"activityId": "https://benchmark.example/course", "agent": agent, "stateId": "progress"}
    )
    asked = urlencode({"agent": agent, "limit": 20})
    requests: Sequence[tuple[str, str, bytes | None]] = [
        ("POST", "/xapi/statements", body),
        ("GET", f"/xapi/statements?{asked}", None),
        ("POST", state, dump_json({"at": time.time()})),
        ("GET", state, None),
        ("GET", f"/recommendations/nuggets?{asked}", None),
    ]
    for method, path, content in requests:
        _send(connection, method, path, content)
    return len(requests)


def _send(connection: Connection, method: str, path: str, content: bytes | None) -> None:
    """Send a request, a second later again where the server is busy."""
    connection.refresh()
    try:
        connection.send(method, path, content)
    except RefusedError as error:
        if error.status not in BUSY:
            raise
        time.sleep(1)


def measure_soak(
    clients: Clients, pool: Path, site: Site, statements: int, seconds: float
) -> tuple[list[Row], list[Any]]:
    """Store Statements, then return a row for each process under load, and the samples (seconds, MiB by process)."""
    load(clients, site.xapi, pool, 0, statements)
    with site.database() as database:
        retrain(database, site.store, Settings(), lambda line: None, force=True)
    watch = Watch({**site.workers(), **database_server()}, max(0.05, seconds / SAMPLES))
    works = [Mixed(site.server, pool, next(seeds), seconds) for _ in clients.pipes]
    with site.database() as database, _reading(database, site), watch.watching():
        rate = clients.rate(works)
    samples = [
        (round(at), {name: round(size / MIB, 1) for name, size in sizes.items()})
        for at, sizes in watch.samples
    ]
    lasted = f"{seconds:,.0f} s of load"
    rows = [compare(f"requests in {lasted}", rate, None, "requests/s")]
    return rows + [row for name in watch.processes for row in memory_rows(name, lasted, watch)], samples


@contextmanager
def _reading(database: Database, site: Site) -> Iterator[None]:
    """Read new Statements into interactions now and then, as a trainer beside the service does."""
    done = threading.Event()

    def read() -> None:
        while not done.wait(READ_EVERY_S):
            sync_interactions(database, site.store.id)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def database_server() -> dict[str, psutil.Process]:
    """Return the embedded database server that this process runs, if it runs one."""
    found = [child for child in psutil.Process().children() if child.name() == PROGRAM]
    return {"database server": found[0]} if found else {}


def memory_rows(name: str, lasted: str, watch: Watch) -> Iterator[Row]:
    """Yield the line through the samples after the warm-up: its slope, and its end beside its beginning."""
    whole = watch.samples[-1][0]
    warm = [(at, sizes[name] / MIB) for at, sizes in watch.samples if at >= WARM_UP * whole]
    times, sizes = np.array(warm).T
    slope, start = np.polyfit(times - times[0], sizes, 1) if len(warm) > 1 else (0.0, sizes[0])
    end = start + slope * (times[-1] - times[0])
    work = f"memory in {lasted}: {name}"
    yield compare(work, float(end), float(start), "MiB", FLAT)
    yield compare(f"{work}, slope after warm-up", float(slope * 3600), None, "MiB/hour")
