"""What `learnerprise models list` and a service say of a version."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from lrs.auth.credentials import create_credential
from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.models.trained_model import FORMAT_VERSION
from recommender.storage import models
from recommender.storage.models import ModelManifest
from scripts.models import _row

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("facts", "promoted", "ndcg", "remarks"),
    [
        ({}, False, "0.1500", ""),
        ({}, True, "0.1500", "promoted"),
        (
            {"refresh": {"of": 3, "ndcg": 0.2}},
            True,
            "0.2000",
            "refresh of 3, measured on what was new; promoted",
        ),
    ],
)
def test_a_version_shows_its_own_measurement(
    facts: dict[str, object], promoted: bool, ndcg: str, remarks: str
) -> None:
    """That of a refresh stands beside another's evaluation, which it has from the version it goes on from."""
    evaluation = {"rows": [{"name": "Learnerprise", "ndcg": 0.15}]}
    row = _row(ModelManifest(4, 0, 3, {}, facts, evaluation), promoted)
    assert (row[0], row[2], row[-1]) == ("4", ndcg, remarks)


@pytest.fixture
def foreign(database: Database, store: Store) -> Store:
    """A store whose promoted model was made by a release that wrote another format."""
    manifest = ModelManifest(0, 0, FORMAT_VERSION + 1, {"of": "another shape"})
    version = models.reserve_version(database, store.id, manifest)
    models.mark_ready(database, store.id, version, {"items": "0" * 64})
    database.collection("models", store.id).update_one({"version": version}, {"$set": {"quantised": True}})
    models.replace_promotions(database, store.id, [], [version])
    return store


def test_a_promoted_version_of_another_format_is_said_not_to_load(command: Run, foreign: Store) -> None:
    table = command("models", "list", foreign.name).stdout.splitlines()
    why = f"Model version 1 has format {FORMAT_VERSION + 1}; this release reads format {FORMAT_VERSION}."
    assert table[1].endswith("promoted, does not load")
    assert table[2].startswith(f"The promoted version does not load, so popularity answers: {why}")
    (found,) = json.loads(command("models", "list", foreign.name, "--json").stdout)
    assert found["promoted"] is True
    assert found["problem"].startswith(why)


def test_a_service_says_at_its_start_and_in_its_health_that_a_promoted_model_cannot_be_read(
    foreign: Store, database: Database, database_uri: str, tmp_path: Path
) -> None:
    environment = {**os.environ, "MONGODB_URI": database_uri, "LEARNERPRISE_PORT": "0"}
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.cli", "serve"],
            env={**environment, "LEARNERPRISE_WORKERS": "1", "LEARNERPRISE_DATA": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    assert process.stdout is not None
    try:
        url = next(line.split()[2] for line in process.stdout if line.startswith("Serving at"))
        health = requests.get(f"{url}/health/ready", timeout=30)
        key, secret = create_credential(database, foreign, "reader")
        answer = requests.get(
            f"{url}/recommendations/nuggets",
            params={"agent": '{"mbox": "mailto:ada@example.org"}'},
            auth=(key, secret),
            timeout=30,
        )
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()
    lines = (tmp_path / "said").read_text()
    assert f"Popularity answers in store {foreign.name}: Model version 1 has format" in lines
    assert f"Statements get {url.replace('127.0.0.1', 'localhost')} as their authority" in lines
    assert health.status_code == 200
    assert health.json()["status"] == "ready"
    (warning,) = health.json()["warnings"]
    assert "whose promoted model has a format" in warning
    assert foreign.name not in warning
    assert (answer.status_code, answer.json()["model"]) == (200, None)
