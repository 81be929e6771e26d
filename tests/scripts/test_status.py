"""The command that shows what runs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_service_that_runs_is_all_ok(command: Run, server_url: str, tmp_path: Path) -> None:
    port = str(urlsplit(server_url).port)
    done = command("status", "--json", LEARNERPRISE_PORT=port, LEARNERPRISE_DATA=str(tmp_path))
    found = {part["part"]: part for part in json.loads(done.stdout)}
    assert list(found) == ["web server", "database", "disk", "clock"]
    assert done.returncode == 0
    assert "must stay free: writes are accepted" in found["disk"]["says"]


def test_a_service_that_does_not_run_is_said_part_by_part(command: Run, tmp_path: Path) -> None:
    done = command("status", MONGODB_URI="", LEARNERPRISE_PORT="1", LEARNERPRISE_DATA=str(tmp_path))
    assert done.returncode == 1
    assert "web server  NOT OK  no answer at 127.0.0.1:1" in done.stdout
    assert f"no embedded server runs over {tmp_path}" in done.stdout
