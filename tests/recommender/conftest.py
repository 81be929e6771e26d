"""Learners with latent interests, Statements in few words, and a real store to put them in."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from lrs.auth.credentials import Credential
from lrs.auth.stores import Store
from lrs.config import Settings as LrsSettings
from lrs.statements.service import StatementService
from lrs.storage.database import Database
from lrs.storage.stored_time import now_us, read_consistent_through
from recommender.catalogue.nuggets import harvest
from recommender.config import RecommenderSettings, Settings, TrainingSettings
from recommender.dataset.dataset import Dataset, build_dataset
from recommender.interactions.history import History, Positive
from recommender.interactions.sync import SyncReport, sync_interactions
from recommender.serving.context import Serving, open_serving
from recommender.storage.records import create_indexes
from recommender.storage.user_features import UserFeatures
from recommender.training.jobs import RetrainReport, retrain
from schemas.json_text import dump_json
from schemas.versions import XAPI_1_0_3

VERBS = {
    "completed": "http://adlnet.gov/expapi/verbs/completed",
    "experienced": "http://adlnet.gov/expapi/verbs/experienced",
    "failed": "http://adlnet.gov/expapi/verbs/failed",
    "attempted": "http://adlnet.gov/expapi/verbs/attempted",
    "launched": "http://adlnet.gov/expapi/verbs/launched",
    "passed": "http://adlnet.gov/expapi/verbs/passed",
    "answered": "http://adlnet.gov/expapi/verbs/answered",
    "asked": "http://adlnet.gov/expapi/verbs/asked",
    "voided": "http://adlnet.gov/expapi/verbs/voided",
    "played": "https://w3id.org/xapi/video/verbs/played",
    "paused": "https://w3id.org/xapi/video/verbs/paused",
    "searched": "https://w3id.org/xapi/acrossx/verbs/searched",
    "liked": "https://w3id.org/xapi/acrossx/verbs/liked",
    "unliked": "http://activitystrea.ms/schema/1.0/unlike",
    "bookmarked": "https://w3id.org/xapi/adb/verbs/bookmarked",
    "rated": "http://id.tincanapi.com/verb/rated",
    "followed": "http://activitystrea.ms/schema/1.0/follow",
    "unfollowed": "http://activitystrea.ms/schema/1.0/stop-following",
    "mentored": "http://id.tincanapi.com/verb/mentored",
    "earned": "http://id.tincanapi.com/verb/earned",
    "postponed": "https://learnerprise.org/xapi/verbs/postponed",
    "was-assigned": "https://w3id.org/xapi/acrossx/verbs/was-assigned",
    "assigned": "https://w3id.org/xapi/dod-isd/verbs/assigned",
    "undone": "https://www.w3.org/ns/activitystreams#Undo",
    "logged-in": "https://w3id.org/xapi/adl/verbs/logged-in",
}
VIDEO = "https://w3id.org/xapi/video/activity-type/video"
COURSE = "http://adlnet.gov/expapi/activities/course"
EXTENSIONS = "https://learnerprise.org/xapi/extensions/"
START_US = 1_760_000_000_000_000
MINUTE_US = 60_000_000

Statement = dict[str, Any]


def _agent(name: str) -> dict[str, Any]:
    return {"objectType": "Agent", "name": name.title(), "mbox": f"mailto:{name}@acme.example"}


@pytest.fixture
def agent() -> Callable[[str], dict[str, Any]]:
    """Make an Agent from a first name."""
    return _agent


@pytest.fixture
def identifier() -> Callable[[str], str]:
    """Make the identifier of the Agent with this first name."""
    return lambda name: f"mbox|mailto:{name}@acme.example"


@pytest.fixture
def act() -> Callable[..., Statement]:
    """Make a Statement: who did what to which nugget, a number of minutes after the start."""

    def make(name: str, verb: str, item: str | Mapping[str, Any], minute: int = 0, **more: Any) -> Statement:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime((START_US + minute * MINUTE_US) // 1_000_000))
        target = item if isinstance(item, Mapping) else _video(item)
        statement = {
            "id": str(uuid.uuid4()),
            "actor": _agent(name),
            "verb": {"id": VERBS[verb]},
            "object": target,
            "timestamp": stamp,
        }
        return {**statement, **more}

    return make


def _video(item: str) -> dict[str, Any]:
    definition = {"type": VIDEO, "name": {"en": f"About {item}", "ca": f"Sobre {item}"}}
    return {"objectType": "Activity", "id": f"https://acme.example/{item}", "definition": definition}


@pytest.fixture
def url() -> Callable[[str], str]:
    """Return the Activity id of a nugget."""
    return lambda item: f"https://acme.example/{item}"


@pytest.fixture(scope="session")
def service(database: Database) -> Iterator[StatementService]:
    create_indexes(database)
    running = StatementService(database, LrsSettings())
    running.start()
    yield running
    running.stop()


@pytest.fixture
def post(
    service: StatementService, database: Database, store: Store
) -> Callable[[Sequence[Statement]], None]:
    """Store Statements and wait until they may be read by those who follow the feed."""

    def send(statements: Sequence[Statement]) -> None:
        credential = Credential("key", "test", store, frozenset({"all"}))
        for start in range(0, len(statements), 500):
            body = dump_json(list(statements[start : start + 500]))
            service.writer.store_statements(body, credential, XAPI_1_0_3)
        sent, deadline = now_us(), time.monotonic() + 20
        while read_consistent_through(database, store.id) <= sent and time.monotonic() < deadline:
            time.sleep(0.01)

    return send


@pytest.fixture
def sync(database: Database, store: Store) -> Callable[..., SyncReport]:
    """Bring the interactions of the test's store up to date."""
    return lambda **options: sync_interactions(database, store.id, **options)


