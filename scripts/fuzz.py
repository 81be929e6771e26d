"""Send thousands of requests made from the OpenAPI description to a server of its own; none may be answered 5xx."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import click

from lrs.auth.credentials import create_credential
from lrs.auth.stores import create_store
from scripts.command import FAILED, command, run
from scripts.options import json_option
from scripts.output import print_json, print_table
from scripts.session import running_own_service

EXAMPLES = 100
"""Requests made up at random for each operation, beside some 20,000 that try every edge of every parameter."""

PHASES = ("coverage", "fuzzing")


@command(examples=["", "--examples 500 --seed 7"])
@click.option(
    "--examples", type=int, default=EXAMPLES, show_default=True, help="Random requests for each operation."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same requests.")
@click.option(
    "--phase",
    "phases",
    type=click.Choice(PHASES),
    multiple=True,
    help="Only the edges of every parameter (coverage), or only random requests (fuzzing).",
)
@click.option("--path", metavar="PATH", help="Only the operations of this path, such as /xapi/about.")
@json_option
def main(examples: int, seed: int, phases: tuple[str, ...], path: str | None, as_json: bool) -> int:
    """Send requests made from the OpenAPI description to a server of its own; none may be answered 5xx.

    The exit status is 1 if one is.
    """
    options = {
        "--phases": ",".join(phases or PHASES),
        "--max-examples": str(examples),
        "--seed": str(seed),
        **({"--include-path": path} if path else {}),
    }
    with tempfile.TemporaryDirectory(prefix="learnerprise-fuzz-") as folder:
        status, log = fuzz(Path(folder), options, quiet=as_json)
        answers = count_statuses(log)
    if as_json:
        print_json(
            {"requests": sum(answers.values()), "statuses": {str(code): answers[code] for code in answers}}
        )
    else:
        print_table(
            ("status", "answers"), [(str(code), str(count)) for code, count in sorted(answers.items())]
        )
        click.echo(f"{sum(answers.values())} requests.")
    return FAILED if status != 0 or any(code >= 500 for code in answers) else 0


def fuzz(folder: Path, options: Mapping[str, str], *, quiet: bool) -> tuple[int, Path]:
    """Run schemathesis against a service of its own; return its exit status and the server's log."""
    with running_own_service(folder) as service:
        key, secret = create_credential(service.database, create_store(service.database, "fuzz"), "fuzz")
        return _run_schemathesis(
            service.server.url, {"--auth": f"{key}:{secret}", **options}, quiet
        ), service.log


def _run_schemathesis(url: str, options: Mapping[str, str], quiet: bool) -> int:
    fixed = {"--checks": "not_a_server_error", "--suppress-health-check": "all", "--warnings": "off"}
    words = [word for pair in {**fixed, **options}.items() for word in pair]
    line = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--continue-on-failure"]
    output = sys.stderr if quiet else None
    return subprocess.run([*line, *words], cwd=tempfile.gettempdir(), check=False, stdout=output).returncode


def count_statuses(log: Path) -> Counter[int]:
    """Return how many requests were answered with each status, by the server's own log."""
    found: Counter[int] = Counter()
    for line in log.read_text().splitlines():
        if line.startswith("{") and '"status"' in line:
            found[int(json.loads(line)["status"])] += 1
    return found


if __name__ == "__main__":
    run(main)
