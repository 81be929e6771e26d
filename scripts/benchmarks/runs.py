"""Whole runs: of this project on a database of its own, or of any LRS at an endpoint."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from lrs.config import Settings, read_settings
from lrs.storage.embedded_engine.process import running_server
from scripts.benchmarks.access import FULL as FULL_ACCESS
from scripts.benchmarks.access import QUICK as QUICK_ACCESS
from scripts.benchmarks.access import Effort as AccessEffort
from scripts.benchmarks.access import measure_access
from scripts.benchmarks.aging import FULL as FULL_HOUR
from scripts.benchmarks.aging import QUICK as QUICK_HOUR
from scripts.benchmarks.aging import Hour, age, measure_aging, prepare, write_earlier
from scripts.benchmarks.clients import Clients, running_clients
from scripts.benchmarks.crowd import FULL as FULL_CROWD
from scripts.benchmarks.crowd import QUICK as QUICK_CROWD
from scripts.benchmarks.crowd import Size as CrowdSize
from scripts.benchmarks.crowd import measure_crowd
from scripts.benchmarks.documents import measure_documents
from scripts.benchmarks.endpoint import Endpoint
from scripts.benchmarks.ingest import BATCH, CASES, QUICK_CASES, Case, load, measure_ingest
from scripts.benchmarks.insights import FULL as FULL_INSIGHTS
from scripts.benchmarks.insights import QUICK as QUICK_INSIGHTS
from scripts.benchmarks.insights import Effort as InsightsEffort
from scripts.benchmarks.insights import measure_insights
from scripts.benchmarks.loading import fill, measure_import
from scripts.benchmarks.machine import describe_database, describe_machine, describe_packages
from scripts.benchmarks.memory import FULL as FULL_LARGE
from scripts.benchmarks.memory import QUICK as QUICK_LARGE
from scripts.benchmarks.memory import Large, measure_memory
from scripts.benchmarks.pages import FULL as FULL_PAGES
from scripts.benchmarks.pages import QUICK as QUICK_PAGES
from scripts.benchmarks.pages import Size as PagesSize
from scripts.benchmarks.pages import measure_pages
from scripts.benchmarks.paging import measure_paging
from scripts.benchmarks.queries import Loaded, Measured, measure_queries, query_rows
from scripts.benchmarks.recommend import FULL as FULL_RECOMMEND
from scripts.benchmarks.recommend import QUICK as QUICK_RECOMMEND
from scripts.benchmarks.recommend import Effort as RecommendEffort
from scripts.benchmarks.recommend import measure_recommender
from scripts.benchmarks.report import Row
from scripts.benchmarks.samples import write_pool
from scripts.benchmarks.scale import measure_scale
from scripts.benchmarks.servers import Site, Tenant, connected, drop, make_tenant, running_site, serving
from scripts.benchmarks.soak import FULL as FULL_LIVED
from scripts.benchmarks.soak import QUICK as QUICK_LIVED
from scripts.benchmarks.soak import Lived, measure_soak
from scripts.benchmarks.space import bytes_on_disk, space_rows

INGEST, QUERIES, MEMORY, RECOMMENDER, AGING = PARTS = ("ingest", "queries", "memory", "recommender", "aging")
SOAK, SCALE, PAGES, INSIGHTS, ACCESS = "soak", "scale", "pages", "insights", "access"
CLIENTS = 8

Tell = Callable[[str], None]
Outcome = tuple[dict[str, Any], list[Row]]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done: what full and quick differ in."""

    sizes: tuple[int, ...]
    rounds: int
    repetitions: int
    cases: tuple[Case, ...]
    crowd: CrowdSize
    imported: int
    states: int
    large: Large
    recommend: RecommendEffort
    learners: int
    months: int
    lived: Lived
    hour: Hour
    interactions: tuple[int, ...]
    epochs: int
    pages: PagesSize
    insights: InsightsEffort
    access: AccessEffort


