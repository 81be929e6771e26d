"""The benchmark: its arithmetic, and tiny runs of the whole command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.benchmarks.report import Target, compare, compare_medians, percentile, write_json
from scripts.benchmarks.samples import Batches, write_pool

COLUMNS = {"work", "ours", "limit", "ratio", "target", "met", "unit"}


@pytest.mark.parametrize(
    ("target", "ours", "limit", "met"),
    [
        (Target(">=", 0.5), 50, 100, True),
        (Target(">=", 0.5), 49, 100, False),
        (Target("<=", 2), 20, 10, True),
        (Target("<=", 2), 21, 10, False),
        (Target("<=", 25, of="ours"), 25, 1, True),
        (Target("<=", 25, of="ours"), 26, None, False),
        (Target("<=", 2), 20, None, None),
        (None, 20, 10, None),
    ],
)
def test_a_target_is_met_by_the_ratio_or_by_the_value(
    target: Target | None, ours: float, limit: float | None, met: bool | None
) -> None:
    row = compare("work", ours, limit, "ms", target)

    assert row.met is met


def test_the_ratio_is_that_of_the_medians() -> None:
    row = compare_medians("work", [1, 900, 30], [1000, 60, 2], "ms", Target("<=", 2))

    assert (row.ours, row.limit, row.ratio, row.target) == (30, 60, 0.5, "ratio <= 2")


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (0.99, 99), (1, 100), (0, 1)])
def test_a_percentile_is_the_value_that_this_share_does_not_exceed(share: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == value


def test_rows_are_written_as_json_beside_the_facts(tmp_path: Path) -> None:
    path = tmp_path / "new" / "result.json"

    write_json(path, {"workers": 2}, [compare("work", 1, 4, "s")])

    written = json.loads(path.read_text())
    assert written["workers"] == 2
    assert written["rows"] == [
        {"work": "work", "ours": 1, "limit": 4, "ratio": 0.25, "target": None, "met": None, "unit": "s"}
    ]


def test_batches_of_a_seed_are_the_same_again_and_of_another_seed_have_other_ids(tmp_path: Path) -> None:
    pool = tmp_path / "pool.ndjson"
    write_pool(pool, 10, 1)

    bodies = list(Batches(pool, 1, 2, 3).bodies())
    ids = [one["id"] for body in bodies for one in json.loads(body)]

    assert bodies == list(Batches(pool, 1, 2, 3).bodies())
    assert ids == Batches(pool, 1, 2, 3).ids()
    assert len(set(ids) | set(Batches(pool, 2, 2, 3).ids())) == 12


def benchmark(path: Path, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "scripts.benchmark", "--quick", "--rounds", "1", "--json", str(path)]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    written: dict[str, Any] = json.loads(path.read_text())
    return written


@pytest.mark.timeout(300)
def test_a_tiny_run_has_every_row_beside_its_limit(tmp_path: Path) -> None:
    written = benchmark(tmp_path / "result.json", "--statements", "200,400")

    rows = {row["work"]: row for row in written["rows"]}
    assert all(set(row) == COLUMNS for row in rows.values())
    assert all(row["ours"] > 0 and row["limit"] > 0 for row in rows.values())
    assert all(row["ratio"] == pytest.approx(row["ours"] / row["limit"]) for row in rows.values())
    assert {
        "POST single, 1 client",
        "POST batches of 100, 8 clients",
        "GET 100 by agent, 200 stored",
        "GET 100 since, 400 stored",
        "growth: GET 100 by verb, 400 against 200 stored",
        "GET nuggets, p99",
        "GET peers, p50",
        "Statement posted -> changed nuggets, p95",
    } <= set(rows)
    assert written["workers"] >= 1
    assert {"cpu", "cores", "memory_gib", "os", "python"} == set(written["machine"])
    assert {"pymongo", "flask"} <= set(written["packages"])
    assert written["database"]["version"]


@pytest.mark.timeout(300)
def test_any_lrs_can_be_measured_without_limits(
    tmp_path: Path, server_url: str, make_client: Callable[..., Any]
) -> None:
    key, secret = make_client().auth
    credential = ("--endpoint", f"{server_url}/xapi", "--key", key, "--secret", secret)

    written = benchmark(tmp_path / "result.json", "--statements", "200", *credential)

    rows = written["rows"]
    assert {row["limit"] for row in rows} == {None}
    assert {row["met"] for row in rows} == {None}
    assert "GET 100 by agent, 200 stored" in {row["work"] for row in rows}


def test_a_part_that_is_none_is_refused_with_the_parts_there_are(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.benchmark", "--only", "cooking"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert "ingest, queries, recommender" in done.stderr
