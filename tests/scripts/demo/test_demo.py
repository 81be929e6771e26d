"""The demo as `make demo` runs it, with fewer people: it shows three of them, serves, and goes on when run again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests


def run_until_it_serves(folder: Path) -> tuple[str, int]:
    """Run the demo; ask its server for its health once it serves, interrupt it, return what it printed."""
    environment = {
        **os.environ,
        "MONGODB_URI": "",
        "LEARNERPRISE_DATA": str(folder),
        "LEARNERPRISE_PORT": "0",
        "RECOMMENDER_EPOCHS": "2",
        "RECOMMENDER_DIMENSIONS": "8",
    }
    line = [sys.executable, "-m", "scripts.cli", "demo", "--learners", "30"]
    printed = []
    with subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for text in process.stdout:
                printed.append(text)
                if text.startswith("Serving at "):
                    assert requests.get(f"{text.split()[2]}/health/ready", timeout=60).status_code == 200
                    process.send_signal(signal.SIGINT)
        finally:
            process.kill()  # nothing, where it has ended
    return "".join(printed), process.returncode


@pytest.mark.timeout(600)
def test_the_demo_shows_three_people_and_goes_on_when_run_again(tmp_path: Path) -> None:
    first, status = run_until_it_serves(tmp_path)
    assert status == 0
    assert "Posting half a year of Tramuntana Energy" in first
    assert first.count("Showing people what is recommended to them") == 1
    assert first.count("Nuggets:") == first.count("Peers:") == 3
    assert first.endswith("the next run goes on with it.\n")
    again, status = run_until_it_serves(tmp_path)
    assert status == 0
    assert "Posting" not in again
    assert "Showing" not in again
    assert again.count("Nuggets:") == 3
