"""Measure each kind of work beside its limit in the same run; docs/benchmarks/README.md."""

from __future__ import annotations

import signal
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from scripts.benchmarks.endpoint import BenchmarkError, Endpoint
from scripts.benchmarks.report import print_report, write_json
from scripts.benchmarks.runs import (
    ACCESS,
    FULL,
    INSIGHTS,
    PAGES,
    PARTS,
    QUICK,
    SCALE,
    SOAK,
    Outcome,
    Plan,
    measure_endpoint,
    measure_ourselves,
)
from scripts.command import command, run
from scripts.options import SPAN, URL, json_option, output_option
from scripts.output import print_json, say

NAMED = (SCALE, PAGES, INSIGHTS, ACCESS)
"""Parts that are measured only when they are named."""


class Sizes(click.ParamType[tuple[int, ...]]):
    """Numbers of Statements, interactions or people, such as 10000,100000."""

    name = "sizes"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Return the numbers in ascending order."""
        try:
            return tuple(sorted({int(size) for size in value.split(",")}))
        except ValueError:
            self.fail(f"{value!r} is not a list of numbers; write one such as 10000,100000.", param, ctx)


class Parts(click.ParamType[tuple[str, ...]]):
    """Parts of the benchmark, such as ingest,queries."""

    name = "parts"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the parts in the order in which they are measured, without `soak`, which --soak adds."""
        parts = value.split(",")
        if not set(parts) <= {*PARTS, *NAMED, SOAK}:
            self.fail(
                f"{value!r} has an unknown part; the parts are {', '.join((*PARTS, *NAMED, SOAK))}.",
                param,
                ctx,
            )
        return tuple(part for part in (*PARTS, *NAMED) if part in parts)


@command(
    examples=[
        "--quick",
        "--only ingest,queries --statements 10000,1000000",
        "--only scale --interactions 1000000,10000000",
        "--only pages",
        "--only access --people 10000",
        "--only soak --soak 1h --output soak.json",
        "--endpoint https://lrs.example/xapi --key KEY --secret SECRET",
    ]
)
@click.option("--quick", is_flag=True, help="Less of everything: a minute or two, less exact.")
@click.option("--statements", type=Sizes(), metavar="N,N", help="Sizes of the stores that are queried.")
@click.option("--rounds", type=int, help="Repetitions of each ingest measurement.")
@click.option(
    "--only",
    type=Parts(),
    metavar="PART,PART",
    help=f"Some of: {', '.join(PARTS)}, {', '.join(NAMED)} (only when named), {SOAK} (with --soak).",
)
@click.option("--interactions", type=Sizes(), metavar="N,N", help=f"With {SCALE}: sizes of the trainings.")
@click.option("--people", type=Sizes(), metavar="N,N", help=f"With {ACCESS}: how many people are linked.")
@click.option("--soak", type=SPAN, default=0, help="Then load for that long (1h) and watch memory.")
@click.option("--endpoint", type=URL, help="Measure the LRS there (https://host/xapi), without limits.")
@click.option("--key", help="Key of a credential for the endpoint.")
@click.option("--secret", help="Its secret.")
@json_option
@output_option
def main(*, as_json: bool, output: Path | None, **options: Any) -> None:
    """Measure each kind of work beside its limit in the same run: docs/benchmarks/README.md."""
    signal.signal(signal.SIGTERM, _interrupt)
    facts, rows = _measure(**options)
    if as_json:
        print_json({**facts, "rows": [asdict(row) for row in rows]})
    else:
        print_report(facts, rows)
    if output:
        write_json(output, facts, rows)
        say(f"Written to {output}")


def _measure(*, endpoint: str | None, key: str | None, secret: str | None, **options: Any) -> Outcome:
    if endpoint and not (key and secret):
        raise click.UsageError("--endpoint needs --key and --secret of a credential for it.")
    plan = _plan(**options)
    try:
        if endpoint:
            return measure_endpoint(Endpoint(endpoint, key or "", secret or ""), plan, say)
        return measure_ourselves(plan, say)
    except BenchmarkError as error:
        raise click.ClickException(str(error)) from error


def _plan(
    *,
    quick: bool,
    statements: tuple[int, ...] | None,
    rounds: int | None,
    only: tuple[str, ...] | None,
    soak: float,
    **sizes: tuple[int, ...] | None,
) -> Plan:
    effort = QUICK if quick else FULL
    return Plan(
        sizes=statements or effort.sizes,
        parts=PARTS if only is None else only,
        rounds=rounds or effort.rounds,
        effort=effort,
        soak_s=soak,
        **{name: found or () for name, found in sizes.items()},
    )


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    run(main)
