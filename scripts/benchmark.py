"""Measure each kind of work beside its limit in the same run; docs/benchmarks/README.md."""

from __future__ import annotations

import argparse
import re
import signal
import sys
from pathlib import Path

from scripts.benchmarks.endpoint import BenchmarkError, Endpoint
from scripts.benchmarks.report import print_report, write_json
from scripts.benchmarks.runs import FULL, PARTS, QUICK, SOAK, Plan, measure_endpoint, measure_ourselves
from scripts.session import WRONG_USE, run


def main() -> int:
    """Measure what the arguments say, print the table, and write it if asked to."""
    signal.signal(signal.SIGTERM, _interrupt)
    parser = _parser()
    arguments = parser.parse_args()
    plan = _plan(arguments)
    if arguments.endpoint and not (arguments.key and arguments.secret):
        parser.exit(WRONG_USE, "--endpoint needs --key and --secret of a credential for it.\n")
    if arguments.endpoint:
        endpoint = Endpoint(arguments.endpoint.rstrip("/"), arguments.key, arguments.secret)
        facts, rows = measure_endpoint(endpoint, plan, _tell)
    else:
        facts, rows = measure_ourselves(plan, _tell)
    print_report(facts, rows)
    if arguments.json:
        write_json(arguments.json, facts, rows)
        print(f"\nWritten to {arguments.json}")
    return 0


def _plan(arguments: argparse.Namespace) -> Plan:
    effort = QUICK if arguments.quick else FULL
    return Plan(
        sizes=arguments.statements or effort.sizes,
        parts=PARTS if arguments.only is None else arguments.only,
        rounds=arguments.rounds or effort.rounds,
        effort=effort,
        soak_s=arguments.soak,
    )


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(size) for size in text.split(",")}))


def read_seconds(text: str) -> float:
    """Return a span such as 90s, 10m or 1h in seconds; raise ArgumentTypeError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no span of time; use one such as 90s, 10m or 1h")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    if not set(parts) <= {*PARTS, SOAK}:
        raise argparse.ArgumentTypeError(f"{text!r} has a part that is none of {', '.join(PARTS)}")
    return tuple(part for part in PARTS if part in parts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything: under a minute, less exact")
    parser.add_argument(
        "--statements", type=_sizes, metavar="N,N", help="sizes of the stores that are queried"
    )
    parser.add_argument("--rounds", type=int, help="repetitions of each ingest measurement")
    parser.add_argument("--only", type=_parts, metavar="PART,PART", help=f"some of: {', '.join(PARTS)}")
    parser.add_argument(
        "--soak",
        type=read_seconds,
        default=0,
        metavar="SPAN",
        help="then load for that long (1h) and watch memory",
    )
    parser.add_argument("--json", type=Path, metavar="PATH", help="write facts and rows there too")
    parser.add_argument(
        "--endpoint", metavar="URL", help="measure the LRS there (https://host/xapi), without limits"
    )
    parser.add_argument("--key", help="key of a credential for the endpoint")
    parser.add_argument("--secret", help="its secret")
    return parser


if __name__ == "__main__":
    run(main, BenchmarkError)
