"""Serve the LRS and the recommender: the embedded database server if none is named, and the web server."""

from __future__ import annotations

import logging

import click

from lrs.logging import set_up_logging
from lrs.storage.database import Database
from lrs.storage.embedded_engine.process import running_server
from scripts.command import command, run, until_stopped
from scripts.session import recommender_settings, service_settings
from scripts.web_server.processes import running_web_server

_logger = logging.getLogger("learnerprise.serve")
EMBEDDED_NOTE = (
    "Using the embedded database server (for trying, developing and small installations); "
    "set MONGODB_URI for a real MongoDB."
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
    with running_server(settings.mongodb_uri, settings.data_folder, settings.embedded_cache) as uri:
        Database.connect(
            uri
        ).close()  # before the workers do, so that a database that is missing is one sentence
        with running_web_server(settings, uri) as server:
            click.echo(f"Serving at {server.url}")
            server.wait()


if __name__ == "__main__":
    run(main)
