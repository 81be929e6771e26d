"""What came of recommendations, and two models compared, as an admin sees it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable

import pytest
from bson import ObjectId

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import TrainingSettings
from recommender.dataset.dataset import build_dataset
from recommender.interactions.history import History, Positive
from recommender.models import registry
from recommender.models.assembly import train
from recommender.storage.impressions import Impression, insert_impressions
from recommender.storage.records import create_indexes

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def shown(database: Database, store: Store) -> None:
    """Version 1 showed a learner two nuggets a moment ago."""
    create_indexes(database)
    items = ("https://acme.example/a", "https://acme.example/b")
    impression = Impression(ObjectId(), time.time_ns() // 1000, "nuggets", 1, items)
    insert_impressions(database, store.id, [impression], 30)


@pytest.fixture
def versions(database: Database, store: Store) -> tuple[int, int]:
    """Register two versions of the smallest model and promote the first."""
    items = ("https://acme.example/a", "https://acme.example/b")
    histories = {
        user: History(tuple(Positive(item, 1, 1.0, "completed") for item in items), seen=frozenset(items))
        for user in "uv"
    }
    model = train(build_dataset(histories, {}, {}, 5), TrainingSettings(dimensions=2, epochs=1))
    for _ in range(2):
        registry.register(database, store.id, model, {})
    registry.promote(database, store.id, 1)
    return (1, 2)


@pytest.mark.usefixtures("shown")
def test_outcomes_are_told_as_a_table_and_as_json(command: Run, store: Store) -> None:
    table = command("online", store.name)
    assert table.returncode == 0, table.stderr
    assert table.stdout.split("\n")[0].split()[:4] == ["kind", "model", "day", "learners"]
    assert table.stdout.count("nuggets  1") == 3
    (told,) = json.loads(command("online", store.name, "--json", "--by-day").stdout)
    assert (told["model"], told["shown"], told["rates"]["opened"]["count"]) == (1, 2, 0)


def test_where_nothing_was_shown_it_says_so(command: Run, store: Store) -> None:
    done = command("online", store.name)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Nothing was shown" in done.stderr


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (("split", "STORE", "3", "3"), "Version 3 is named twice"),
        (("end", "STORE"), "No experiment runs in this store"),
    ],
)
def test_an_experiment_that_makes_no_sense_is_one_sentence(
    command: Run, store: Store, line: tuple[str, ...], sentence: str
) -> None:
    done = command("experiments", *(store.name if word == "STORE" else word for word in line))
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_two_versions_are_split_shown_and_one_is_promoted(
    command: Run, database: Database, store: Store, versions: tuple[int, int]
) -> None:
    split = command("experiments", "split", store.name, "1", "2", "--share", "30")
    assert split.stdout == "Experiment 1: 70 % of the learners get version 1, 30 % version 2.\n"
    assert "Not both versions were shown" in command("experiments", "show", store.name).stdout
    no_winner = command("experiments", "end", store.name, "--promote-winner", "completed")
    assert (no_winner.returncode, "nothing was seen yet" in no_winner.stderr) == (1, True)
    assert "version 2 is promoted" in command("experiments", "end", store.name, "--promote", "2").stdout
    assert registry.current_version(database, store.id) == 2
    assert json.loads(command("experiments", "show", store.name, "--json").stdout)["promoted"] == 2
