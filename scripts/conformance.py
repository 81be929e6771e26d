"""Run the ADL conformance suite, for xAPI 1.0.3 and 2.0.0, against the server as it is run in production."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lrs.auth.credentials import create_credential
from lrs.auth.stores import create_store
from lrs.config import Settings, read_settings
from lrs.errors import RequestRefusedError
from lrs.storage.database import Database
from lrs.storage.embedded import running_server
from lrs.storage.records import create_indexes
from schemas.versions import VERSIONS
from scripts.session import FAILED, print_table, run
from scripts.web_server.processes import running_web_server

TESTS = {"1.0.3": 1365, "2.0.0": 1442}
"""How many tests each suite has: an exception inside it ends a run early without a word."""

RUNNER = Path("bin/console_runner.js")
_LOG = re.compile(r"Full run log written to (\S+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the suite said about one version; `failures` names the tests that failed."""

    version: str
    passed: int
    failed: int
    failures: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every test of the suite ran and passed."""
        return self.failed == 0 and self.passed == TESTS[self.version]


def main() -> int:
    """Run both suites and print the totals; return 1 unless all tests pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", type=Path, help="folder of lrs-conformance-test-suite, after npm install")
    parser.add_argument("--version", choices=VERSIONS, action="append", help="only this version")
    parser.add_argument("--grep", help="only tests that match")
    arguments = parser.parse_args()
    if not (arguments.suite / RUNNER).exists() or not (arguments.suite / "node_modules").exists():
        raise RequestRefusedError(
            f"{arguments.suite} is no checked-out suite with its npm packages installed."
        )
    outcomes = run_suites(arguments.suite, arguments.version or list(VERSIONS), arguments.grep)
    for outcome in outcomes:
        for name in outcome.failures:
            print(f"failed in {outcome.version}: {name}")
    rows = [(item.version, str(item.passed), str(item.failed), str(TESTS[item.version])) for item in outcomes]
    print_table(("version", "passed", "failed", "tests"), rows)
    return 0 if all(outcome.is_complete for outcome in outcomes) else FAILED


def run_suites(suite: Path, versions: list[str], grep: str | None) -> list[Outcome]:
    """Start the service over a database of its own and run the suite once for each version."""
    with tempfile.TemporaryDirectory(prefix="learnerprise-conformance-") as folder:
        settings = replace(read_settings(os.environ), port=0, data_folder=Path(folder))
        with running_server("", settings.data_folder, settings.embedded_cache) as uri:
            database = Database.connect(uri)
            create_indexes(database)
            outcomes = _run_against(settings, uri, suite, versions, grep)
            database.close()
    return outcomes


def _run_against(
    settings: Settings, uri: str, suite: Path, versions: list[str], grep: str | None
) -> list[Outcome]:
    with running_web_server(settings, uri, settings.data_folder / "server.log") as server:
        return [_run_version(server.url, suite, version, grep) for version in versions]


def _run_version(url: str, suite: Path, version: str, grep: str | None) -> Outcome:
    print(f"Running the suite for {version} ...", file=sys.stderr, flush=True)
    store = create_store(f"conformance {version}", default_version=version)
    key, secret = create_credential(store, "conformance suite")
    command = ["node", str(RUNNER), "-x", version, "-e", f"{url}/xapi", "-a", "-u", key, "-p", secret]
    command += ["-g", grep] if grep else []
    done = subprocess.run(command, cwd=suite, capture_output=True, text=True, check=False)
    found = _LOG.search(done.stdout)
    if not found:
        raise RequestRefusedError(
            f"The suite wrote no log; its last words: {(done.stdout + done.stderr)[-500:]}"
        )
    log = json.loads(Path(found[1]).read_text())
    summary = log["summary"]
    return Outcome(version, summary["passed"], summary["failed"], tuple(_failures(log["log"], "")))


def _failures(node: dict[str, Any], path: str) -> Iterator[str]:
    title = f"{path} / {node.get('title') or node.get('name') or ''}".strip(" /")
    children = node.get("tests") or []
    if node.get("status") == "failed" and not children:
        yield f"{title}: {str(node.get('error'))[:300]}"
    for child in children:
        yield from _failures(child, title)


if __name__ == "__main__":
    run(main)
