"""Every line of a process is one line of JSON, the same one at most once a second."""

import io
import json
import logging
import subprocess
import sys
import threading

import pytest

from lrs.logging import LineHandler, log_failure, log_thread_end


@pytest.fixture
def written():
    return io.StringIO()


@pytest.fixture
def handler(written):
    return LineHandler(written)


@pytest.fixture
def lines(handler, written):
    """Return the lines that were written."""
    logger = logging.getLogger("lrs")
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logger.removeHandler(handler)


def record(text="full", created=100.0, args=()):
    made = logging.LogRecord("lrs.test", logging.WARNING, "", 0, text, args, None)
    made.created = created
    return made


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


def test_the_same_line_is_written_once_a_second_and_then_counted(handler, lines):
    for created in (100.1, 100.2, 100.9):
        handler.handle(record(created=created))
    handler.handle(record("another", 100.9))
    assert [line["event"] for line in lines()] == ["full", "another"]
    handler.handle(record(created=101.5))
    handler.handle(record("another", 103.0))
    found = [(line["event"], line.get("repeated")) for line in lines()[2:]]
    assert found == [("full", 2), ("full", 1), ("another", None)]


def test_what_came_again_last_is_written_at_the_end(handler, lines):
    for _ in range(5):
        handler.handle(record())
    handler.close()
    assert [line.get("repeated") for line in lines()] == [None, 4]


@pytest.mark.parametrize("text", ["lone \udcff surrogate", "line\nbreak", "\x00"])
def test_any_text_is_one_line_of_json(handler, lines, text):
    handler.handle(record(text))
    assert lines()[0]["event"] == text


def test_a_line_whose_arguments_do_not_fit_is_one_line_of_json(handler, lines):
    handler.handle(record("%d of %s", args=("x",)))
    assert (lines()[0]["event"], lines()[0]["text"]) == ("line_not_written", "%d of %s")


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("1 / 0", "process_ended"),
        ("import warnings; warnings.warn('old')", "old"),
        ("import threading; threading.Thread(target=lambda: 1 / 0).start()", "thread_ended"),
        ("type('Broken', (), {'__del__': lambda self: 1 / 0})()", "exception_ignored"),
    ],
)
def test_whatever_python_says_of_itself_is_one_line_of_json(code, event):
    begin = "from lrs.logging import set_up_logging; set_up_logging('INFO'); "
    ended = subprocess.run([sys.executable, "-c", begin + code], capture_output=True, text=True)
    [line] = ended.stderr.splitlines()
    assert event in json.loads(line)["event"]
