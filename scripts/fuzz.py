"""Send thousands of requests made from the OpenAPI description to a server of its own; none may be answered 5xx."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from lrs.auth.credentials import create_credential
from lrs.auth.stores import create_store
from lrs.config import read_settings
from lrs.storage.database import Database
from lrs.storage.embedded import running_server
from lrs.storage.records import create_indexes
from scripts.session import FAILED, print_table, run
from scripts.web_server.processes import running_web_server

EXAMPLES = 100
"""Requests made up at random for each operation, beside some 20,000 that try every edge of every parameter."""


def main() -> int:
    """Run schemathesis; return 1 if any request was answered 5xx."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="random requests for each operation")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same requests")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="learnerprise-fuzz-") as folder:
        log = Path(folder) / "server.log"
        status = fuzz(log, arguments.examples, arguments.seed)
        answers = count_statuses(log)
    print_table(("status", "answers"), [(str(code), str(count)) for code, count in sorted(answers.items())])
    print(f"{sum(answers.values())} requests.")
    failed = status != 0 or any(code >= 500 for code in answers)
    return FAILED if failed else 0


def fuzz(log: Path, examples: int, seed: int) -> int:
    """Start the service over a database of its own, run schemathesis against it; return its exit status."""
    settings = replace(read_settings(os.environ), port=0, data_folder=log.parent)
    with running_server("", settings.data_folder, settings.embedded_cache) as uri:
        database = Database.connect(uri)
        create_indexes(database)
        key, secret = create_credential(create_store("fuzz"), "fuzz")
        with running_web_server(settings, uri, log) as server:
            status = _run_schemathesis(server.url, f"{key}:{secret}", examples, seed)
        database.close()
    return status


def _run_schemathesis(url: str, auth: str, examples: int, seed: int) -> int:
    options = {
        "--auth": auth,
        "--checks": "not_a_server_error",
        "--phases": "coverage,fuzzing",
        "--max-examples": str(examples),
        "--seed": str(seed),
        "--suppress-health-check": "all",
        "--warnings": "off",
    }
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "run",
        f"{url}/openapi.json",
        "--continue-on-failure",
    ]
    words = [word for pair in options.items() for word in pair]
    return subprocess.run([*command, *words], cwd=tempfile.gettempdir(), check=False).returncode


def count_statuses(log: Path) -> Counter[int]:
    """Return how many requests were answered with each status, by the server's own log."""
    found: Counter[int] = Counter()
    for line in log.read_text().splitlines():
        if line.startswith("{") and '"status"' in line:
            found[int(json.loads(line)["status"])] += 1
    return found


if __name__ == "__main__":
    run(main)
