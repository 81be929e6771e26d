"""Post the demo organisation's Statements, and what its people enter by hand, over HTTP to a running server."""

from __future__ import annotations

import time
from datetime import datetime, timezone

import click

from scripts.command import command, run
from scripts.demo import build_organisation, generate_statements, managed_tables
from scripts.demo.organisation import MINIMUM_LEARNERS
from scripts.demo.posting import Endpoint, post_statements, post_tables
from scripts.options import URL, json_option
from scripts.output import print_json, say


@command(examples=["http://127.0.0.1:8000 KEY SECRET", "http://127.0.0.1:8000 KEY SECRET --learners 50"])
@click.argument("url", type=URL)
@click.argument("key")
@click.argument("secret")
@click.option(
    "--learners",
    type=click.IntRange(min=MINIMUM_LEARNERS),
    default=300,
    show_default=True,
    help="How many people.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day of the half year, such as 2026-06-30 (default: today).",
)
@json_option
def main(url: str, key: str, secret: str, learners: int, until: datetime | None, as_json: bool) -> None:
    """Post half a year of an invented organisation to any LRS, and what its people enter by hand.

    URL is where the server is, KEY and SECRET those of a credential for it.
    """
    started = time.monotonic()
    end = until.replace(tzinfo=timezone.utc) if until else datetime.now(timezone.utc)
    statements = list(generate_statements(learners=learners, until=end))
    endpoint = Endpoint(url, key, secret)
    post_statements(endpoint, statements)
    post_tables(endpoint, managed_tables(build_organisation(learners=learners)))
    seconds = time.monotonic() - started
    if as_json:
        print_json({"statements": len(statements), "seconds": round(seconds, 1)})
    else:
        say(f"Posted {len(statements)} Statements in {seconds:.0f} s.")


if __name__ == "__main__":
    run(main)
