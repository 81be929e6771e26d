"""Measure recommendations beside their baselines on a folder with a CSV of interactions; tell which goals are met.

The folder holds one file of interactions and, if the items have features, one of these: docs/evaluation.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from lrs.errors import RequestRefusedError
from recommender.config import from_environment
from recommender.errors import RecommenderError, TooLittleDataError
from recommender.evaluation.csv_interactions import find_files, read_csv
from recommender.evaluation.csv_nuggets import read_nuggets
from recommender.evaluation.goals import as_text, measure_quality
from schemas.json_text import dump_json
from scripts.session import FAILED, run


def main() -> int:
    """Print each goal with its target; return 1 if one is missed."""
    arguments = _parser().parse_args()
    settings = from_environment(os.environ)
    started = time.monotonic()
    interactions_file, features_file = find_files(arguments.folder)
    interactions = read_csv(interactions_file)
    nuggets = read_nuggets(features_file) if features_file else {}
    dataset = interactions.dataset(nuggets, settings.training.item_features)
    size = f"{len(dataset.users)} learners, {len(dataset.items)} items, {len(dataset.item_of)} interactions"
    _tell(f"{interactions_file.name}: {size}; {len(nuggets)} items with features")
    split = interactions.split(dataset, settings.service.held_out_share, settings.service.least_held_out)
    if len(split.learners) == 0:
        raise TooLittleDataError(
            "Nobody's future can be held out: no learner took two items that others took too."
        )
    rows = []
    for row in measure_quality(split, settings, _tell):
        _tell(f"  {row.work}: {row.ratio:.3f}")
        rows.append(row)
    print(as_text(rows))
    print(f"{size}; {time.monotonic() - started:.0f} s")
    if arguments.json:
        _write(arguments.json, dump_json([row.as_dict() for row in rows]))
    return 0 if all(row.met for row in rows) else FAILED


def _write(path: Path, text: bytes) -> None:
    try:
        path.write_bytes(text + b"\n")
    except OSError as error:
        raise RequestRefusedError(f"{path} cannot be written: {error.strerror}.") from error


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, epilog="Settings: docs/settings.md")
    parser.add_argument("folder", type=Path, help="folder with the data set")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the goals as JSON rows too")
    return parser


if __name__ == "__main__":
    run(main, RecommenderError)
