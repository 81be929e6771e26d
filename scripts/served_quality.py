"""The whole way on a data set: its past goes in over HTTP, a model is trained, the lists served are compared."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from lrs.auth.credentials import create_credential
from lrs.auth.stores import create_store
from lrs.ingestion.takes import Take, completed_statement, iri_of
from recommender.config import Settings
from recommender.evaluation.csv_times import spread
from recommender.evaluation.goals import QualityRow, compare_means
from recommender.metrics.measure import measure_learners
from recommender.metrics.report import list_length
from recommender.metrics.splits import Split
from recommender.models.baselines import popularity
from recommender.models.lightfm import Progress
from recommender.training.jobs import retrain
from schemas.json_text import dump_json, parse_json
from scripts.benchmarks.endpoint import Connection, Endpoint
from scripts.session import running_own_service

Array = np.ndarray[Any, np.dtype[Any]]
MOST_INTERACTIONS, MOST_LEARNERS = 100_000, 500
BASE, NAME = "https://quality.example", "quality"
BATCH = 500
TARGET, SEED = 2.2, 1
START_US = 1_704_067_200_000_000
"""2024: positions are days from then on."""


def measure_served(
    split: Split, titles: dict[str, str], has_times: bool, settings: Settings, progress: Progress
) -> Iterator[QualityRow]:
    """Yield the row, or nothing for data sets of more than 100,000 interactions."""
    past = split.train
    if len(past.item_of) > MOST_INTERACTIONS:
        progress(f"lists over HTTP left out: more than {MOST_INTERACTIONS:,} interactions")
        return
    judged = _at_most(split, MOST_LEARNERS)
    with tempfile.TemporaryDirectory() as folder, running_own_service(Path(folder)) as service:
        store = create_store(service.database, NAME)
        endpoint = Endpoint(service.server.url, *create_credential(service.database, store, NAME))
        progress(f"posting {len(past.item_of):,} Statements")
        with endpoint.connect() as connection:
            for body in _bodies(split, titles, past.at if has_times else spread(past.at, START_US)):
                connection.send("POST", "/xapi/statements", body)
        report = retrain(service.database, store, settings, progress)
        progress(f"model version {report.version}: {report.decision}")
        k = list_length(settings.service.top_k, len(past.items))
        with endpoint.connect() as connection:
            shown = _ask(connection, judged, k)
    ours = measure_learners("served", lambda users: shown[users], judged, k)
    plain = measure_learners("popularity", popularity(past), judged, k)
    yield compare_means("NDCG: imported, retrained, served over HTTP / popularity", ours, plain, TARGET)


def _bodies(split: Split, titles: dict[str, str], times: Sequence[int] | Array) -> Iterator[bytes]:
    past = split.train
    takes = (
        Take(
            row, past.users[user], past.items[item], titles.get(past.items[item]) or past.items[item], int(at)
        )
        for row, (user, item, at) in enumerate(zip(past.user_of, past.item_of, times, strict=True))
    )
    batch = []
    for take in takes:
        batch.append(completed_statement(take, BASE))
        if len(batch) == BATCH:
            yield dump_json(batch)
            batch = []
    if batch:
        yield dump_json(batch)


def _ask(connection: Connection, split: Split, k: int) -> Array:
    """Return scores (users x items) that rank first what each learner is served, in its order."""
    positions = {iri_of(item, BASE): position for position, item in enumerate(split.train.items)}
    scores = np.zeros((len(split.train.users), len(positions)), dtype=np.float32)
    for user in split.learners:
        agent = {"account": {"homePage": BASE, "name": split.train.users[user]}}
        query = urlencode({"agent": dump_json(agent).decode(), "limit": k})
        answer = parse_json(connection.send("GET", f"/recommendations/nuggets?{query}"))
        for rank, entry in enumerate(answer["recommendations"]):
            scores[user, positions[entry["activity"]["id"]]] = k - rank
    return scores


def _at_most(split: Split, learners: int) -> Split:
    if len(split.learners) <= learners:
        return split
    chosen = np.random.default_rng(SEED).choice(split.learners, learners, replace=False)
    return replace(split, learners=np.sort(chosen))
