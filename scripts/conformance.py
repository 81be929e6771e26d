"""Run the ADL conformance suite, for xAPI 1.0.3 and 2.0.0, against the server as it is run in production."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from lrs.auth.credentials import create_credential
from lrs.auth.stores import create_store
from lrs.errors import RequestRefusedError
from schemas.versions import VERSIONS
from scripts.command import FAILED, command, run
from scripts.options import FILE, json_option
from scripts.output import print_json, print_table, say
from scripts.session import Service, running_own_service

TESTS = {"1.0.3": 1365, "2.0.0": 1442}
"""How many tests each suite has: an exception inside the suite ends its run early without a message."""

RUNNER = Path("bin/console_runner.js")
_LOG = re.compile(r"Full run log written to (\S+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The suite's result for one version; `failures` names the tests that failed."""

    version: str
    passed: int
    failed: int
    failures: tuple[str, ...]
    wanted: int | None
    """How many tests there are to pass; None where only some of them were run."""

    @property
    def is_complete(self) -> bool:
        """Whether every test that was to run passed; of some only, whether any did."""
        return self.failed == 0 and (self.passed > 0 if self.wanted is None else self.passed == self.wanted)


@command(examples=["../lrs-conformance-test-suite", "../lrs-conformance-test-suite --version 2.0.0 --json"])
@click.argument("suite", type=FILE)
@click.option(
    "--version", "versions", type=click.Choice(VERSIONS), multiple=True, help="Only this version; repeatable."
)
@click.option("--grep", metavar="TEXT", help="Only tests that match.")
@json_option
def main(suite: Path, versions: tuple[str, ...], grep: str | None, as_json: bool) -> int:
    """Run the ADL conformance suite for xAPI 1.0.3 and 2.0.0 against a server of its own.

    SUITE is a checked-out lrs-conformance-test-suite, after npm install. The exit status is 1 unless all tests
    pass; with --grep, unless some match and all of those pass.
    """
    if not (suite / RUNNER).exists() or not (suite / "node_modules").exists():
        raise RequestRefusedError(
            f"{suite} is not a checked-out suite; clone github.com/adlnet/lrs-conformance-test-suite, "
            "run npm install in it, and name its folder."
        )
    if not shutil.which("node"):
        raise RequestRefusedError("node is not installed; the suite needs Node.js.")
    outcomes = run_suites(suite, versions or VERSIONS, grep)
    if as_json:
        print_json([_values(outcome) for outcome in outcomes])
    else:
        _print_outcomes(outcomes)
    return 0 if all(outcome.is_complete for outcome in outcomes) else FAILED


def _values(outcome: Outcome) -> dict[str, Any]:
    values = asdict(outcome)
    return {**values, "tests": values.pop("wanted")}


def _print_outcomes(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        for name in outcome.failures:
            click.echo(f"failed in {outcome.version}: {name}")
    rows = [
        (item.version, str(item.passed), str(item.failed), str(item.wanted or "some")) for item in outcomes
    ]
    print_table(("version", "passed", "failed", "tests"), rows)


def run_suites(suite: Path, versions: Sequence[str], grep: str | None) -> list[Outcome]:
    """Start the service over a database of its own and run the suite once for each version."""
    with (
        tempfile.TemporaryDirectory(prefix="learnerprise-conformance-") as folder,
        running_own_service(Path(folder)) as service,
    ):
        return [_run_version(service, suite, version, grep) for version in versions]


def _run_version(service: Service, suite: Path, version: str, grep: str | None) -> Outcome:
    say(f"Running the suite for {version} ...")
    store = create_store(service.database, f"conformance {version}", default_version=version)
    key, secret = create_credential(service.database, store, "conformance suite")
    line = [
        "node",
        str(RUNNER),
        "-x",
        version,
        "-e",
        f"{service.server.url}/xapi",
        "-a",
        "-u",
        key,
        "-p",
        secret,
    ]
    line += ["-g", grep] if grep else []
    done = subprocess.run(line, cwd=suite, capture_output=True, text=True, check=False)
    found = _LOG.search(done.stdout)
    if not found:
        raise RequestRefusedError(
            f"The suite wrote no log; its last output: {(done.stdout + done.stderr)[-500:]}"
        )
    log = json.loads(Path(found[1]).read_text())
    summary = log["summary"]
    wanted = None if grep else TESTS[version]
    return Outcome(version, summary["passed"], summary["failed"], tuple(_failures(log["log"], "")), wanted)


def _failures(node: dict[str, Any], path: str) -> Iterator[str]:
    title = f"{path} / {node.get('title') or node.get('name') or ''}".strip(" /")
    children = node.get("tests") or []
    if node.get("status") == "failed" and not children:
        yield f"{title}: {str(node.get('error'))[:300]}"
    for child in children:
        yield from _failures(child, title)


if __name__ == "__main__":
    run(main)
