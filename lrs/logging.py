"""Logs: one line of JSON per request and per job, with fields, never with a Statement's content."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import orjson

_OWN_FIELDS = "fields"
_logger = logging.getLogger("lrs.processes")


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
        try:
            return orjson.dumps(line, default=str).decode()
        except orjson.JSONEncodeError:  # text that is not Unicode, such as a lone surrogate
            return json.dumps(line, default=str)


@dataclass(slots=True)
class _Repeated:
    """The last record of a line that came again within a second, and how often it came again."""

    record: logging.LogRecord
    times: int = 0


class LineHandler(logging.StreamHandler[Any]):
    """Writes each line at most once in a second of the clock.

    A line that came again is written once more with the next line of the process, at the earliest in the next
    second: `repeated` says how often it was left out.
    """

    def __init__(self, stream: Any = None) -> None:
        super().__init__(stream)
        self.setFormatter(JsonLineFormatter())
        self._second = 0
        self._written: dict[tuple[str, ...], _Repeated] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, unless the same was written in this second."""
        try:
            content = _content_of(record)
        except (TypeError, ValueError, KeyError):  # its text and its arguments do not fit together
            self.handleError(record)
            return
        if int(record.created) > self._second:
            self._begin_second(record.created)
        known = self._written.get(content)
        if known is None:
            self._written[content] = _Repeated(record)
            super().emit(record)
        else:
            known.record, known.times = record, known.times + 1

    def handleError(self, record: logging.LogRecord) -> None:
        """Write one line in the place of one that cannot be written, instead of a traceback."""
        line = {"level": "ERROR", "logger": record.name, "event": "line_not_written", "text": str(record.msg)}
        with suppress(OSError, ValueError):  # the stream is closed
            self.stream.write(json.dumps(line) + self.terminator)

    def close(self) -> None:
        """Write what came again last."""
        self._begin_second(time.time())
        super().close()

    def _begin_second(self, now: float) -> None:
        """Write each line that came again in the second before."""
        before, self._written, self._second = self._written, {}, int(now)
        for content, repeated in before.items():
            if repeated.times:
                record = repeated.record
                record.created = now
                setattr(record, _OWN_FIELDS, {**getattr(record, _OWN_FIELDS, {}), "repeated": repeated.times})
                self._written[content] = _Repeated(record)
                super().emit(record)


def _content_of(record: logging.LogRecord) -> tuple[str, ...]:
    """Return what makes two lines the same: everything but their time."""
    error = record.exc_info[1] if record.exc_info else None
    return (
        record.name,
        record.levelname,
        record.getMessage(),
        repr(getattr(record, _OWN_FIELDS, "")),
        repr(error),
    )


def set_up_logging(level: str) -> None:
    """Send the log lines of this process to standard error: also warnings, and errors that end it or a thread."""
    root = logging.getLogger()
    root.handlers[:] = [LineHandler(sys.stderr)]
    root.setLevel(level.upper())
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = (
        False  # in no line; found out for each
    )
    logging.getLogger("pymongo").setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = log_process_end
    sys.unraisablehook = log_unraisable
    threading.excepthook = log_thread_end


def log_process_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write one line about an exception that ends the process, instead of a traceback on standard error."""
    _logger.error("process_ended", exc_info=(kind, error, trace))


def log_thread_end(ended: threading.ExceptHookArgs) -> None:
    """Write one line about a thread that an exception ended, instead of a traceback on standard error."""
    if ended.exc_value is not None:
        fields = {"thread": ended.thread.name if ended.thread else None}
        _logger.error("thread_ended", exc_info=ended.exc_value, extra={_OWN_FIELDS: fields})


def log_unraisable(ignored: sys.UnraisableHookArgs) -> None:
    """Write one line about an exception that nothing could catch, such as one of a destructor."""
    if ignored.exc_value is not None:
        _logger.error("exception_ignored", exc_info=ignored.exc_value)


def log_event(logger: logging.Logger, event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Write one line: the event's name and its fields."""
    logger.log(level, event, extra={_OWN_FIELDS: fields})


def log_failure(logger: logging.Logger, event: str, **fields: Any) -> None:
    """Write one line about something that failed and is tried again or left out."""
    log_event(logger, event, level=logging.WARNING, **fields)
