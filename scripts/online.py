"""Tell what came of the recommendations of a store: how often what was shown was opened, started, completed."""

from __future__ import annotations

import argparse
import sys
import time

from lrs.auth.stores import store_named
from recommender.errors import RecommenderError
from recommender.interactions.sync import sync_interactions
from recommender.online.figures import HEADER, outcome_rows
from recommender.online.outcomes import Span, find_exposures, summarise
from recommender.storage.records import create_indexes
from schemas.json_text import dump_json
from schemas.outcomes import DAY_US, DEFAULT_DAYS, DEFAULT_WINDOW_DAYS, KINDS, OutcomeSchema
from scripts.retrain import seconds_of
from scripts.session import open_database, print_table, run

SECOND_US = 1_000_000


def main() -> int:
    """Print a table, or JSON."""
    arguments = _parser().parse_args()
    with open_database() as (database, _):
        create_indexes(database)
        store = store_named(arguments.store)
        sync_interactions(database, store.id)
        now = time.time_ns() // 1000
        span = Span(now - arguments.last * SECOND_US, now, arguments.window * SECOND_US)
        found = [one for kind in KINDS for one in find_exposures(database, store.id, kind, span)]
    outcomes = summarise(found, by_day=arguments.by_day)
    if arguments.json:
        print(dump_json(OutcomeSchema(many=True).dump(outcomes)).decode())
    elif outcomes:
        print_table(HEADER, [row for one in outcomes for row in outcome_rows(one)])
    else:
        print("Nothing was shown to a known learner in this time.", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", help="store to look at")
    day = DAY_US // SECOND_US
    parser.add_argument(
        "--last", type=seconds_of, metavar="SPAN", default=DEFAULT_DAYS * day, help="what was shown: 24h, 30d"
    )
    parser.add_argument(
        "--window",
        type=seconds_of,
        metavar="SPAN",
        default=DEFAULT_WINDOW_DAYS * day,
        help="how long afterwards an act still counts: 1h, 7d",
    )
    parser.add_argument("--by-day", action="store_true", help="a row for each day")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


if __name__ == "__main__":
    run(main, RecommenderError)
