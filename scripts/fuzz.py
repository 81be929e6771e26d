"""Send thousands of requests to a server of its own; none may be answered 5xx, no process may grow beyond its budget.

They are made from the OpenAPI description, and at random: multipart bodies, forms in place of requests, raw HTTP.
"""

from __future__ import annotations

import base64
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
from scripts.raw_requests import Requests, send_raw
from scripts.session import running_own_service

EXAMPLES = 100
"""Requests made up at random for each operation, beside some 20,000 that try every edge of every parameter."""

PHASES = ("coverage", "fuzzing")
RAW = 30_000
BUDGET_BYTES = 1024**3
NOT_IMPLEMENTED = 501
"""What a transfer coding that is unknown is answered with; any other 5xx is an error of ours."""


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
@click.option("--raw", type=int, default=RAW, show_default=True, help="Requests that no description makes.")
@click.option("--path", metavar="PATH", help="Only the operations of this path, such as /xapi/about.")
@json_option
def main(examples: int, seed: int, phases: tuple[str, ...], raw: int, path: str | None, as_json: bool) -> int:
    """Send requests to a server of its own; none may be answered 5xx, no process may need more than 1 GiB.

    Most are made from the OpenAPI description, the others are multipart bodies, forms and raw HTTP. The exit status
    is 1 if one is answered 5xx.
    """
    options = {
        "--phases": ",".join(phases or PHASES),
        "--max-examples": str(examples),
        "--seed": str(seed),
        **({"--include-path": path} if path else {}),
    }
    with tempfile.TemporaryDirectory(prefix="learnerprise-fuzz-") as folder:
        fine, log = fuzz(Path(folder), options, seed, raw, quiet=as_json)
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
    unexpected = [code for code in answers if code >= 500 and code != NOT_IMPLEMENTED]
    return FAILED if unexpected or not fine else 0


def fuzz(folder: Path, options: Mapping[str, str], seed: int, raw: int, *, quiet: bool) -> tuple[bool, Path]:
    """Send all requests to a service of its own; return whether all went well, and the server's log."""
    with running_own_service(folder) as service:
        key, secret = create_credential(service.database, create_store(service.database, "fuzz"), "fuzz")
        pair = f"{key}:{secret}"
        status = _run_schemathesis(service.server.url, {"--auth": pair, **options}, quiet)
        known = "Basic " + base64.b64encode(pair.encode()).decode()
        answers = send_raw(service.server.url, raw, Requests(seed, known))
        most = max(_most_memory(pid) for pid in service.server.worker_pids)
        click.echo(f"Largest process: {most // 1024**2} MiB.", err=True)
        failed = [code for code in answers if code >= 500 and code != NOT_IMPLEMENTED]
        return status == 0 and not failed and most < BUDGET_BYTES, service.log


def _most_memory(pid: int) -> int:
    """Return the most memory that a process ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


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
