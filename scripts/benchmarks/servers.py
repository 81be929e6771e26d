"""Databases and web servers of the benchmark's own: each part has a database that is dropped after it."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import psutil

from lrs.auth.credentials import create_credential
from lrs.auth.stores import Store, create_store
from lrs.config import Settings
from lrs.storage.database import Database
from lrs.storage.records import create_indexes
from recommender.server import WebServer, running_web_server
from scripts.benchmarks.endpoint import Endpoint

EMPTY_APPLICATION = "scripts.benchmarks.empty:create_app()"


class EmptyServer(WebServer):
    """The same web server with the same options, around an application that does nothing."""

    def __init__(self, like: WebServer, settings: Settings, log: Path) -> None:
        self._command = cast(Sequence[str], like._process.args)
        super().__init__(settings, "", log)

    def _spawn(self) -> subprocess.Popen[bytes]:
        descriptor = self._listener.fileno()
        words = list(self._command)
        words[words.index("gunicorn") + 1] = EMPTY_APPLICATION
        words[words.index("--bind") + 1] = f"fd://{descriptor}"
        with (self._log or Path(os.devnull)).open("ab") as out:
            return subprocess.Popen(
                words, pass_fds=[descriptor], stdout=out, stderr=out, start_new_session=True
            )


@dataclass(frozen=True, slots=True)
class Site:
    """A web server over a database of its own, with one store, and the same server with nothing behind it."""

    uri: str
    name: str
    store: Store
    server: Endpoint
    empty: Endpoint
    master: int

    @property
    def xapi(self) -> Endpoint:
        """The xAPI endpoint."""
        return Endpoint(f"{self.server.url}/xapi", self.server.key, self.server.secret)

    @property
    def empty_xapi(self) -> Endpoint:
        """The address beside it where nothing is behind."""
        return Endpoint(f"{self.empty.url}/xapi", self.server.key, self.server.secret)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Connect to the database for the length of the block; one at a time in a process."""
        with connected(self.uri) as database:
            yield database

    def workers(self) -> dict[str, psutil.Process]:
        """Return the worker processes of the web server, by name."""
        found = psutil.Process(self.master).children()
        return {f"worker {number}": process for number, process in enumerate(found, start=1)}

    def on(self, database: Database) -> Database:
        """Return this site's database by the connection of another on the same server."""
        return Database(database.client, self.name)


@contextmanager
def running_site(settings: Settings, base_uri: str, folder: Path) -> Iterator[Site]:
    """Run a web server over a new database of the server at `base_uri`; drop the database afterwards."""
    name = f"learnerprise_benchmark_{uuid.uuid4().hex[:12]}"
    uri = urlsplit(base_uri)._replace(path=f"/{name}").geturl()
    log = folder / f"{name}.log"
    with connected(uri) as database:
        create_indexes(database)
        store = create_store(database, "benchmark", peer_suggestions="opt_out")
        key, secret = create_credential(database, store, "benchmark")
    try:
        with running_web_server(settings, uri, log) as server, _running_empty(server, settings, log) as empty:
            ours, nothing = Endpoint(server.url, key, secret), Endpoint(empty.url, key, secret)
            yield Site(uri, name, store, ours, nothing, server._process.pid)
    finally:
        with connected(uri) as database:
            database.client.drop_database(name)


@contextmanager
def connected(uri: str) -> Iterator[Database]:
    """Connect to a database for the length of the block."""
    database = Database.connect(uri)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _running_empty(like: WebServer, settings: Settings, log: Path) -> Iterator[WebServer]:
    server = EmptyServer(like, settings, log)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
