"""Bringing up to date beside the requests what they read: they go on with what there is."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from lrs.errors import LrsError
from recommender.errors import RecommenderError

_logger = logging.getLogger("recommender.serving")


def update_beside(lock: threading.Lock, update: Callable[[], None], *, at_once: bool) -> None:
    """Do an update in a thread of its own, or `at_once`, and let go of its lock, which the caller holds.

    What fails is told in the log, and is to be tried again by who finds it out of date next.
    """
    if at_once:
        _do(lock, update)
        return
    try:
        threading.Thread(target=_do, args=(lock, update), daemon=True).start()
    except RuntimeError as error:  # the system has no thread left just now
        lock.release()
        _logger.error("what requests read was not brought up to date: %s", error)


def _do(lock: threading.Lock, update: Callable[[], None]) -> None:
    try:
        update()
    except (LrsError, RecommenderError) as error:
        _logger.error("what requests read was not brought up to date: %s", error)
    finally:
        lock.release()
