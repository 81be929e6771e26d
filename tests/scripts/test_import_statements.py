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


def test_who_is_erased_goes_from_the_files_of_an_import_that_was_killed_and_those_that_come_later(
    command: Run, database: Database, database_uri: str, store: Store, source: Path, tmp_path: Path
) -> None:
    lines = gzip.decompress(source.read_bytes()).decode().replace("ada@", "ben@").splitlines()
    own = json.loads(lines[0].replace("ben@", "ada@"))
    others = [
        {name: part for name, part in json.loads(line).items() if name != "id"} for line in lines[:1_200]
    ]
    data = tmp_path / "data"
    data.mkdir()
    killed, bad = data / "in.ndjson", data / "in.ndjson.rejected.ndjson"
    sent = [own, {**own, "timestamp": "yesterday"}, *others]
    killed.write_text("\n".join(map(json.dumps, sent)))
    kill_within(store, killed, database_uri)
    assert "ada@" in bad.read_text()
    (data / "ada.csv").write_text("ada@example.org")
    erase = ("privacy", "erase", store.name, "ada@example.org", "--json")
    receipt = json.loads(command(*erase).stdout)["receipt"]
    assert (receipt["lines_removed_from_files"], receipt["files_left"]) == (3, ["ada.csv"])
    assert not any("ada@" in one.read_text() for one in data.glob("in.*"))
    assert command("import", store.name, str(killed)).returncode == 0
    assert database.collection("statements", store.id).count({}) == len(others)
    (data / "later.jsonl").write_text(json.dumps(own))
    (data / "later.csv").write_text("ada@example.org")
    (data / "ada.csv").unlink()
    again = json.loads(command(*erase).stdout)
    assert (again["receipt"]["lines_removed_from_files"], again["receipt"]["files_left"]) == (
        4,
        ["later.csv"],
    )
    assert again["documents"]["statements"] == 1
