"""The time of each page beside an empty view, and how many bytes it brings."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from statistics import median

from lrs.auth.credentials import Credential
from lrs.auth.held import HeldCredentials
from lrs.auth.roles import ROLES
from lrs.auth.sessions import Sessions, page_key
from recommender.interactions.sync import sync_interactions
from scripts.benchmarks.clients import Clients
from scripts.benchmarks.endpoint import Connection, RefusedError
from scripts.benchmarks.ingest import load
from scripts.benchmarks.organisation import Scale, write_organisation
from scripts.benchmarks.report import Row, Target, compare, milliseconds, percentile
from scripts.benchmarks.samples import read_pool
from scripts.benchmarks.servers import Site

PLACES: tuple[tuple[str, str], ...] = (
    ("learner", "/home"),
    ("learner", "/record"),
    ("learner", "/peers"),
    ("learner", "/my-data"),
    ("learner", "/search?text=skill+7"),
    ("community", "/community"),
    ("officer", "/organisation"),
    ("officer", "/definitions"),
    ("producer", "/catalogue"),
    ("producer", "/catalogue/figures"),
    ("analyst", "/explore?figure=reach&by=team"),
    ("admin", "/admin"),
    ("admin", "/admin/statements"),
    ("admin", "/admin/models"),
    ("admin", "/admin/people"),
    ("admin", "/docs"),
)
PAGE_P95, WEIGHT = Target("<=", 150, of="ours"), Target("<=", 60, of="ours")
ASSET = re.compile(rb'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"')
KIB = 1024
COUNTED_WITHIN_S = 300


@dataclass(frozen=True, slots=True)
class Size:
    """How large the organisation is, how many people look, and how often each page is asked for."""

    scale: Scale
    people: int
    requests: int


FULL, QUICK = (
    Size(Scale(100_000, 10_000, 5_000_000, 400_000), 50, 100),
    Size(Scale(400, 100, 4_000, 4_000), 10, 20),
)


def measure_pages(
    clients: Clients, pool: Path, site: Site, size: Size, tell: Callable[[str], None]
) -> list[Row]:
    """Write an organisation and a few Statements, and ask for each page as several people of the role that sees it."""
    load(clients, site.xapi, pool, 0, len(read_pool(pool)))
    rows: list[Row] = []
    with site.database() as database:
        sync_interactions(database, site.store.id)
        identifiers = write_organisation(database, site.store, size.scale, tell)
        sessions = Sessions(database, HeldCredentials(database))
        people = identifiers[:: len(identifiers) // size.people][: size.people]
        cookies = {
            role: [
                sessions.start(
                    Credential(page_key(database, site.store.id, one), "", site.store, frozenset(scopes), one)
                )
                for one in people
            ]
            for role, scopes in ROLES.items()
        }
    with site.server.connect() as server, site.empty.connect() as empty:
        for role, path in PLACES:
            tell(f"asking for {path}")
            rows += _measured(server, empty, path, cookies[role], size.requests)
    return rows


def _measured(
    server: Connection, empty: Connection, path: str, cookies: Sequence[str], requests: int
) -> Iterator[Row]:
    browsers = [_browser(server, cookie) for cookie in cookies]
    page = _first_view(browsers[0], path)  # what the process caches is read
    times = [
        (
            milliseconds(lambda: browsers[number % len(browsers)].send("GET", path)),  # noqa: B023
            milliseconds(lambda: empty.send("GET", path)),
        )
        for number in range(requests)
    ]
    ours, limits = zip(*times, strict=True)
    name = path.partition("?")[0]
    yield compare(f"GET {name}, median", median(ours), median(limits), "ms")
    yield compare(f"GET {name}, p95", percentile(ours, 0.95), percentile(limits, 0.95), "ms", PAGE_P95)
    parts = [page, *(server.send("GET", found.decode()) for found in dict.fromkeys(ASSET.findall(page)))]
    weight = sum(len(gzip.compress(part)) for part in parts) / KIB
    yield compare(f"{name}, with styles and scripts, gzip", weight, None, "KiB", WEIGHT)


def _first_view(browser: Connection, path: str) -> bytes:
    """Return a page as soon as its figures have been counted."""
    deadline = time.monotonic() + COUNTED_WITHIN_S
    while True:
        try:
            return browser.send("GET", path)
        except RefusedError as error:
            if error.status != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                raise


def _browser(server: Connection, cookie: str) -> Connection:
    return replace(server, headers={"Cookie": f"learnerprise={cookie}", "Accept": "text/html"})
