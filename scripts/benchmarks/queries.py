"""Pages of 100 Statements: over HTTP beside the raw find of the same documents, and as the store grows."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

from lrs.storage.database import Database
from lrs.storage.database import Row as Document
from lrs.storage.statement_documents import FIELDS, SeqRange
from lrs.storage.statement_filters import StatementFilter, build_condition
from lrs.storage.stored_time import NO_WORKER, StoredTime
from schemas.identifiers import identifier_of
from schemas.json_text import dump_json, parse_json
from schemas.timestamps import format_timestamp, parse_timestamp
from scripts.benchmarks.endpoint import BenchmarkError, Connection, Endpoint
from scripts.benchmarks.report import Row, Target, compare, compare_medians, milliseconds
from scripts.benchmarks.samples import most_common
from scripts.benchmarks.servers import Site, connected

PAGE = 100
ALLOWED_S, LEAST = 60, 3
LOWEST, HIGHEST = b"", b"\xff" * 14
BEST = "raw find"
NO_WINDOW = "raw find without a window"
INFORMATION = (NO_WINDOW,)
TWICE, GROWTH = Target("<=", 2.0), Target("<=", 1.3)


@dataclass(frozen=True, slots=True)
class Query:
    """A query of the xAPI and the same as a filter on the stored documents; `since` in us."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    wanted: StatementFilter = StatementFilter()
    since: int | None = None

    @property
    def path(self) -> str:
        """The request."""
        return "/statements?" + urlencode({**self.parameters, "limit": PAGE})

    @property
    def low(self) -> bytes:
        """The order key that all matches lie above."""
        return LOWEST if self.since is None else StoredTime(self.since + 1, NO_WORKER).seq(0)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A store of a known size, on our own server or on somebody's."""

    size: int
    site: Site | Endpoint

    @property
    def endpoint(self) -> Endpoint:
        """Where to ask."""
        return self.site.xapi if isinstance(self.site, Site) else self.site


@dataclass(frozen=True, slots=True)
class Page:
    """One page: over HTTP, and with pymongo alone in other ways, by name; the first of those is the limit."""

    connection: Connection
    over_http: Callable[[], int]
    raw: Mapping[str, Callable[[], int]] = field(default_factory=dict)


@dataclass(slots=True)
class Times:
    """Milliseconds of each repetition of one query."""

    ours: list[float] = field(default_factory=list)
    raw: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def limit(self) -> list[float]:
        """The times of the best raw find, empty if there is none."""
        return self.raw.get(BEST, [])


Measured = dict[tuple[int, str], Times]


def measure_queries(stores: Sequence[Loaded], pool: Path, repetitions: int) -> Measured:
    """Ask each query of each store again and again, each time in another order.

    So drift of the machine meets all alike, and so does what the first request costs after others had the processor.
    """
    times: Measured = {}
    with ExitStack() as stack:
        uris = [loaded.site.uri for loaded in stores if isinstance(loaded.site, Site)]
        database = stack.enter_context(connected(uris[0])) if uris else None
        pages = {}
        for loaded in stores:
            connection = stack.enter_context(loaded.endpoint.connect())
            for query in _queries(connection, pool):
                key = (loaded.size, query.name)
                pages[key], times[key] = _page(connection, loaded.site, query, database), Times()
        for number in _repetitions(repetitions):
            for key in Random(number).sample(list(pages), len(pages)):
                _time(pages[key], times[key])
        for key, page in pages.items():
            _time_information(page, times[key])
    return times


def _repetitions(most: int) -> Iterator[int]:
    """Count up to `most`, but after the time allowed no further than a median needs."""
    started = time.monotonic()
    for number in range(most):
        if number >= LEAST and time.monotonic() - started > ALLOWED_S:
            return
        yield number


def _time(page: Page, times: Times) -> None:
    page.connection.refresh()
    times.ours.append(milliseconds(page.over_http))
    if BEST in page.raw:
        times.raw[BEST].append(milliseconds(page.raw[BEST]))


def _time_information(page: Page, times: Times) -> None:
    """Measure what may take many seconds each, and sweeps every cache: after what is compared."""
    for name in page.raw.keys() & set(INFORMATION):
        times.raw[name] += [milliseconds(page.raw[name]) for _ in range(LEAST)]


