"""Databases and web servers of the benchmark's own: each part has a database that is dropped after it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from lrs.auth.credentials import create_credential
from lrs.auth.stores import Store, create_store
from lrs.config import Settings
from lrs.storage.database import Database
from lrs.storage.records import create_indexes
from scripts.benchmarks.endpoint import Endpoint
from scripts.web_server.processes import WebServer, running_web_server

EMPTY_APPLICATION = "scripts.benchmarks.empty:create_app"


@dataclass(frozen=True, slots=True)
class Site:
    """A web server over a database of its own, with one store, and the same server with nothing behind it."""

    uri: str
    name: str
    store: Store
    server: Endpoint
    empty: Endpoint
    web_server: WebServer

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
        found = enumerate(self.web_server.worker_pids, start=1)
        return {f"worker {number}": psutil.Process(pid) for number, pid in found}

    def on(self, database: Database) -> Database:
        """Return this site's database by the connection of another on the same server."""
        return Database(database.client, self.name)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A database on any server, by its name, with one store and a credential for it."""

    name: str
    store: Store
    key: str
    secret: str

    def uri(self, base_uri: str) -> str:
        """Return the address of the database on the server at `base_uri`."""
        return urlsplit(base_uri)._replace(path=f"/{self.name}").geturl()


def make_tenant(base_uri: str) -> Tenant:
    """Make a new database with a store on the server at `base_uri`."""
    name = f"learnerprise_benchmark_{uuid.uuid4().hex[:12]}"
    with connected(urlsplit(base_uri)._replace(path=f"/{name}").geturl()) as database:
        create_indexes(database)
        store = create_store(database, "benchmark", consents={"peer": "opt_out"})
        return Tenant(name, store, *create_credential(database, store, "benchmark"))


def drop(uri: str, name: str) -> None:
    """Drop a database of the server at `uri`."""
    with connected(uri) as database:
        database.client.drop_database(name)


@contextmanager
def running_site(settings: Settings, base_uri: str, folder: Path) -> Iterator[Site]:
    """Run a web server over a new database of the server at `base_uri`; drop the database afterwards."""
    tenant = make_tenant(base_uri)
    try:
        with serving(settings, base_uri, tenant, folder) as site:
            yield site
    finally:
        drop(base_uri, tenant.name)


@contextmanager
def serving(settings: Settings, base_uri: str, tenant: Tenant, folder: Path) -> Iterator[Site]:
    """Run a web server over a database that was made before, and one with nothing behind it."""
    uri, log = tenant.uri(base_uri), folder / f"{tenant.name}.log"
    with (
        running_web_server(settings, uri, log) as server,
        running_web_server(settings, "", log, EMPTY_APPLICATION) as empty,
    ):
        ours = Endpoint(server.url, tenant.key, tenant.secret)
        nothing = Endpoint(empty.url, tenant.key, tenant.secret)
        yield Site(uri, tenant.name, tenant.store, ours, nothing, server)


@contextmanager
def connected(uri: str) -> Iterator[Database]:
    """Connect to a database for the length of the block."""
    database = Database.connect(uri)
    try:
        yield database
    finally:
        database.close()
