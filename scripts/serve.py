"""Serve the LRS and the recommender: the embedded database server if none is named, and the web server."""

from __future__ import annotations

import os
import signal
import sys

from lrs.config import read_settings
from lrs.errors import ConfigurationError
from lrs.logging import set_up_logging
from lrs.storage.database import Database
from lrs.storage.embedded_engine.process import running_server
from recommender.config import from_environment
from scripts.command import WRONG_USE, command, run
from scripts.web_server.processes import running_web_server

EMBEDDED_NOTE = (
    "Using the embedded database server (for trying, developing and small installations); "
    "set MONGODB_URI for a real MongoDB."
)


@command(examples=[""])
def main() -> int:
    """Serve the LRS and the recommender until Ctrl-C or SIGTERM.

    Without MONGODB_URI an embedded database server is started. All settings are environment variables:
    learnerprise settings.
    """
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    try:
        return _serve()
    except ConfigurationError as error:
        print(error.message, file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        return 0


def _serve() -> int:
    settings = read_settings(os.environ)
    set_up_logging(settings.log_level)
    from_environment(os.environ)  # a setting of the recommender that does not fit is told here too
    if not settings.mongodb_uri:
        print(EMBEDDED_NOTE, flush=True)
    with running_server(settings.mongodb_uri, settings.data_folder, settings.embedded_cache) as uri:
        Database.connect(
            uri
        ).close()  # looked for once before the workers do, so that its absence is one sentence
        with running_web_server(settings, uri) as server:
            print(f"Serving at {server.url}", flush=True)
            server.wait()
    return 0


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    run(main)
