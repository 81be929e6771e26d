"""When the database goes away: 503 in the one error shape, and life goes on when it comes back."""

import os
import subprocess
import sys
import time

import psutil
import pytest
import requests

from lrs.storage.embedded_engine.process import EmbeddedServer


@pytest.fixture
def database_server(tmp_path):
    server = EmbeddedServer(tmp_path / "embedded", "64M")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def url(database_server, tmp_path):
    """A web server of one process over a database of its own."""
    environment = {
        **os.environ,
        "MONGODB_URI": database_server.uri,
        "LEARNERPRISE_PORT": "0",
        "LEARNERPRISE_WORKERS": "1",
    }
    log = tmp_path / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.serve"], env=environment, stdout=out, stderr=out
        )
    deadline = time.monotonic() + 60
    while b"Serving at " not in log.read_bytes() and time.monotonic() < deadline:
        time.sleep(0.05)
    yield log.read_text().partition("Serving at ")[2].split()[0]
    process.terminate()
    process.wait(60)


def test_without_a_database_everything_is_503_and_the_process_lives(url, database_server, assert_refused):
    with requests.Session() as session:
        headers = {"X-Experience-API-Version": "1.0.3"}
        refused = session.get(f"{url}/xapi/statements", headers=headers, auth=("no", "body"), timeout=60)
        assert_refused(refused, 401)
        process = psutil.Process(database_server.pid)
        process.suspend()
        began = time.monotonic()
        page = session.get(f"{url}/sign-in", headers={"Accept": "text/html"}, timeout=60)
        assert time.monotonic() - began < 5
        assert page.status_code == 503
        assert "Not available just now" in page.text
        process.resume()
        database_server.stop()
        for path in ("/xapi/statements", "/health/ready"):
            answer = session.get(f"{url}{path}", headers=headers, auth=("no", "body"), timeout=60)
            assert assert_refused(answer, 503)["code"] == "service_unavailable"
            assert answer.headers["Retry-After"]
        assert session.get(f"{url}/health/alive", timeout=60).status_code == 200
