"""Holds what other processes may take once its time runs out: renewed from a thread while a block runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def renewed(renew: Callable[[], bool], every_s: float, name: str) -> Iterator[None]:
    """Call `renew` every so many seconds from a thread of this name for as long as the block runs and it returns True.

    `renew` handles its own errors.
    """
    ended = threading.Event()

    def go_on() -> None:
        while not ended.wait(every_s) and renew():
            pass

    thread = threading.Thread(target=go_on, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
