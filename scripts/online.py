"""Measure the outcomes of a store's recommendations: how often what was shown was opened, started, completed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict

import click

from lrs.auth.stores import store_named
from lrs.personas import find_agreeing
from lrs.storage.database import Database
from recommender.evaluation.shown import ESTIMATE_HEADER, Estimate, estimate_row, estimate_version
from recommender.interactions.sync import sync_interactions
from recommender.online.figures import HEADER, outcome_rows
from recommender.online.outcomes import Exposure, Span, find_exposures, summarise
from schemas.outcomes import DAY_US, DEFAULT_DAYS, DEFAULT_WINDOW_DAYS, KINDS, OutcomeSchema
from scripts.command import command, run
from scripts.options import SPAN, json_option, store_argument
from scripts.output import Progress, print_json, print_table, say
from scripts.session import open_database, recommender_settings

SECOND_US = 1_000_000
DAY_S = DAY_US // SECOND_US
NOTHING = "Nothing was shown to a known learner in this time."


@command(examples=["acme", "acme --last 30d --window 7d --by-day --json", "acme --estimate 7"])
@store_argument
@click.option(
    "--last", type=SPAN, default=DEFAULT_DAYS * DAY_S, help="What was shown in this time: 24h, 30d."
)
@click.option(
    "--window",
    type=SPAN,
    default=DEFAULT_WINDOW_DAYS * DAY_S,
    help="How long after an impression an act still counts: 1h, 7d.",
)
@click.option("--by-day", is_flag=True, help="Print a row for each day.")
@click.option(
    "--estimate",
    type=int,
    metavar="VERSION",
    help="Estimate what this version of the model would have brought.",
)
@json_option
def main(store: str, last: float, window: float, by_day: bool, estimate: int | None, as_json: bool) -> None:
    """Measure the outcomes of a store's recommendations, by model version.

    An outcome is that a learner opened, started or completed what was shown. With --estimate, those that another
    version would have had are estimated from what was shown (docs/recommender/outcomes.md).
    """
    with open_database() as database:
        exposures = _expose(database, store, last, window)
        if estimate is not None:
            service = recommender_settings().service
            store_id = store_named(database, store).id
            _tell(estimate_version(database, store_id, estimate, exposures, service), as_json)
            return
    outcomes = summarise(exposures, by_day=by_day)
    if as_json:
        print_json(OutcomeSchema(many=True).dump(outcomes))
    elif outcomes:
        print_table(HEADER, [row for one in outcomes for row in outcome_rows(one)])
    else:
        say(NOTHING)


def _tell(estimates: Sequence[Estimate], as_json: bool) -> None:
    if as_json:
        print_json([asdict(one) for one in estimates])
    elif estimates:
        print_table(ESTIMATE_HEADER, [estimate_row(one) for one in estimates])
    else:
        say(NOTHING)


def _expose(database: Database, name: str, last: float, window: float) -> list[Exposure]:
    store = store_named(database, name)
    with Progress() as progress:
        sync_interactions(database, store.id, progress.step)
    now = time.time_ns() // 1000
    span = Span(now - int(last * SECOND_US), now, int(window * SECOND_US))
    counted = find_agreeing(database, store.id, "figures")
    found = (one for kind in KINDS for one in find_exposures(database, store.id, kind, span))
    return [one for one in found if one.persona in counted]


if __name__ == "__main__":
    run(main)