@pytest.fixture
def serving(database: Database, store: Store, service: StatementService) -> Serving:
    """What answering needs, looking for a newer model at every request."""
    return open_serving(database, RecommenderSettings(refresh_ms=0, exploration=0.0))


@pytest.fixture
def quick() -> TrainingSettings:
    """Settings for a small training."""
    return TrainingSettings(dimensions=16, epochs=15, max_sampled=20)


@pytest.fixture
def settings(quick: TrainingSettings) -> Settings:
    return Settings(quick, RecommenderSettings(refresh_ms=0, exploration=0.0))


@pytest.fixture
def interests() -> Callable[..., dict[str, list[str]]]:
    """Make learners who mostly take nuggets of one of five subjects, and a few that are popular with all."""

    def make(learners: int = 150, taken: int = 8, seed: int = 7) -> dict[str, list[str]]:
        random = np.random.default_rng(seed)
        subjects = [[f"s{subject}n{number}" for number in range(12)] for subject in range(5)]
        hits = [f"hit{number}" for number in range(3)]
        chosen = {}
        for learner in range(learners):
            own = subjects[learner % 5]
            picked = [str(one) for one in random.choice(own, taken - 1, replace=False)]
            position = int(random.integers(taken - 1))
            chosen[f"learner{learner:03}"] = [
                *picked[:position],
                str(random.choice(hits)),
                *picked[position:],
            ]
        return chosen

    return make


@pytest.fixture
def make_dataset() -> Callable[..., Dataset]:
    """Make a Dataset from the nuggets that each learner took, in order."""

    def make(
        taken: Mapping[str, Sequence[str]],
        features: Mapping[str, UserFeatures] | None = None,
        definitions: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Dataset:
        histories = {
            user: History(
                positives=tuple(Positive(item, at, 1.0, "completed") for at, item in enumerate(items)),
                completed=frozenset(items),
                seen=frozenset(items),
            )
            for user, items in taken.items()
        }
        nuggets = {item: harvest(item, definition) for item, definition in (definitions or {}).items()}
        return build_dataset(histories, features or {}, nuggets, 15)

    return make


@pytest.fixture
def organisation(
    act: Callable[..., dict[str, Any]],
    post: Callable[[list[dict[str, Any]]], None],
    interests: Callable[..., dict[str, list[str]]],
) -> dict[str, list[str]]:
    """Post the completions of 60 learners; return what each took."""
    taken = interests(60)
    post(
        [
            act(learner, "completed", item, minute * 60 + number)
            for number, (learner, items) in enumerate(sorted(taken.items()))
            for minute, item in enumerate(items)
        ]
    )
    return taken


@pytest.fixture
def trained(
    organisation: dict[str, list[str]], database: Database, store: Store, settings: Settings
) -> RetrainReport:
    """Train on the organisation; the model is promoted."""
    return retrain(database, store, settings, lambda line: None, force=True)
