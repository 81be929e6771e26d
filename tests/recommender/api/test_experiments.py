"""Models swapped and compared while requests are answered by a real server with two worker processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.config import Settings, TrainingSettings
from recommender.models import registry
from recommender.models.assembly import train
from recommender.online.experiments import end_experiment, start_experiment
from recommender.training.jobs import load_dataset
from schemas.json_text import dump_json

PATHS = ("/recommendations/nuggets", "/recommendations/peers")
NAMES = [f"learner{number:03}" for number in range(12)]
DEADLINE_S = 30


@pytest.fixture
def two_versions(database: Database, store: Store, act: Any, post: Any, sync: Any, interests: Any) -> None:
    """Register two versions of a small model and promote the first."""
    takes = [(name, item) for name, items in interests(12).items() for item in items]
    post([act(name, "completed", item, minute) for minute, (name, item) in enumerate(takes)])
    sync()
    small = TrainingSettings(dimensions=4, epochs=1)
    model = train(load_dataset(database, store, Settings(small)), small)
    for _ in range(2):
        registry.register(database, store.id, model, {})
    registry.promote(database, store.id, 1)


Answers = list[tuple[int, int | None]]


@pytest.fixture
def traffic(make_client: Callable[..., Any], agent: Any) -> Iterator[Answers]:
    """Ask for nuggets and peers without end; keep status and model version of each answer."""
    answers: Answers = []
    ended = threading.Event()

    def ask(place: int, client: Any) -> None:
        number = 0
        while not ended.is_set():
            name, path = NAMES[(number + place) % len(NAMES)], PATHS[number % 2]
            response = client.get(path, params={"agent": dump_json(agent(name)).decode()})
            answers.append((response.status_code, response.json().get("model")))
            number += 1

    threads = [threading.Thread(target=ask, args=(place, make_client())) for place in range(2)]
    for thread in threads:
        thread.start()
    yield answers
    ended.set()
    for thread in threads:
        thread.join()


def _wait_until_all_answer(answers: Answers, versions: set[int]) -> None:
    """Wait until twenty answers in a row come from these versions, and from each of them."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        last = [version for _, version in answers[-20:]]
        if len(last) == 20 and set(last) == versions:
            return
        time.sleep(0.02)
    raise AssertionError(f"not answered by {versions}: {answers[-20:]}")


@pytest.mark.usefixtures("two_versions")
def test_no_request_fails_while_models_are_swapped_and_rolled_back(
    database: Database, store: Store, traffic: Answers
) -> None:
    _wait_until_all_answer(traffic, {1})
    for version in (2, 1, 2):
        registry.promote(database, store.id, version)
        _wait_until_all_answer(traffic, {version})
    assert registry.roll_back(database, store.id).version == 1
    _wait_until_all_answer(traffic, {1})
    assert {status for status, _ in traffic} == {200}


@pytest.mark.usefixtures("two_versions")
def test_no_request_fails_while_learners_are_split(
    database: Database, store: Store, traffic: Answers, client: Any
) -> None:
    _wait_until_all_answer(traffic, {1})
    start_experiment(database, store.id, (1, 2))
    _wait_until_all_answer(traffic, {1, 2})
    end_experiment(database, store.id, 2)
    _wait_until_all_answer(traffic, {2})
    assert {status for status, _ in traffic} == {200}
    told = client.get("/recommendations/experiments").json()["experiments"][0]
    assert (told["versions"], told["share"], told["promoted"]) == ([1, 2], 50, 2)
