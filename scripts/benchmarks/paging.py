"""Deep `more`: a page far inside a long answer beside the first one."""

from __future__ import annotations

from schemas.json_text import parse_json
from scripts.benchmarks.endpoint import Connection
from scripts.benchmarks.queries import Loaded
from scripts.benchmarks.report import Row, Target, compare_medians, milliseconds

DEEP = 1_000
SMALLEST, LARGEST = 10, 100
DEEP_MORE = Target("<=", 1.2)


def measure_paging(loaded: Loaded, repetitions: int) -> Row:
    """Follow `more` to the 1,000th page (or the last but one), then read it and the first one in turn."""
    limit = max(SMALLEST, min(LARGEST, loaded.size // (DEEP + 1)))
    number = min(DEEP, loaded.size // limit - 1)
    path = f"/statements?limit={limit}"
    with loaded.endpoint.connect() as connection:
        link = _link_of(connection, path, number)
        first, deep = [], []
        for _ in range(repetitions):
            first.append(milliseconds(lambda: connection.send("GET", path)))
            deep.append(milliseconds(lambda: connection.follow(link)))
    work = f"deep more: page {number:,} of {limit} against the first, {loaded.size:,} stored"
    return compare_medians(work, deep, first, "ms", DEEP_MORE)


def _link_of(connection: Connection, path: str, number: int) -> str:
    """Return the link of a page by following those before it."""
    answer = parse_json(connection.send("GET", path))
    for _ in range(number - 2):
        answer = parse_json(connection.follow(answer["more"]))
    return str(answer["more"])
