"""What tests of the document resources share: a shelf of documents in a context of its own."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests

AGENT = {"mbox": "mailto:ada@example.org"}
ACTIVITY = "https://example.org/courses/1"
REGISTRATION = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
JSON = "application/json"
CONTEXTS: dict[str, dict[str, str]] = {
    "activities/state": {"activityId": ACTIVITY, "agent": json.dumps(AGENT)},
    "agents/profile": {"agent": json.dumps(AGENT)},
    "activities/profile": {"activityId": ACTIVITY},
}


@dataclass
class Shelf:
    """The documents of one context, in the hands of one client, under one version."""

    client: Any
    path: str
    context: dict[str, str]
    version: str = "1.0.3"

    @property
    def id_name(self) -> str:
        return "stateId" if self.path == "activities/state" else "profileId"

    def within(self, **context: str) -> Shelf:
        return replace(self, context={**self.context, **context})

    def by_version(self, version: str) -> Shelf:
        return replace(self, version=version)

    def send(
        self, method: str, name: str | None = None, body: Any = None, headers: Any = (), **query: Any
    ) -> requests.Response:
        params = {**self.context, **({} if name is None else {self.id_name: name}), **query}
        wanted = {"X-Experience-API-Version": self.version, **dict(headers)}
        return self.client.request(method, f"/xapi/{self.path}", params=params, data=body, headers=wanted)

    def put(self, name: str, body: Any, kind: str | None = JSON, **headers: str) -> requests.Response:
        return self._write("PUT", name, body, kind, headers)

    def post(self, name: str, body: Any, kind: str | None = JSON, **headers: str) -> requests.Response:
        return self._write("POST", name, body, kind, headers)

    def _write(
        self, method: str, name: str, body: Any, kind: str | None, headers: dict[str, str]
    ) -> requests.Response:
        data = json.dumps(body) if isinstance(body, dict) else body
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.send(method, name, data, {"Content-Type": kind, **named})

    def create(self, name: str, body: Any, kind: str | None = JSON) -> str:
        """Keep a document that is not there yet; return its ETag as it is sent."""
        answer = self.put(name, body, kind, If_None_Match="*")
        assert answer.status_code == 204, answer.text
        return self.get(name).headers["ETag"]

    def get(self, name: str | None = None, **query: Any) -> requests.Response:
        return self.send("GET", name, **query)

    def read(self, name: str) -> bytes:
        answer = self.get(name)
        assert answer.status_code == 200, answer.text
        return answer.content

    def ids(self, **query: Any) -> list[str]:
        answer = self.get(**query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def delete(self, name: str | None = None, **headers: str) -> requests.Response:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.send("DELETE", name, headers=named)


@pytest.fixture
def make_shelf(client: Any) -> Callable[..., Shelf]:
    """Make a shelf of one resource, for the test's client or another."""

    def make(path: str = "activities/state", version: str = "1.0.3", of: Any = None) -> Shelf:
        return Shelf(of or client, path, CONTEXTS[path], version)

    return make


@pytest.fixture(params=sorted(CONTEXTS))
def path(request: pytest.FixtureRequest) -> str:
    """Each document resource in turn."""
    return request.param


@pytest.fixture(params=["1.0.3", "2.0.0"])
def version(request: pytest.FixtureRequest) -> str:
    """Each version in turn."""
    return request.param


@pytest.fixture
def shelf(make_shelf: Callable[..., Shelf], path: str, version: str) -> Shelf:
    """A shelf of each resource under each version."""
    return make_shelf(path, version)


@pytest.fixture
def state(make_shelf: Callable[..., Shelf], version: str) -> Shelf:
    """A shelf of the State Resource under each version."""
    return make_shelf("activities/state", version)


@pytest.fixture
def profile(make_shelf: Callable[..., Shelf]) -> Shelf:
    """A shelf of the Agent Profile Resource, xAPI 1.0.3."""
    return make_shelf("agents/profile")


@pytest.fixture
def crowd() -> Callable[..., list[Any]]:
    """Let many clients, each with a connection of its own, do something to one shelf at once."""

    def act(shelf: Shelf, count: int, deed: Callable[[Shelf, int], Any]) -> list[Any]:
        def one(number: int) -> Any:
            with requests.Session() as session:
                return deed(replace(shelf, client=replace(shelf.client, session=session)), number)

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(one, range(count)))

    return act


@pytest.fixture
def name() -> str:
    """An id for a document."""
    return f"document-{uuid.uuid4()}"
