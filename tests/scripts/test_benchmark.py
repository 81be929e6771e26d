"""The benchmark: its arithmetic, and tiny runs of the whole command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from scripts.benchmarks.ingest import shares_of
from scripts.benchmarks.linking import Mark, linking_rows
from scripts.benchmarks.memory import MIB, Watch
from scripts.benchmarks.report import (
    Target,
    compare,
    compare_medians,
    compare_pairs,
    percentile,
    print_report,
    write_json,
)
from scripts.benchmarks.runs import ACCESS, PARTS
from scripts.benchmarks.samples import Batches, write_pool
from scripts.benchmarks.scale import EACH, generate, measure_scale
from scripts.benchmarks.soak import memory_rows

COLUMNS = {"work", "ours", "limit", "ratio", "target", "met", "unit", "interval"}


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


def test_a_ratio_measured_in_pairs_has_the_interval_of_the_medians(
    capsys: pytest.CaptureFixture[str],
) -> None:
    limit = [float(2 + number % 5) for number in range(200)]

    row = compare_pairs("work", [*(1.01 * value for value in limit[1:]), 900.0], limit, "ms")
    print_report({}, [row])

    assert row.ratio == pytest.approx(1.01)
    assert row.interval is not None
    assert row.interval[0] <= 1.01 <= row.interval[1]
    assert f"1.01 ({row.interval[0]:.3f} to {row.interval[1]:.3f})" in capsys.readouterr().out


def test_people_are_linked_at_a_pace_that_the_end_of_the_job_keeps() -> None:
    marks = [Mark(100 * number, number + number**2 / 10, (50 + number) * MIB) for number in range(9)]

    whole, growth, memory = linking_rows(400, marks, 0.2)

    assert (whole.ours, whole.limit) == (pytest.approx(360), pytest.approx(5))
    assert growth.ratio == pytest.approx(2.5 / 1.1)
    assert (growth.met, memory.met) == (False, False)
    assert (memory.ours, memory.limit) == (58, 51)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (0.99, 99), (1, 100), (0, 1)])
def test_a_percentile_is_the_value_that_this_share_does_not_exceed(share: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == value


def test_rows_are_written_as_json_beside_the_facts(tmp_path: Path) -> None:
    path = tmp_path / "new" / "result.json"

    write_json(path, {"workers": 2}, [compare("work", 1, 4, "s")])

    written = json.loads(path.read_text())
    assert written["workers"] == 2
    assert written["rows"] == [
        {
            "work": "work",
            "ours": 1,
            "limit": 4,
            "ratio": 0.25,
            "target": None,
            "met": None,
            "unit": "s",
            "interval": None,
        }
    ]


def test_batches_of_a_seed_are_the_same_again_and_of_another_seed_have_other_ids(tmp_path: Path) -> None:
    pool = tmp_path / "pool.ndjson"
    write_pool(pool, 10, 1)

    bodies = list(Batches(pool, 1, 2, 3).bodies())
    ids = [one["id"] for body in bodies for one in json.loads(body)]

    assert bodies == list(Batches(pool, 1, 2, 3).bodies())
    assert ids == Batches(pool, 1, 2, 3).ids()
    assert len(set(ids) | set(Batches(pool, 2, 2, 3).ids())) == 12


def test_no_two_runs_post_the_same_statements(tmp_path: Path) -> None:
    program = "from scripts.benchmarks.samples import seeds; print(next(seeds))"
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True) for _ in range(2)
    ]

    assert runs[0].stdout != runs[1].stdout


@pytest.mark.parametrize("until", [0, 99, 100, 1_050, 12_300])
def test_shares_hold_each_batch_of_the_pool_once(tmp_path: Path, until: int) -> None:
    shares = shares_of(tmp_path, 8, 0, until)

    covered = [number for one in shares for number in range(one.start, one.start + one.requests * one.size)]
    assert covered == list(range(until - until % 100))


def test_the_memory_of_a_process_is_watched_and_its_growth_is_the_peak() -> None:
    watch = Watch({"me": psutil.Process()}, 0.001)

    with watch.watching():
        held = bytearray(b"x") * (64 * MIB)
        deadline = time.monotonic() + 10
        while watch.growth < 60 * MIB and time.monotonic() < deadline:
            time.sleep(0.001)
        del held

    assert 60 * MIB < watch.growth < 200 * MIB


@pytest.mark.parametrize(("per_hour", "met"), [(0, True), (5, True), (50, False), (-50, True)])
def test_memory_is_flat_if_the_line_through_it_after_the_warm_up_hardly_rises(
    per_hour: float, met: bool
) -> None:
    warming = [(float(at), {"worker 1": int(at / 900 * 100 * MIB)}) for at in range(0, 900, 10)]
    warm = [
        (float(at), {"worker 1": int((100 + per_hour * at / 3600 + at % 3) * MIB)})
        for at in range(900, 3600, 10)
    ]

    level, slope = memory_rows("worker 1", "an hour", Watch({}, 1, [*warming, *warm]))

    assert level.met is met
    assert slope.ours == pytest.approx(per_hour, abs=1)


def benchmark(path: Path, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "scripts.cli", "benchmark", "--quick", "--rounds", "1"]
    done = subprocess.run(
        [*command, "--json", "--output", str(path), *arguments],
        capture_output=True,
        text=True,
        timeout=850,
        check=False,
        env={**os.environ, "LEARNERPRISE_WORKERS": "1", "RECOMMENDER_EPOCHS": "2"},
    )
    assert done.returncode == 0, done.stderr
    written: dict[str, Any] = json.loads(path.read_text())
    assert written == json.loads(done.stdout)
    return written


@pytest.mark.timeout(900)
def test_a_tiny_run_has_every_row_beside_its_limit(tmp_path: Path) -> None:
    parts = ("--only", ",".join((*PARTS, ACCESS)), "--people", "300")
    written = benchmark(tmp_path / "result.json", "--statements", "200,400", *parts)

    rows = {row["work"]: row for row in written["rows"]}
    assert all(set(row) == COLUMNS for row in rows.values())
    compared = [row for row in rows.values() if row["limit"] is not None]
    assert all(row["ratio"] == pytest.approx(row["ours"] / row["limit"]) for row in compared)
    crowd = "POST single, 96 clients"
    alone = [row["work"] for row in rows.values() if row["limit"] is None]
    assert alone == [f"{crowd}: failed", f"{crowd}: p95", crowd, "indexes of the Statements"]
    assert rows[f"{crowd}: failed"]["met"] is True
    assert {
        "POST single, 1 client",
        "POST batches of 100, 8 clients",
        "bulk import, 1 process",
        "GET 100 by agent, 200 stored",
        "GET 100 since, 400 stored",
        "growth: GET 100 by verb, 400 against 200 stored",
        "deep more: page 39 of 10 against the first, 400 stored",
        "bytes on disk per Statement, 400 stored",
        "index bytes per Statement, 400 stored",
        "indexes of the Statements",
        "GET State, 8 clients",
        "memory: growth while a 4 MiB attachment is posted and read back",
        "memory: growth while a batch of 1,000 Statements is posted",
        "GET nuggets, p99",
        "GET peers, p50",
        "Statement posted -> changed nuggets, p95",
        "tokens minted, 8 clients",
        "GET nuggets by a learner's token, beside key and secret",
        "people linked by a table, 300 with 3 identifiers",
    } <= set(rows)
    audited = [row for work, row in rows.items() if work.endswith("audit on beside off")]
    assert [row["work"].partition(",")[0] for row in audited] == ["PUT State", "GET State", "POST single"]
    assert all(row["interval"][0] <= row["ratio"] <= row["interval"][1] for row in audited)
    assert rows["indexes of the Statements"]["met"] is True
    assert written["workers"] >= 1
    assert {"cpu", "cores", "memory_gib", "os", "python"} == set(written["machine"])
    assert {"pymongo", "flask"} <= set(written["packages"])
    assert written["database"]["version"]


def test_a_training_on_generated_interactions_has_its_time_beside_a_bare_fit_and_its_memory() -> None:
    bare, memory = measure_scale((5_000,), 1)

    assert bare.work == "train, 5,000 generated interactions, 1 epochs"
    assert bare.ratio is not None
    assert bare.target == "ratio <= 1.3"
    assert (memory.met, memory.unit) == (True, "MiB")


def test_generated_learners_have_fifty_interactions_each_mostly_with_one_subject() -> None:
    dataset = generate(5_000)

    assert len(dataset.users) == 100
    assert np.diff(dataset.starts).tolist() == [EACH] * 100
    assert len(dataset.items) > 1_000


@pytest.mark.timeout(900)
def test_under_load_for_a_while_the_memory_of_every_process_is_told(tmp_path: Path) -> None:
    written = benchmark(tmp_path / "result.json", "--only", "soak", "--soak", "2s")

    rows = {row["work"]: row for row in written["rows"]}
    assert {"requests in 2 s of load", "memory in 2 s of load: worker 1"} <= set(rows)
    assert len(written["soak_samples"]) > 5


@pytest.mark.timeout(900)
def test_any_lrs_can_be_measured_without_limits(
    tmp_path: Path, server_url: str, make_client: Callable[..., Any]
) -> None:
    key, secret = make_client().auth
    credential = ("--endpoint", f"{server_url}/xapi", "--key", key, "--secret", secret)

    written = benchmark(tmp_path / "result.json", "--statements", "200", *credential)

    rows = written["rows"]
    deep = [row for row in rows if row["limit"] is not None]
    assert [row["work"] for row in deep] == ["deep more: page 19 of 10 against the first, 200 stored"]
    assert {row["met"] for row in rows if row not in deep and row["unit"] != "requests"} == {None}
    works = {row["work"] for row in rows}
    assert {"GET 100 by agent, 200 stored", "GET State, 8 clients"} <= works
