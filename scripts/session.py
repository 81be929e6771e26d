"""Opens what commands work on: the settings, the database they name, or a service over a database of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import lrs.config
import recommender.config
from lrs.auth.pseudonyms import StorePseudonyms
from lrs.auth.stores import Store
from lrs.config import Settings
from lrs.storage.database import Database
from lrs.storage.embedded_engine.process import running_server
from lrs.storage.records import create_indexes
from recommender.storage.records import create_indexes as create_recommender_indexes
from scripts.web_server.processes import WebServer, running_web_server


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its web server, its settings and its database."""

    server: WebServer
    settings: Settings
    database: Database

    @property
    def log(self) -> Path:
        """The file that the web server writes its log to."""
        return log_of(self.settings)


def service_settings() -> Settings:
    """Return the settings of the service from the environment; raise ConfigurationError."""
    return lrs.config.read_settings(os.environ)


def recommender_settings() -> recommender.config.Settings:
    """Return the settings of the recommender from the environment; raise ConfigurationError."""
    return recommender.config.from_environment(os.environ)


def store_pseudonyms() -> StorePseudonyms:
    """Return what gives the pseudonyms of pseudonymous stores, with the keys that the settings name."""
    return StorePseudonyms(service_settings())


def person_in(store: Store, identifier: str) -> str:
    """Return the identifier by which a store knows a person: the given one, or a pseudonym."""
    return store_pseudonyms().identifier(store, identifier)


@contextmanager
def open_database() -> Iterator[Database]:
    """Open the database the settings name: a real MongoDB, the embedded server that runs, or a new one."""
    with _running_database(service_settings(), attach=True) as (_, database):
        yield database


@contextmanager
def running_service(settings: Settings) -> Iterator[Service]:
    """Run the service over the database the settings name, logging into its data folder."""
    with _running_database(settings) as (uri, database):
        settings.data_folder.mkdir(parents=True, exist_ok=True)
        with running_web_server(settings, uri, log_of(settings)) as server:
            yield Service(server, settings, database)


@contextmanager
def running_own_service(folder: Path) -> Iterator[Service]:
    """Run the service over a database of its own, on a free port; its logs are in this folder.

    The database is one more on the MongoDB that the settings name, removed afterwards, or else an embedded one in
    the folder.
    """
    settings = replace(service_settings(), port=0, data_folder=folder)
    if settings.mongodb_uri:
        settings = replace(settings, mongodb_uri=own_database(settings.mongodb_uri))
    with running_service(settings) as service:
        try:
            yield service
        finally:
            if settings.mongodb_uri:
                service.server.stop()
                service.database.remove()


def own_database(uri: str) -> str:
    """Return the address of a database on the same MongoDB that nobody else uses; credentials are those of the old."""
    address, _, options = uri.partition("?")
    start, _, rest = address.partition("://")
    hosts, _, name = rest.partition("/")
    pairs = [options] if options else []
    if name and "@" in hosts and "authsource=" not in options.lower():
        pairs.append(f"authSource={name}")
    return f"{start}://{hosts}/learnerprise_own_{uuid4().hex[:12]}" + ("?" + "&".join(pairs) if pairs else "")


def log_of(settings: Settings) -> Path:
    """Return the file that the web server of a command writes its log to."""
    return settings.data_folder / "server.log"


@contextmanager
def _running_database(settings: Settings, *, attach: bool = False) -> Iterator[tuple[str, Database]]:
    """Give the URI of the database, and a connection to it."""
    cache, folder = settings.embedded_cache, settings.data_folder
    with running_server(settings.mongodb_uri, folder, cache, attach=attach) as uri:
        database = Database.connect(uri)
        try:
            create_indexes(database)
            create_recommender_indexes(database)
            yield uri, database
        finally:
            database.close()
