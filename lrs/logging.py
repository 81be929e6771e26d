"""Logs: one line of JSON per request and per job, with fields, never with a Statement's content."""

from __future__ import annotations

import logging
import sys
import threading
from typing import Any

import orjson

_OWN_FIELDS = "fields"
_logger = logging.getLogger("lrs.threads")


class JsonLineFormatter(logging.Formatter):
    """Formats a record as one JSON object: time, level, logger, event, and the event's fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, _OWN_FIELDS, {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def set_up_logging(level: str) -> None:
    """Send the log lines of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = (
        False  # in no line; found out for each
    )
    logging.getLogger("pymongo").setLevel(logging.WARNING)
    threading.excepthook = log_thread_end


def log_thread_end(ended: threading.ExceptHookArgs) -> None:
    """Write one line about a thread that an exception ended, instead of a traceback on standard error."""
    if ended.exc_value is not None:
        fields = {"thread": ended.thread.name if ended.thread else None}
        _logger.error("thread_ended", exc_info=ended.exc_value, extra={_OWN_FIELDS: fields})


def log_event(logger: logging.Logger, event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Write one line: the event's name and its fields."""
    logger.log(level, event, extra={_OWN_FIELDS: fields})


def log_failure(logger: logging.Logger, event: str, **fields: Any) -> None:
    """Write one line about something that failed and is tried again or left out."""
    log_event(logger, event, level=logging.WARNING, **fields)
