"""Measure LightFM beside its baselines on a store's own future; nothing is changed."""

from __future__ import annotations

import argparse
import os
import sys

from lrs.auth.stores import store_named
from recommender.config import from_environment
from recommender.errors import RecommenderError
from recommender.jobs import evaluate
from schemas.json_text import dump_json
from scripts.session import open_database, run


def main() -> int:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="Settings: docs/settings.md")
    parser.add_argument("store", help="store to evaluate on")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    with open_database() as (database, _):
        settings = from_environment(os.environ)
        report = evaluate(database, store_named(arguments.store), settings, _tell)
    print(dump_json(report.as_dict()).decode() if arguments.json else report.as_text())
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    run(main, RecommenderError)
