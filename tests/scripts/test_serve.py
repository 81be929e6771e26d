"""Serving as an admin does: nothing is left running, and silence holds no thread."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests

from lrs.auth.credentials import create_credential
from lrs.auth.stores import Store
from lrs.config import Settings
from lrs.storage.database import Database
from recommender import server


def started(folder: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """Start `scripts.serve` over a folder of its own; return it and all its processes."""
    environment = {
        **os.environ,
        "MONGODB_URI": "",
        "LEARNERPRISE_DATA": str(folder),
        "LEARNERPRISE_PORT": "0",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Serving at"):
            return process, psutil.Process(process.pid).children(recursive=True)
    raise AssertionError("the server did not start")


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"])
def test_nothing_runs_after_the_end_however_it_ends(tmp_path: Path, name: str) -> None:
    process, children = started(tmp_path)
    assert len(children) >= 4  # the database, the web server, its two workers
    process.send_signal(getattr(signal, name))
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
    assert process.wait(10) is not None
    assert process.stdout is not None
    process.stdout.close()


def test_a_connection_that_stays_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SILENCE_S", 1)
    with (
        server.listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()) as silent,
        listener.accept()[0] as accepted,
    ):
        began = time.monotonic()
        with pytest.raises(BlockingIOError):
            accepted.recv(1)
        assert time.monotonic() - began < 10
        assert silent.fileno() > 0


def test_a_credential_beyond_its_limit_is_answered_429_by_all_processes_together(
    database: Database, database_uri: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEARNERPRISE_MAX_REQUESTS_PER_S", "2")
    settings = Settings(port=0, workers=2, mongodb_uri=database_uri)
    headers = {"X-Experience-API-Version": "1.0.3", "Connection": "close"}  # so that both processes are asked
    with server.running_web_server(settings, database_uri) as running, requests.Session() as session:
        session.auth = create_credential(database, store, "eager")
        began = time.monotonic()
        answers = [session.get(f"{running.url}/xapi/statements", headers=headers) for _ in range(40)]
        windows = 1 + int(time.monotonic() - began)
    refused = [answer for answer in answers if answer.status_code == 429]
    assert answers[0].status_code == 200
    assert 2 <= len(answers) - len(refused) <= 2 * windows
    assert refused[0].json()["code"] == "too_many_requests"
    assert refused[0].headers["Retry-After"] == "1"
