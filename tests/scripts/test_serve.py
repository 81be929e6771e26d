"""Serving as an admin does: nothing is left running, and the settings given are those that hold."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import requests

from lrs.auth.credentials import create_credential
from lrs.auth.stores import Store
from lrs.config import Settings
from lrs.storage.database import Database
from scripts.serve import warn_of_plain_text
from scripts.web_server.processes import running_web_server


@contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """Run `learnerprise serve` over a folder of its own; give it and its processes, and end them whatever happens."""
    environment = {
        **os.environ,
        "MONGODB_URI": "",
        "LEARNERPRISE_DATA": str(folder),
        "LEARNERPRISE_PORT": "0",
    }
    line = [sys.executable, "-m", "scripts.cli", "serve"]
    with subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        children: list[psutil.Process] = []
        try:
            assert process.stdout is not None
            assert any(text.startswith("Serving at") for text in process.stdout)
            children = psutil.Process(process.pid).children(recursive=True)
            yield process, children
        finally:
            process.kill()
            for child in children:
                with suppress(psutil.NoSuchProcess):
                    child.kill()


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"])
def test_nothing_runs_after_the_end_however_it_ends(tmp_path: Path, name: str) -> None:
    with started(tmp_path) as (process, children):
        assert len(children) == 4  # the database, two workers and the process that counts figures
        process.send_signal(getattr(signal, name))
        _, alive = psutil.wait_procs(children, timeout=60)
        assert alive == []
        assert process.wait(60) is not None


@pytest.mark.parametrize(
    ("host", "proxies", "warns"),
    [
        ("127.0.0.1", 0, False),
        ("::1", 0, False),
        ("localhost", 0, False),
        ("0.0.0.0", 0, True),
        ("192.0.2.1", 0, True),
        ("lrs.example.org", 0, True),
        ("0.0.0.0", 1, False),
    ],
)
def test_a_service_that_others_reach_without_tls_warns(
    caplog: pytest.LogCaptureFixture, host: str, proxies: int, warns: bool
) -> None:
    warn_of_plain_text(Settings(host=host, trusted_proxies=proxies))
    assert [record.message for record in caplog.records] == ["listening_without_tls"] * warns


def test_a_credential_beyond_its_limit_is_answered_429_by_all_processes_together(
    database: Database, database_uri: str, store: Store
) -> None:
    settings = Settings(port=0, workers=2, mongodb_uri=database_uri, max_requests_per_s=2)
    headers = {"X-Experience-API-Version": "1.0.3", "Connection": "close"}  # so that both processes are asked
    with running_web_server(settings, database_uri) as running, requests.Session() as session:
        session.auth = create_credential(database, store, "eager")
        url = f"{running.url}/xapi/activities?activityId=https%3A%2F%2Fexample.org%2Fcourse"
        began = time.monotonic()
        answers = [session.get(url, headers=headers) for _ in range(40)]
        windows = 1 + int(time.monotonic() - began)
    refused = [answer for answer in answers if answer.status_code == 429]
    assert answers[0].status_code == 200
    assert 2 <= len(answers) - len(refused) <= 2 * windows
    assert refused[0].json()["code"] == "too_many_requests"
    assert refused[0].headers["Retry-After"] == "1"
