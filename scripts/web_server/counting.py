"""The process that counts figures beside the workers of the web server, with less priority than they have.

python -m scripts.web_server.counting
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from threading import Event

import lrs.config
import recommender.config
from lrs.errors import DatabaseUnreachableError
from lrs.logging import set_up_logging
from lrs.storage.database import Database
from recommender.insights.counter import Counter

NICENESS = 10
PAUSE_S = 0.2
_logger = logging.getLogger("recommender.counting")


def main() -> int:
    """Count until SIGTERM; wait while the database is away, as the workers do."""
    os.nice(NICENESS)
    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    settings = lrs.config.read_settings(os.environ)
    set_up_logging(settings.log_level)
    while not ended.is_set():
        try:
            database = Database.connect(settings.mongodb_uri)
        except DatabaseUnreachableError as error:
            _logger.warning("waiting for the database: %s", error)
            ended.wait(PAUSE_S)
        else:
            Counter(database, recommender.config.from_environment(os.environ).service).run(ended)
            database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
