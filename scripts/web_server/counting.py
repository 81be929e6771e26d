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
from lrs.errors import LrsError
from lrs.logging import set_up_logging
from lrs.storage.database import Database
from recommender.insights.counter import Counter
from recommender.storage.records import create_indexes

NICENESS = 10
CANNOT_START = 3
_logger = logging.getLogger("recommender.counting")


def main() -> int:
    """Count until SIGTERM; whoever started this starts it again where the database was away."""
    os.nice(NICENESS)
    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    settings = lrs.config.read_settings(os.environ)
    set_up_logging(settings.log_level)
    try:
        database = Database.connect(settings.mongodb_uri)
        create_indexes(database)
    except LrsError as error:
        _logger.warning("waiting for the database: %s", error)
        return CANNOT_START
    Counter(database, recommender.config.from_environment(os.environ).service).run(ended)
    database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
