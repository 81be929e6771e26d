"""Memory of the server's worker processes while something large goes through them."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import psutil

from lrs.config import Settings
from schemas.json_text import dump_json
from scripts.benchmarks.endpoint import Connection, RefusedError
from scripts.benchmarks.report import Row, Target, compare
from scripts.benchmarks.samples import Batches, seeds
from scripts.benchmarks.servers import running_site

MIB = 2**20
SAMPLED_EVERY_S = 0.02
TEN_TIMES = Target("<=", 10)
BOUNDARY = "benchmark-boundary"


@dataclass(slots=True)
class Watch:
    """Samples of the resident memory (bytes) of some processes: the seconds since it began, and each one's."""

    processes: Mapping[str, psutil.Process]
    every_s: float = SAMPLED_EVERY_S
    samples: list[tuple[float, dict[str, int]]] = field(default_factory=list)

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        """Take samples for the length of the block."""
        done = threading.Event()
        thread = threading.Thread(target=self._sample, args=(done,), daemon=True)
        self._take(time.monotonic())
        thread.start()
        try:
            yield self
        finally:
            done.set()
            thread.join()

    def _sample(self, done: threading.Event) -> None:
        began = time.monotonic()
        while not done.wait(self.every_s):
            with suppress(psutil.NoSuchProcess):
                self._take(began)

    def _take(self, began: float) -> None:
        sizes = {name: process.memory_info().rss for name, process in self.processes.items()}
        self.samples.append((time.monotonic() - began, sizes))

    @property
    def growth(self) -> int:
        """How far all of them together rose above where they began."""
        sums = [sum(sizes.values()) for _, sizes in self.samples]
        return max(sums) - sums[0]


@dataclass(frozen=True, slots=True)
class Large:
    """The load: an attachment of so many bytes, a batch of so many Statements."""

    attachment_bytes: int
    batch: int


FULL, QUICK = Large(100 * MIB, 2_000), Large(4 * MIB, 1_000)


def measure_memory(settings: Settings, uri: str, folder: Path, pool: Path, large: Large) -> list[Row]:
    """Post and read back an attachment, then post a batch, each after a small one that warms up."""
    [batch] = Batches(pool, next(seeds), 1, large.batch).bodies()
    allowed = replace(
        settings,
        max_batch=large.batch,
        max_body_bytes=max(settings.max_body_bytes, len(batch) + MIB),
    )
    with running_site(allowed, uri, folder) as site, site.xapi.connect() as connection:
        _send_attachment(connection, MIB)
        connection.send("POST", "/statements", next(Batches(pool, next(seeds), 1, 100).bodies()))
        watch = Watch(site.workers())
        return [
            _attachment_row(connection, watch, large.attachment_bytes),
            _batch_row(connection, Watch(watch.processes), batch, large.batch),
        ]


def _attachment_row(connection: Connection, watch: Watch, size: int) -> Row:
    with watch.watching():
        _send_attachment(connection, size)
    work = f"memory: growth while a {size // MIB} MiB attachment is posted and read back"
    return compare(work, watch.growth / MIB, size / MIB, "MiB", TEN_TIMES)


def _batch_row(connection: Connection, watch: Watch, batch: bytes, count: int) -> Row:
    """A batch that is refused fails its target, and the row says so."""
    refused = ""
    with watch.watching():
        connection.refresh()
        try:
            connection.send("POST", "/statements", batch)
        except RefusedError as error:
            refused = f" (refused: {error.status})"
    work = f"memory: growth while a batch of {count:,} Statements is posted{refused}"
    row = compare(work, watch.growth / MIB, len(batch) / MIB, "MiB", TEN_TIMES)
    return replace(row, met=False) if refused else row


def _send_attachment(connection: Connection, size: int) -> None:
    content = os.urandom(size)
    statement_id = str(uuid4())
    connection.refresh()
    kind = f"multipart/mixed; boundary={BOUNDARY}"
    connection.send("POST", "/statements", _multipart(statement_id, content), kind)
    query = urlencode({"statementId": statement_id, "attachments": "true"})
    connection.send("GET", f"/statements?{query}")


def _multipart(statement_id: str, content: bytes) -> bytes:
    sha2, kind = hashlib.sha256(content).hexdigest(), "application/octet-stream"
    attachment = {
        "usageType": "https://benchmark.example/usages/recording",
        "display": {"en": "A recording"},
        "contentType": kind,
        "length": len(content),
        "sha2": sha2,
    }
    statement = {
        "id": statement_id,
        "actor": {"mbox": "mailto:learner@benchmark.example"},
        "verb": {"id": "https://benchmark.example/verbs/recorded"},
        "object": {"id": "https://benchmark.example/talk"},
        "attachments": [attachment],
    }
    first = f"--{BOUNDARY}\r\nContent-Type: application/json\r\n\r\n".encode() + dump_json(statement)
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {sha2}"
    second = f"\r\n--{BOUNDARY}\r\n{head}\r\n\r\n".encode()
    return b"".join([first, second, content, f"\r\n--{BOUNDARY}--\r\n".encode()])
