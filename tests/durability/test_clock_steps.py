"""The machine's clock is set back and forward by an hour under load: no reader misses anything, or waits for it."""

import threading
import time

import pytest
import requests

HOUR_S = 3600
PATCH = """
import time

seconds, nanoseconds = time.time, time.time_ns


def offset():
    with open({offset!r}) as file:
        return int(file.read())


time.time = lambda: seconds() + offset()
time.time_ns = lambda: nanoseconds() + offset() * 1_000_000_000
"""
"""Read by Python when a process starts; every process of the service is then as on a machine with that clock."""
STEPS_S = (-HOUR_S, HOUR_S, -HOUR_S, 0)
SEEN_WITHIN_S = 5  # a second, and what a busy machine adds


@pytest.fixture
def set_clock(tmp_path):
    """Set the wall clock of the service's processes by so many seconds: they are started with `settings`."""
    offset, folder = tmp_path / "clock", tmp_path / "patched"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(PATCH.format(offset=str(offset)))

    def set_by(seconds):
        new = tmp_path / "clock.new"
        new.write_text(str(seconds))
        new.replace(offset)

    set_by(0)
    set_by.settings = {"PYTHONPATH": str(folder)}
    return set_by


class Reader:
    """Reads ascending pages, through `more` and then `since` the last one."""

    def __init__(self, url, auth, headers):
        self._url, self._auth, self._headers = url, auth, headers
        self._stopping = threading.Event()
        self.seen = []
        self.thread = threading.Thread(target=self._read)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self.thread.join()

    def _read(self):
        path, since = "/xapi/statements?ascending=true", ""
        with requests.Session() as session:
            session.auth, session.headers = self._auth, self._headers
            while not self._stopping.is_set():
                answer = session.get(self._url + path, timeout=60)
                assert answer.ok, answer.text
                page = answer.json()
                self.seen += [item["id"] for item in page["statements"]]
                since = page["statements"][-1]["stored"] if page["statements"] else since
                path = page["more"] or f"/xapi/statements?ascending=true{since and f'&since={since}'}"
                self._stopping.wait(0.05)


@pytest.mark.timeout(240)
def test_a_reader_gets_each_statement_once_and_soon(set_clock, make_service, load_on, until, headers):
    service = make_service(**set_clock.settings)
    auth = service.credential()
    with Reader(service.url, auth, headers) as reader:
        with load_on(service, auth, clients=6) as load:
            load.goes_on()
            for step in STEPS_S:
                set_clock(step)
                load.goes_on()
                began, wanted = (
                    time.monotonic(),
                    set().union(*(ledger.acknowledged for ledger in load.ledgers)),
                )
                until(lambda: wanted <= set(reader.seen), "the reader")  # noqa: B023
                assert time.monotonic() - began < SEEN_WITHIN_S
        acknowledged = set().union(*(ledger.acknowledged for ledger in load.ledgers))
        until(lambda: acknowledged <= set(reader.seen), "the reader")
    names = reader.seen
    assert len(names) == len(set(names))
    assert "clock_behind" in service.log.read_text()
