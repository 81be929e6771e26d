"""Training, evaluating and choosing a model from the command line, on a small organisation posted over HTTP."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from scripts.retrain import sentence_of
from scripts.session import own_database

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def posted(command: Run, make_client: Callable[..., Any], server_url: str) -> str:
    """Post the demo organisation to the test's store; return what the command printed."""
    done = command("load-demo", server_url, *make_client().auth, "--learners", "40", "--json")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(600)
def test_an_organisation_is_posted_trained_on_evaluated_and_its_versions_are_chosen(
    command: Run, store: Store, posted: str
) -> None:
    assert json.loads(posted)["statements"] > 1_000

    trained = command("retrain", store.name, "--force")
    assert trained.returncode == 0, trained.stderr
    assert "Model version 1: " in trained.stdout
    assert "  training on everything\n" in trained.stderr

    evaluated = json.loads(command("evaluate", store.name, "--json").stdout)
    assert "Learnerprise" in {row["name"] for row in evaluated["rows"]}
    listening = json.loads(command("evaluate", store.name, "--lists", "--json").stdout)
    assert listening["languages"]["hits"] == 0 < listening["learners"]

    (again,) = json.loads(command("retrain", store.name, "--force", "--tune", "1s", "--json").stdout)
    assert "error" not in again, again
    assert (again["store"], again["version"]) == (store.name, 2)
    assert again["tuned"]["tried"] >= 1

    assert command("models", "promote", store.name, "1").stdout == "Promoted version 1.\n"
    newer, older = json.loads(command("models", "list", store.name, "--json").stdout)
    assert [(one["version"], one["promoted"]) for one in (newer, older)] == [(2, False), (1, True)]
    assert json.loads(command("models", "roll-back", store.name, "--json").stdout) == {"promoted": 2}
    assert command("models", "list", store.name).stdout.splitlines()[1].endswith("promoted")

    first, second = json.loads(command("models", "history", store.name, "--json").stdout)
    assert [(one["version"], one["promoted"]) for one in (first, second)] == [(1, False), (2, True)]
    assert first["ndcg"] > 0
    assert "on everything" in command("models", "history", store.name).stdout
    compared = command("models", "compare", store.name, "1", "2")
    assert (compared.returncode, "Only 0 learners did something new since" in compared.stderr) == (1, True)

    forgotten = command("models", "settings", store.name, "--forget", "--json")
    assert (forgotten.returncode, forgotten.stdout) == (0, "{}\n")

    refreshed = command("retrain", store.name, "--refresh")
    assert f"Store {store.name}:" in refreshed.stdout, refreshed.stderr


def test_with_all_stores_each_is_trained_whatever_happens_in_another(command: Run, database_uri: str) -> None:
    own = {"MONGODB_URI": own_database(database_uri)}
    names = ["first", "second"]
    for name in names:
        command("stores", "create", name, **own)
    done = command("retrain", "--all-stores", "--json", **own)
    database = Database.connect(own["MONGODB_URI"])
    database.remove()
    database.close()
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert [one["store"] for one in found] == names
    assert all(one["error"] in done.stderr for one in found)


def test_a_training_that_fails_is_named_with_its_store(command: Run, store: Store) -> None:
    done = command("retrain", store.name, "--json")
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)
    assert found["store"] == store.name
    assert found["error"] in done.stderr


def test_a_trainer_that_does_not_run_is_not_alive(command: Run) -> None:
    done = command("retrain", "--check-alive")
    assert (done.returncode, "No trainer keeps" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("version", "decision", "sentence"),
    [
        (2, "promoted: NDCG", "Model version 2: promoted: NDCG."),
        (0, "promoted: NDCG", "Dry run, nothing is registered; the model would be promoted: NDCG."),
        (0, "not promoted: NDCG", "Dry run, nothing is registered; the model would not be promoted: NDCG."),
    ],
)
def test_a_dry_run_says_what_would_happen(version: int, decision: str, sentence: str) -> None:
    assert sentence_of(version, decision) == sentence
