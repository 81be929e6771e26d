"""Serve the LRS and the recommender: the embedded database server if none is named, and the web server."""

from __future__ import annotations

import logging

import click

from lrs.config import Settings, is_loopback
from lrs.logging import log_failure, set_up_logging
from lrs.storage.database import Database
from lrs.storage.embedded_engine.process import running_server
from recommender.models.registry import find_unreadable
from scripts.command import command, run, until_stopped
from scripts.session import recommender_settings, service_settings
from scripts.web_server.processes import running_web_server

_logger = logging.getLogger("learnerprise.serve")
EMBEDDED_NOTE = (
    "Using the embedded database server (for trying, developing and small installations); "
    "set MONGODB_URI for a real MongoDB."
)
AUTHORITY_NOTE = (
    "Statements get {} as their authority, for good; before others send any, set LEARNERPRISE_AUTHORITY_HOME_PAGE to "
    "the address that they reach the service at."
)


@command(examples=[""])
def main() -> None:
    """Serve the LRS and the recommender until Ctrl-C or SIGTERM.

    Without MONGODB_URI an embedded database server is started. All settings are environment variables:
    learnerprise settings.
    """
    with until_stopped():
        _serve()


def _serve() -> None:
    settings = service_settings()
    set_up_logging(settings.log_level)
    recommender_settings()  # a value that does not fit is reported before any work
    if not settings.mongodb_uri:
        _logger.warning(EMBEDDED_NOTE)
    warn_of_plain_text(settings)
    with running_server(settings.mongodb_uri, settings.data_folder, settings.embedded_cache) as uri:
        _look_for_models(uri)
        with running_web_server(settings, uri) as server:
            click.echo(f"Serving at {server.url}")
            if settings.has_local_authority:
                _logger.warning(AUTHORITY_NOTE.format(server.authority))
            server.wait()


def warn_of_plain_text(settings: Settings) -> None:
    """Log a warning where other machines reach the service and nothing says that a proxy with TLS is in front."""
    if not is_loopback(settings.host) and not settings.trusted_proxies:
        remedy = "listen on 127.0.0.1 behind a proxy with TLS, and set LEARNERPRISE_TRUSTED_PROXIES"
        says = f"passwords and Statements travel as plain text; {remedy}"
        log_failure(_logger, "listening_without_tls", host=settings.host, says=says)


def _look_for_models(uri: str) -> None:
    """Log which promoted models cannot be read; a database that is missing is one sentence, before workers start."""
    database = Database.connect(uri)
    try:
        for store, problem in find_unreadable(database):
            _logger.warning("Popularity answers in store %s: %s", store.name, problem)
    finally:
        database.close()


if __name__ == "__main__":
    run(main)