FULL = Effort(
    sizes=(10_000, 100_000),
    rounds=5,
    repetitions=40,
    cases=CASES,
    crowd=FULL_CROWD,
    imported=8,
    states=200,
    large=FULL_LARGE,
    recommend=FULL_RECOMMEND,
    learners=200,
    months=4,
    lived=FULL_LIVED,
    hour=FULL_HOUR,
    interactions=(1_000_000, 10_000_000),
    epochs=20,
    pages=FULL_PAGES,
    insights=FULL_INSIGHTS,
    access=FULL_ACCESS,
)
QUICK = Effort(
    sizes=(2_000, 10_000),
    rounds=3,
    repetitions=10,
    cases=QUICK_CASES,
    crowd=QUICK_CROWD,
    imported=2,
    states=40,
    large=QUICK_LARGE,
    recommend=QUICK_RECOMMEND,
    learners=60,
    months=2,
    lived=QUICK_LIVED,
    hour=QUICK_HOUR,
    interactions=(100_000,),
    epochs=2,
    pages=QUICK_PAGES,
    insights=QUICK_INSIGHTS,
    access=QUICK_ACCESS,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The run to make: parts, repetitions of ingest, seconds of load.

    The sizes are those of stores queried and of trainings, and how many people are linked.
    """

    sizes: tuple[int, ...]
    parts: tuple[str, ...]
    rounds: int
    effort: Effort
    soak_s: float = 0
    interactions: tuple[int, ...] = ()
    people: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Bench:
    """What all parts share: client processes, the pool of Statements, a folder, settings, and where they report."""

    clients: Clients
    pool: Path
    folder: Path
    settings: Settings
    plan: Plan
    facts: dict[str, Any]
    tell: Tell


def measure_ourselves(plan: Plan, tell: Tell) -> Outcome:
    """Measure this project on the embedded server, or on the one MONGODB_URI names."""
    rows: list[Row] = []
    with _bench(plan, tell) as bench:
        settings = bench.settings
        with running_server(settings.mongodb_uri, bench.folder, settings.embedded_cache) as uri:
            with connected(uri) as database:
                bench.facts["database"] = describe_database(database, not settings.mongodb_uri)
            write_earlier(bench.clients, uri, plan.effort.hour.writes)
            for part in (*plan.parts, *([SOAK] if plan.soak_s else [])):
                tell(f"measuring {part}")
                rows += _MEASURES[part](bench, uri)
            return _finished(bench), rows


def measure_endpoint(endpoint: Endpoint, plan: Plan, tell: Tell) -> Outcome:
    """Measure any LRS: what it stores stays there; there are no limits to compare with."""
    rows: list[Row] = []
    with _bench(plan, tell) as bench:
        del bench.facts["workers"], bench.facts["threads"]
        bench.facts["endpoint"] = endpoint.url
        effort = plan.effort
        if INGEST in plan.parts:
            tell(f"measuring {INGEST}")
            rows += measure_ingest(bench.clients, bench.pool, endpoint, effort.cases, plan.rounds)
            rows += measure_crowd(bench.clients, bench.pool, endpoint, effort.crowd)
        if QUERIES in plan.parts:
            tell(f"measuring {QUERIES}")
            rows += query_rows(_grow(bench, endpoint))
            rows.append(measure_paging(Loaded(plan.sizes[-1], endpoint), effort.repetitions))
            rows += measure_documents(bench.clients, endpoint, effort.states, plan.rounds)
        return _finished(bench), rows


@contextmanager
def _bench(plan: Plan, tell: Tell) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="learnerprise-benchmark-") as name:
        folder = Path(name)
        settings = replace(read_settings(os.environ), data_folder=folder, port=0)
        pool = folder / "pool.ndjson"
        length = write_pool(pool, plan.effort.learners, plan.effort.months)
        with running_clients(CLIENTS) as clients:
            yield Bench(clients, pool, folder, settings, plan, _facts(plan, settings, length), tell)


def _facts(plan: Plan, settings: Settings, length: int) -> dict[str, Any]:
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": describe_machine(),
        "packages": describe_packages(),
        "workers": settings.workers,
        "threads": settings.threads,
        "bytes_per_statement": length,
        "stored": list(plan.sizes),
        "rounds": plan.rounds,
        "repetitions": plan.effort.repetitions,
        "started": time.monotonic(),
    }


def _finished(bench: Bench) -> dict[str, Any]:
    facts = dict(bench.facts)
    facts["seconds"] = round(time.monotonic() - facts.pop("started"))
    return facts


def _ingest(bench: Bench, uri: str) -> list[Row]:
    plan, pool = bench.plan, bench.pool
    with running_site(bench.settings, uri, bench.folder) as site:
        rows = measure_ingest(bench.clients, pool, site, plan.effort.cases, plan.rounds)
        rows += measure_crowd(bench.clients, pool, site.xapi, plan.effort.crowd)
        return [*rows, measure_import(bench.clients, pool, site, plan.effort.imported, plan.rounds)]


def _queries(bench: Bench, uri: str) -> list[Row]:
    """Fill a store of each size, ask all of them, and tell how much room the largest takes."""
    effort = bench.plan.effort
    with ExitStack() as stack:
        stores = []
        for size in bench.plan.sizes:
            site = stack.enter_context(running_site(bench.settings, uri, bench.folder))
            before = _on_disk(bench, site)
            fill(bench.clients, site, bench.pool, size)
            stores.append(Loaded(size, site))
        rows = query_rows(measure_queries(stores, bench.pool, effort.repetitions))
        rows.append(measure_paging(stores[-1], effort.repetitions))
        rows += _space(bench, site, size, before)
        return [*rows, *measure_documents(bench.clients, site, effort.states, bench.plan.rounds)]


def _on_disk(bench: Bench, site: Site) -> int | None:
    if bench.settings.mongodb_uri:
        return None
    with site.database() as database:
        return bytes_on_disk(database, bench.folder)


def _space(bench: Bench, site: Site, size: int, before: int | None) -> list[Row]:
    after = _on_disk(bench, site)
    used = None if after is None or before is None else after - before
    with site.database() as database:
        return space_rows(database, size, bench.facts["bytes_per_statement"], used)


def _grow(bench: Bench, endpoint: Endpoint) -> Measured:
    """Measure after each size is reached; one store grows, as there is only one."""
    measured: Measured = {}
    reached = 0
    for size in bench.plan.sizes:
        load(bench.clients, endpoint, bench.pool, reached, size)
        reached = size - size % BATCH
        measured |= measure_queries([Loaded(size, endpoint)], bench.pool, bench.plan.effort.repetitions)
    return measured


def _recommender(bench: Bench, uri: str) -> list[Row]:
    with running_site(bench.settings, uri, bench.folder) as site:
        return measure_recommender(bench.clients, bench.pool, site, bench.plan.effort.recommend)


def _memory(bench: Bench, uri: str) -> list[Row]:
    return measure_memory(bench.settings, uri, bench.folder, bench.pool, bench.plan.effort.large)


def _aging(bench: Bench, uri: str) -> list[Row]:
    """Measure a service after an hour beside one that has just started over the same amount of data."""
    with ExitStack() as stack:
        aged, _ = _lived(bench, "aged", stack)
        with ExitStack() as earlier:
            _, tenant = _lived(bench, "fresh", earlier)
        server = stack.enter_context(_server_of(bench, "fresh"))
        fresh = stack.enter_context(serving(bench.settings, server, tenant, bench.folder))
        for site in (aged, fresh):
            stack.callback(drop, site.uri, site.name)
        return list(measure_aging(bench.pool, aged, fresh, bench.plan.effort.hour.repetitions))


def _lived(bench: Bench, name: str, stack: ExitStack) -> tuple[Site, Tenant]:
    """Start a service, on a server of its own if that is embedded, and let an hour pass."""
    server = stack.enter_context(_server_of(bench, name))
    tenant = make_tenant(server)
    site = stack.enter_context(serving(bench.settings, server, tenant, bench.folder))
    prepare(bench.clients, bench.pool, site)
    age(bench.clients, site, bench.plan.effort.hour)
    return site, tenant


def _server_of(bench: Bench, name: str) -> AbstractContextManager[str]:
    settings = bench.settings
    return running_server(settings.mongodb_uri, bench.folder / name, settings.embedded_cache)


def _soak(bench: Bench, uri: str) -> list[Row]:
    """Load a service that has lived for a while, with learners of its own."""
    lived, pool = bench.plan.effort.lived, bench.folder / "soak.ndjson"
    write_pool(pool, lived.learners, lived.months)
    with running_site(bench.settings, uri, bench.folder) as site:
        rows, samples = measure_soak(bench.clients, pool, site, lived.statements, bench.plan.soak_s)
        bench.facts["soak_samples"] = samples
        return rows


def _scale(bench: Bench, uri: str) -> list[Row]:
    """Train on many generated interactions; no database is needed."""
    plan = bench.plan
    return list(measure_scale(plan.interactions or plan.effort.interactions, plan.effort.epochs))


def _pages(bench: Bench, uri: str) -> list[Row]:
    with running_site(bench.settings, uri, bench.folder) as site:
        return measure_pages(bench.clients, bench.pool, site, bench.plan.effort.pages, bench.tell)


def _insights(bench: Bench, uri: str) -> list[Row]:
    """Count figures from rollups that are written straight into a database of their own."""
    with running_site(bench.settings, uri, bench.folder) as site, site.database() as database:
        return list(measure_insights(database, bench.plan.effort.insights))


def _access(bench: Bench, uri: str) -> list[Row]:
    plan, effort = bench.plan, bench.plan.effort.access
    effort = replace(effort, people=plan.people or effort.people)
    with running_site(bench.settings, uri, bench.folder) as site:
        found = measure_access(bench.clients, bench.pool, site, bench.settings, effort, plan.rounds)
        return list(found)


_MEASURES: Mapping[str, Callable[[Bench, str], list[Row]]] = {
    INGEST: _ingest,
    QUERIES: _queries,
    MEMORY: _memory,
    RECOMMENDER: _recommender,
    AGING: _aging,
    SOAK: _soak,
    SCALE: _scale,
    PAGES: _pages,
    INSIGHTS: _insights,
    ACCESS: _access,
}
