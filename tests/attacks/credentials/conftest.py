"""What attacks on credentials share: all routes of the service, Statements, the shape of a refusal."""

from __future__ import annotations

import atexit
import logging
import sys
import threading
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from flask import Flask

from lrs.auth.credentials import create_credential
from lrs.auth.stores import Store
from lrs.config import Settings
from lrs.storage.database import Database
from recommender.app import create_app
from recommender.config import RecommenderSettings

Statement = dict[str, Any]


@pytest.fixture
def make_statement() -> Callable[..., Statement]:
    """Make a Statement with an id of its own."""

    def make(**properties: Any) -> Statement:
        return {
            "id": str(uuid.uuid4()),
            "actor": {"mbox": "mailto:ada@example.org"},
            "verb": {"id": "https://example.org/verbs/seen"},
            "object": {"id": "https://example.org/nuggets/1"},
            **properties,
        }

    return make


@pytest.fixture
def store_statement() -> Callable[[Any, Statement], str]:
    """Store a Statement with a client; return its id."""

    def store(client: Any, statement: Statement) -> str:
        answer = client.post("/xapi/statements", json=statement)
        assert answer.status_code == 200, answer.text
        return str(answer.json()[0])

    return store


@pytest.fixture
def ids_of() -> Callable[..., list[str]]:
    """Return the ids of the Statements that a client finds."""

    def find(client: Any, **query: Any) -> list[str]:
        answer = client.get("/xapi/statements", params=query)
        assert answer.status_code == 200, answer.text
        return [statement["id"] for statement in answer.json()["statements"]]

    return find


@pytest.fixture
def assert_refused() -> Callable[[requests.Response, int], dict[str, str]]:
    """Check the status and the shape of a refusal; return what it says."""

    def check(answer: requests.Response, status: int) -> dict[str, str]:
        assert answer.status_code == status, answer.text
        told: dict[str, str] = answer.json()
        assert sorted(told) == ["code", "message", "path", "rule"]
        return told

    return check


@dataclass
class Caller:
    """A client of the application in this process, without a web server: for thousands of requests."""

    application: Flask
    authorization: str
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, **kwargs: Any) -> Any:
        """Send a request; `params` are its query."""
        headers = {
            "X-Experience-API-Version": "1.0.3",
            "Authorization": self.authorization,
            **self.headers,
            **kwargs.pop("headers", {}),
        }
        query = kwargs.pop("params", {})
        return self.application.test_client().open(
            path, method=method, headers=headers, query_string=query, buffered=True, **kwargs
        )

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> Any:
        return self.request("POST", path, **kwargs)

    def put(self, path: str, **kwargs: Any) -> Any:
        return self.request("PUT", path, **kwargs)


@pytest.fixture(scope="session")
def application(database_uri: str, database: Database) -> Iterator[Flask]:
    """The whole application in this process; the logging and the hooks of the tests stay as they were."""
    root, names = logging.getLogger(), ("logThreads", "logProcesses", "logMultiprocessing")
    kept = root.handlers[:], root.level, [getattr(logging, name) for name in names]
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    made = create_app(
        Settings(mongodb_uri=database_uri, max_requests_per_s=0, max_learner_requests_per_s=0),
        RecommenderSettings(refresh_ms=0),
    )
    root.handlers[:], root.level = kept[:2]
    for name, value in zip(names, kept[2], strict=True):
        setattr(logging, name, value)
    logging.captureWarnings(False)
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    stop = made.extensions["learnerprise"].stop
    yield made
    atexit.unregister(stop)
    stop()


@pytest.fixture
def caller_with(application: Flask) -> Callable[..., Caller]:
    """Make a caller that sends an authorization of one's choice."""
    return lambda authorization, **headers: Caller(application, authorization, headers)


@pytest.fixture
def make_caller(application: Flask, database: Database, store: Store) -> Callable[..., Caller]:
    """Make callers with scopes of one's choice, for the test's store or another."""

    def make(*scopes: str, of: Store | None = None) -> Caller:
        key, secret = create_credential(database, of or store, "test", scopes or ("all",))
        return Caller(application, f"Basic {b64encode(f'{key}:{secret}'.encode()).decode()}")

    return make


ORIGIN = "https://lms.example.org"


@pytest.fixture
def mint(make_caller: Callable[..., Caller], application: Flask) -> Callable[..., Caller]:
    """Mint the token of a learner; return the caller that a page of its origin is."""

    def make(*scopes: str, agent: Any = None, minting: Caller | None = None) -> Caller:
        asked = {"agent": agent or {"mbox": "mailto:ada@example.org"}, "origin": ORIGIN, "scopes": scopes}
        answer = (minting or make_caller()).post("/tokens", json=asked)
        assert answer.status_code == 200, answer.text
        return Caller(application, f"Bearer {answer.json['token']}", {"Origin": ORIGIN})

    return make
