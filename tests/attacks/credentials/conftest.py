"""What attacks on credentials share: all routes of the service, Statements, the shape of a refusal."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import requests

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