def query_rows(measured: Measured) -> list[Row]:
    """Build the rows: each query beside its limit, its growth, and for information other raw finds."""
    pages = [
        compare_medians(_work(name, size), times.ours, times.limit, "ms", TWICE if times.limit else None)
        for (size, name), times in measured.items()
    ]
    information = [
        compare_medians(f"{way}: {_work(name, size)}", times.raw[way], times.limit, "ms")
        for way in INFORMATION
        for (size, name), times in measured.items()
        if way in times.raw
    ]
    return [*pages, *_growth(pages, measured), *information]


def _growth(pages: Sequence[Row], measured: Measured) -> Iterator[Row]:
    by_work = {row.work: row.ours for row in pages}
    sizes = sorted({size for size, _ in measured})
    if len(sizes) < 2:
        return
    small, large = sizes[0], sizes[-1]
    for name in dict.fromkeys(name for _, name in measured):
        work = f"growth: GET 100 {name}, {large:,} against {small:,} stored"
        yield compare(work, by_work[_work(name, large)], by_work[_work(name, small)], "ms", GROWTH)


def _work(name: str, size: int) -> str:
    return f"GET 100 {name}, {size:,} stored"


def _queries(connection: Connection, pool: Path) -> list[Query]:
    """The filters of the xAPI on what is most common in the pool; `since` cuts the store in half."""
    agent = most_common(pool, lambda statement: statement["actor"])
    verb = most_common(pool, lambda statement: statement["verb"]["id"])
    activity = most_common(
        pool, lambda statement: statement["object"].get("definition") and statement["object"]["id"]
    )
    middle = (_stored(connection, "true") + _stored(connection, "false")) // 2
    shown = dump_json(agent).decode()
    return [
        Query("without filter"),
        Query("by agent", {"agent": shown}, StatementFilter(agent=identifier_of(agent))),
        Query("by verb", {"verb": verb}, StatementFilter(verb=verb)),
        Query("by activity", {"activity": activity}, StatementFilter(activity=activity)),
        Query("since", {"since": format_timestamp(middle)}, since=middle),
    ]


def _stored(connection: Connection, ascending: str) -> int:
    answer = parse_json(connection.send("GET", f"/statements?limit=1&ascending={ascending}"))
    return parse_timestamp(answer["statements"][0]["stored"])


def _page(connection: Connection, site: Site | Endpoint, query: Query, database: Database | None) -> Page:
    """Make the page ready, and check that each way answers as many Statements."""

    def over_http() -> int:
        return len(connection.send("GET", query.path))

    if database is None or not isinstance(site, Site):
        return Page(connection, over_http)
    connection.refresh()  # the raw finds of the query before may have taken long
    answered = parse_json(connection.send("GET", query.path))["statements"]
    page = Page(connection, over_http, _finds(site.on(database), site, query))
    for name, find in page.raw.items():
        if find() != len(answered):
            raise BenchmarkError(f"{query.name}: {len(answered)} over HTTP, another number by {name}.")
    return page


def _finds(database: Database, site: Site, query: Query) -> dict[str, Callable[[], int]]:
    """Return the raw finds: of the page's own span by what is indexed, and by the whole filter without a window."""
    statements = database.db["statements"]
    span = SeqRange(query.low, HIGHEST)
    indexed = {**build_condition(query.wanted).indexed, "store": site.store.id}
    whole = {**indexed, "voided": False}

    def find(condition: Mapping[str, Any], window: SeqRange) -> list[Document]:
        between = {"seq": {"$gt": window.low, "$lte": window.high}}
        return list(statements.find({**condition, **between}, FIELDS, limit=PAGE).sort("seq", -1))

    page = find(whole, span)
    exactly = SeqRange(_just_below(page[-1]["seq"]), bytes(page[0]["seq"]))
    return {
        BEST: lambda: len(find(indexed, exactly)),
        NO_WINDOW: lambda: len(find(whole, span)),
    }


def _just_below(seq: bytes) -> bytes:
    return (int.from_bytes(seq, "big") - 1).to_bytes(len(seq), "big")
