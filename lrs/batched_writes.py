"""Writing in the background, in batches: no request waits for it. What a process that is killed had waiting is lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from lrs.logging import log_failure

MOST_WAITING = 10_000

Item = TypeVar("Item")

_logger = logging.getLogger("lrs.batched_writes")


class BatchedWrites(Generic[Item]):
    """Hands what is added to `write` within `pause_s`, from a background thread, one batch at a time.

    With a pause of 0 it is written at once. Of items beyond `most_waiting` only their number is logged. `write` deals
    with the errors that it expects; any other is logged, and later items are still written. `flush` it at the end.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[Sequence[Item]], None],
        pause_s: float,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._name = name
        self._write = write
        self._pause_s = pause_s
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[Item] = []
        self._unwritten = 0
        self._writer: threading.Thread | None = None

    def add(self, item: Item) -> None:
        """Let an item be written; if too many wait, it is dropped."""
        with self._lock:
            if self._unwritten >= self._most_waiting:
                log_failure(_logger, "write_dropped", what=self._name, waiting=self._unwritten)
                return
            self._waiting.append(item)
            self._unwritten += 1
            if self._pause_s:
                self._ensure_writer()
        if not self._pause_s:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting, after another thread that is writing has finished."""
        with self._writing:
            with self._lock:
                waiting, self._waiting = self._waiting, []
            try:
                if waiting:
                    self._write(waiting)
            finally:
                with self._lock:
                    self._unwritten -= len(waiting)

    def _ensure_writer(self) -> None:
        """Start the writing thread unless it runs; if it cannot be started, the next item tries again."""
        if self._writer is not None:
            return
        writer = threading.Thread(target=self._write_all, name=self._name, daemon=True)
        try:
            writer.start()
        except RuntimeError as error:
            log_failure(_logger, "writes_wait", what=self._name, error=str(error))
        else:
            self._writer = writer

    def _write_all(self) -> None:
        """Write after each pause; end when nothing is waiting."""
        while True:
            time.sleep(self._pause_s)
            try:
                self.flush()
            except Exception as error:  # any error must be logged, and later items still be written
                _logger.error("not_written", exc_info=error, extra={"fields": {"what": self._name}})
            with self._lock:
                if not self._waiting:
                    self._writer = None
                    return
