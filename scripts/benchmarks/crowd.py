"""A thousand clients at once, each with a connection of its own and one Statement a request."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from scripts.benchmarks.clients import Clients
from scripts.benchmarks.endpoint import JSON, Endpoint
from scripts.benchmarks.report import Row, Target, compare, percentile
from scripts.benchmarks.samples import Batches, seeds

NONE = Target("<=", 0, of="ours")
FASTEST_PER_S = 20
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Size:
    """How many clients, and how long (s) they go on."""

    clients: int
    seconds: float


FULL, QUICK = Size(1_000, 30), Size(100, 1)


@dataclass(frozen=True, slots=True)
class Told:
    """How long (ms) each answer of 200 took, and how many requests were not answered so."""

    milliseconds: Sequence[float]
    failed: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """Some of the clients, in one process; each begins with a seed of its own."""

    endpoint: Endpoint
    pool: Path
    seeds: Sequence[int]
    seconds: float

    @contextmanager
    def open(self) -> Iterator[Callable[[], Told]]:
        """Make the requests; then send them until the time is over."""
        requests = [self._requests(seed) for seed in self.seeds]
        yield lambda: asyncio.run(self._send_all(requests))

    def _requests(self, seed: int) -> list[bytes]:
        parts = urlsplit(self.endpoint.url)
        lines = {"Host": parts.netloc, "Content-Type": JSON, **self.endpoint.headers()}
        head = [
            f"POST {parts.path}/statements HTTP/1.1",
            *(f"{name}: {value}" for name, value in lines.items()),
        ]
        bodies = Batches(self.pool, seed, int(FASTEST_PER_S * self.seconds) + 1, 1, seed).bodies()
        start = "\r\n".join(head).encode()
        return [b"%b\r\nContent-Length: %d\r\n\r\n%b" % (start, len(body), body) for body in bodies]

    async def _send_all(self, requests: Sequence[Sequence[bytes]]) -> Told:
        until = time.monotonic() + self.seconds
        return merged(await asyncio.gather(*(self._send(each, until) for each in requests)))

    async def _send(self, requests: Sequence[bytes], until: float) -> Told:
        """Send requests on one connection; one that is lost counts as failed and ends the client."""
        parts, times, failed = urlsplit(self.endpoint.url), list[float](), 0
        try:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            for request in requests:
                began = time.monotonic()
                if began > until:
                    break
                writer.write(request)
                status = await _status(reader)
                times += [(time.monotonic() - began) * 1000] if status == 200 else []
                failed += status != 200
            writer.close()
        except (OSError, EOFError):
            failed += 1
        return Told(times, failed)


async def _status(reader: asyncio.StreamReader) -> int:
    """Read one answer; return its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    await reader.readexactly(int(length[1]) if length else 0)
    return int(head.split(None, 2)[1])


def merged(told: Sequence[Told]) -> Told:
    """Return what several clients were told as one."""
    return Told([one for each in told for one in each.milliseconds], sum(each.failed for each in told))


def measure_crowd(clients: Clients, pool: Path, endpoint: Endpoint, size: Size) -> list[Row]:
    """Measure how many requests fail, how long they take and how many are answered."""
    each = size.clients // len(clients.pipes)
    works = [Crowd(endpoint, pool, list(islice(seeds, each)), size.seconds) for _ in clients.pipes]
    given, seconds = clients.run(works)
    told, work = merged(given), f"POST single, {each * len(works):,} clients"
    return [
        compare(f"{work}: failed", told.failed, None, "requests", NONE),
        compare(f"{work}: p95", percentile(told.milliseconds, 0.95), None, "ms"),
        compare(work, len(told.milliseconds) / seconds, None, "requests/s"),
    ]
