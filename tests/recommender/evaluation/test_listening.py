"""The lists of the demo organisation listen to its learners."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.editing import import_lines
from recommender.config import RecommenderSettings, Settings, TrainingSettings
from recommender.evaluation.listening import Listening, Tally, measure_lists
from recommender.serving.context import Serving
from recommender.training.jobs import retrain
from schemas.catalogue import ROWS
from schemas.tables import read_table
from scripts.demo import build_organisation, generate_statements, managed_tables

UNTIL = datetime(2026, 3, 20, 9, 30, tzinfo=timezone.utc)
LEARNERS = 60


def test_the_lists_of_the_demo_listen(
    database: Database,
    store: Store,
    serving: Serving,
    post: Callable[[list[dict[str, Any]]], None],
    sync: Callable[..., Any],
) -> None:
    post(list(generate_statements(learners=LEARNERS, until=UNTIL)))
    for kind, table in managed_tables(build_organisation(learners=LEARNERS)).items():
        import_lines(database, store.id, kind, read_table(table, ROWS[kind]))  # type: ignore[arg-type, index]
    sync()
    settings = Settings(TrainingSettings(dimensions=16, epochs=5), RecommenderSettings(refresh_ms=0))
    retrain(database, store, settings, lambda line: None, force=True)
    found = measure_lists(serving, store)
    shares = {name: one["share"] for name, one in found.as_dict().items() if name != "learners"}
    assert found.learners == LEARNERS
    assert found.goals.of >= 10
    assert found.begun.of >= 30
    assert found.backwards.of == 10 * LEARNERS
    assert shares["goals"] >= 0.9
    assert shares["begun"] >= 0.95
    assert shares["backwards"] <= 0.02
    assert shares["repeated"] <= 0.1
    assert shares["languages"] == 0


def test_the_figures_are_a_table() -> None:
    found = Listening(2, goals=Tally(1, 2), backwards=Tally(0, 20))
    lines = found.as_text().splitlines()
    assert lines[0] == "The lists of 2 learners:"
    assert lines[1].split()[-4:] == ["50.0%", "(1", "of", "2)"]
    assert lines[2].split()[-4:] == ["-", "(0", "of", "0)"]
    assert lines[3].split()[-4:] == ["0.0%", "(0", "of", "20)"]
