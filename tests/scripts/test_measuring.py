"""The commands that measure: quality on a data set, the conformance suite, requests made at random, settings."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lrs.storage.database import Database
from scripts.session import own_database

Run = Callable[..., subprocess.CompletedProcess[str]]

PASSING = """#!/bin/sh
log=$(mktemp)
echo '{"summary": {"passed": 2, "failed": 0}, "log": {"title": "suite"}}' > "$log"
echo "Full run log written to $log"
"""
NODE = """#!/bin/sh
log=$(mktemp)
cat > "$log" <<END
{"summary": {"passed": 1, "failed": 1}, "log": {"title": "suite", "tests": [
  {"title": "voiding", "status": "failed", "error": "no answer"}, {"title": "about", "status": "passed"}]}}
END
echo "Full run log written to $log"
"""


@pytest.fixture
def suite(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A folder that looks like the conformance suite, and a PATH whose `node` writes a log as its runner does."""
    folder = tmp_path / "suite"
    for path in ("bin", "node_modules"):
        (folder / path).mkdir(parents=True)
    (folder / "bin" / "console_runner.js").touch()
    node = tmp_path / "programs" / "node"
    node.parent.mkdir()
    node.write_text(NODE)
    node.chmod(0o755)
    return folder, {"PATH": f"{node.parent}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}


def test_tests_of_the_conformance_suite_that_fail_are_named_and_the_database_made_for_it_goes(
    command: Run, suite: tuple[Path, dict[str, str]], database: Database, tmp_path: Path
) -> None:
    folder, environment = suite
    names = set(database.client.list_database_names())
    done = command("conformance", str(folder), "--version", "1.0.3", **environment)
    assert done.returncode == 1
    assert "failed in 1.0.3: suite / voiding: no answer" in done.stdout
    assert "1.0.3    1       1       1365" in done.stdout
    assert not list(tmp_path.glob("learnerprise-conformance-*"))
    assert set(database.client.list_database_names()) == names


def test_outcomes_of_the_conformance_suite_are_shown_as_json(
    command: Run, suite: tuple[Path, dict[str, str]]
) -> None:
    folder, environment = suite
    done = command("conformance", str(folder), "--version", "2.0.0", "--json", **environment)
    (outcome,) = json.loads(done.stdout)
    assert (outcome["version"], outcome["passed"], outcome["tests"]) == ("2.0.0", 1, 1442)


def test_some_tests_of_the_suite_pass_where_all_of_them_do(
    command: Run, suite: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, environment = suite
    (tmp_path / "programs" / "node").write_text(PASSING)
    some = command("conformance", str(folder), "--version", "1.0.3", "--grep", "about", **environment)
    assert (some.returncode, "1.0.3    2       0       some" in some.stdout) == (0, True)
    assert command("conformance", str(folder), "--version", "1.0.3", **environment).returncode == 1


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (
            "mongodb://127.0.0.1:5/learnerprise?directConnection=true",
            "mongodb://127.0.0.1:5/{}?directConnection=true",
        ),
        ("mongodb://a:1,b:2", "mongodb://a:1,b:2/{}"),
        ("mongodb+srv://ada:x@c.example/lrs", "mongodb+srv://ada:x@c.example/{}?authSource=lrs"),
        ("mongodb://ada:x@a/lrs?authSource=admin", "mongodb://ada:x@a/{}?authSource=admin"),
    ],
)
def test_a_database_of_its_own_is_on_the_same_mongodb(uri: str, expected: str) -> None:
    found = own_database(uri)
    name = found.partition("?")[0].rpartition("/")[2]
    assert name.startswith("learnerprise_own_")
    assert found == expected.format(name)
    assert own_database(uri) != found


def test_requests_made_from_the_description_are_sent_and_counted(command: Run) -> None:
    done = command("fuzz", "--path", "/xapi/about", "--examples", "2", "--raw", "100", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["requests"] == sum(found["statuses"].values())
    assert int(found["statuses"]["200"]) >= 1


def test_goals_are_measured_on_a_data_set_and_written(command: Run, tmp_path: Path) -> None:
    data, output = tmp_path / "data", tmp_path / "quality.json"
    data.mkdir()
    takes = [(who, step, (who % 5 + step * (who % 3 + 1)) % 12) for who in range(60) for step in range(9)]
    rows = [f"u{who},i{item},{step}" for who, step, item in takes]
    (data / "interactions.csv").write_text("learner,item,position\n" + "\n".join(rows) + "\n")
    quick = {"RECOMMENDER_EPOCHS": "2", "RECOMMENDER_DIMENSIONS": "4"}
    done = command("quality", str(data), "--json", "--output", str(output), **quick)
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(done.stdout)
    assert done.returncode == int(not all(row["met"] for row in found))
    assert found == json.loads(output.read_text())
    served = next(
        row for row in found if row["work"].startswith("NDCG: imported, retrained, served over HTTP")
    )
    assert served["ours"] > 0
    assert served["learners"] == 60


def test_steps_of_courses_alone_can_be_measured(command: Run, tmp_path: Path) -> None:
    rows = "".join(f"c,u{who},{step},{who * 100 + step}\n" for who in range(12) for step in range(6))
    (tmp_path / "steps.csv").write_text("course,learner,unit,time\n" + rows)
    done = command("quality", str(tmp_path), "--json")
    (found,) = json.loads(done.stdout)
    assert (found["ours"], found["learners"], found["interval"]["mean"]) == (1.0, 12, 1.0)


def test_settings_are_listed_as_a_table_and_as_json(command: Run) -> None:
    assert "\nLEARNERPRISE_PORT" in command("settings").stdout
    found = {row["variable"]: row for row in json.loads(command("settings", "--json").stdout)}
    assert found["LEARNERPRISE_PORT"]["default"] == "8000"
    assert command("settings", "--check").returncode == 0


def test_the_next_step_is_measured_on_a_log_of_courses(command: Run, tmp_path: Path) -> None:
    log = tmp_path / "steps.csv"
    orders = ["abcde", "cbaed"]
    rows = [
        f"sql,learner{number:02},{step},{time}\n"
        for number in range(20)
        for time, step in enumerate(orders[number % 2])
    ]
    log.write_text("course,learner,unit,time\n" + "".join(rows), encoding="utf-8")
    done = command("next-steps", str(log), "--json")
    assert done.returncode == 0, done.stderr
    values = json.loads(done.stdout)
    assert values["ours"] > values["usual"] > 0
    assert values["target"] == 1.1
    assert "The step taken next is the first answer in" in command("next-steps", str(log)).stdout
