"""The import command, killed as an operating system kills."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database

Run = Callable[..., "subprocess.CompletedProcess[str]"]
STATEMENTS = 6_000


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A gzip file of Statements that takes several batches."""
    statement = {"actor": {"mbox": "mailto:ada@example.org"}, "verb": {"id": "https://example.org/read"}}
    lines = [
        {"id": str(uuid.uuid4()), **statement, "object": {"id": f"https://example.org/{number}"}}
        for number in range(STATEMENTS)
    ]
    path = tmp_path / "in.ndjson.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    return path


def kill_within(store: Store, source: Path, database_uri: str) -> None:
    """Import, and kill the process as soon as it noted progress."""
    environment = {**os.environ, "MONGODB_URI": database_uri}
    line = [sys.executable, "-m", "scripts.cli", "import", store.name, str(source)]
    progress, deadline = Path(f"{source}.progress"), time.monotonic() + 60
    with subprocess.Popen(line, env=environment, stderr=subprocess.DEVNULL) as process:
        while not progress.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -9


def test_an_import_that_was_killed_goes_on_and_stores_each_statement_once(
    command: Run, database: Database, database_uri: str, store: Store, source: Path
) -> None:
    stored = database.collection("statements", store.id)
    kill_within(store, source, database_uri)
    assert 0 < stored.count({}) < STATEMENTS
    done = command("import", store.name, str(source))
    assert done.returncode == 0, done.stderr
    assert f"Lines      {STATEMENTS}\n" in done.stdout
    assert stored.count({}) == STATEMENTS
    assert not Path(f"{source}.progress").exists()
    assert database.collection("credentials", store.id).count({}) == 0
