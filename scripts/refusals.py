"""Count the requests of a store that were refused, by day, credential and rule."""

from __future__ import annotations

from collections.abc import Mapping

import click

from lrs.auth.credentials import list_credentials
from lrs.auth.refusals import find_refusals
from lrs.auth.stores import store_named
from lrs.storage.refusals import KEPT, CountedRefusals
from lrs.storage.stores import CredentialRow
from schemas.timestamps import format_timestamp
from scripts.command import command, run
from scripts.options import json_option, store_argument
from scripts.output import print_json, print_table
from scripts.session import open_database

HEADER = ("day", "key", "name", "revoked", "code", "rule", "count", "last")


@command(examples=["acme", "acme --days 1 --json"])
@store_argument
@click.option(
    "--days",
    type=click.IntRange(1, KEPT.days),
    default=7,
    show_default=True,
    help="How many days, with today (UTC).",
)
@json_option
def main(store: str, days: int, as_json: bool) -> None:
    """Count the requests of a store that were refused (4xx), by day, credential, code and rule.

    Requests for what does not exist (404, 405) are not counted. A revoked credential still in use has the
    code unauthorized. The log of the service names the place in each refused request. Counts are kept for 30 days.
    """
    with open_database() as database:
        found = store_named(database, store)
        refusals = find_refusals(database, found, days)
        credentials = {row.key: row for row in list_credentials(database, found)}
    if as_json:
        print_json([_values(one, credentials) for one in refusals])
    else:
        values = [_values(one, credentials) for one in refusals]
        print_table(HEADER, [[str(value[name]) for name in HEADER] for value in values])


def _values(one: CountedRefusals, credentials: Mapping[str, CredentialRow]) -> dict[str, str | int | bool]:
    credential = credentials.get(one.kind.key)
    return {
        "day": one.day,
        "key": one.kind.key,
        "name": credential.name if credential else "",
        "revoked": bool(credential and credential.revoked),
        "code": one.kind.code,
        "rule": one.kind.rule,
        "count": one.count,
        "last": format_timestamp(one.last)[:19],
    }


if __name__ == "__main__":
    run(main)
