"""What the tests of the rules share: each version in turn, and requests to any resource."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

AGENT = {"mbox": "mailto:ada@example.org"}
ACTIVITY = "https://example.org/nuggets/1"


@pytest.fixture(params=["1.0.3", "2.0.0"])
def version(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def either(lrs: Any, version: str) -> Any:
    """The Statement Resource under each version in turn."""
    lrs.version = version
    return lrs


@pytest.fixture
def ask(client: Any) -> Callable[..., requests.Response]:
    """Send a request to any resource, in some version."""

    def send(
        method: str, path: str, version: str | None = "1.0.3", headers: Any = (), **rest: Any
    ) -> requests.Response:
        named = {"X-Experience-API-Version": version, **dict(headers)}
        return client.request(method, f"/xapi/{path}", headers=named, **rest)

    return send


@pytest.fixture
def contexts() -> dict[str, dict[str, str]]:
    """The parameters with which each resource answers a GET."""
    agent = json.dumps(AGENT)
    return {
        "statements": {},
        "activities/state": {"activityId": ACTIVITY, "agent": agent},
        "agents/profile": {"agent": agent},
        "activities/profile": {"activityId": ACTIVITY},
        "agents": {"agent": agent},
        "activities": {"activityId": ACTIVITY},
    }


@pytest.fixture
def document(ask: Any, contexts: Any) -> Callable[..., requests.Response]:
    """Send a request about one document: State if nothing else is said."""

    def send(method: str, name: str | None = "x", path: str = "activities/state", **rest: Any) -> Any:
        key = "stateId" if path == "activities/state" else "profileId"
        params = {**contexts[path], **({} if name is None else {key: name}), **rest.pop("params", {})}
        return ask(method, path, params=params, **rest)

    return send
