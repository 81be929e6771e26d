"""Threads that fail end with one line of JSON, without what was in the Statement."""

import io
import json
import logging
import threading

import pytest

from lrs.logging import JsonLineFormatter, log_failure, log_thread_end


@pytest.fixture
def lines():
    """Return the lines that were written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLineFormatter())
    logger = logging.getLogger("lrs")
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_a_thread_that_an_exception_ends_is_one_line(lines, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", log_thread_end)

    def fail():
        raise ValueError("no")

    thread = threading.Thread(target=fail, name="failing")
    thread.start()
    thread.join()
    [line] = lines()
    assert (line["level"], line["event"], line["thread"]) == ("ERROR", "thread_ended", "failing")
    assert "ValueError: no" in line["exception"]


def test_a_failure_is_one_line_with_its_fields(lines):
    log_failure(logging.getLogger("lrs.test"), "not_linked", statement="1")
    [line] = lines()
    assert (line["level"], line["event"], line["statement"]) == ("WARNING", "not_linked", "1")
