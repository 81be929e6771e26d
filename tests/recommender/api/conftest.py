"""What tests of the recommender over HTTP have in common: questions, a catalogue, waiting for what is eventual."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from schemas.json_text import dump_json

Body = dict[str, Any]
PATIENCE_S = 30


@pytest.fixture
def params(agent: Callable[[str], Body]) -> Callable[..., dict[str, str]]:
    """Make the parameters of a question about a person, with others."""
    return lambda name="ann", **more: {"agent": dump_json(agent(name)).decode(), **more}


@pytest.fixture
def ask(client: Any, params: Callable[..., dict[str, str]]) -> Callable[..., Any]:
    """Ask for nuggets; return the response."""

    def send(name: str = "ann", headers: Mapping[str, str] | None = None, **more: str) -> Any:
        return client.get(
            "/recommendations/nuggets", params=params(name, **more), headers=dict(headers or {})
        )

    return send


@pytest.fixture
def items(ask: Callable[..., Any]) -> Callable[..., list[str]]:
    """Ask for nuggets; return the last part of their ids."""

    def send(name: str = "ann", **more: str) -> list[str]:
        found = ask(name, **more).json()["recommendations"]
        return [one["activity"]["id"].rsplit("/", 1)[-1] for one in found]

    return send


@pytest.fixture
def wait() -> Callable[..., Any]:
    """Call until something holds of what comes back, and return that."""

    def until(call: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while not holds(found := call()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert holds(found), found
        return found

    return until


@pytest.fixture
def enter(client: Any, url: Callable[[str], str]) -> Callable[..., None]:
    """Enter nuggets in the catalogue, by the last part of their ids, each titled `About ...`."""

    def put(**nuggets: Body) -> None:
        for name, values in nuggets.items():
            answer = client.put(
                "/recommendations/catalogue/nuggets",
                params={"activity": url(name)},
                json={"title": {"en": f"About {name}", "ca": f"Sobre {name}"}, **values},
                headers={"If-None-Match": "*"},
            )
            assert answer.status_code == 204, answer.text

    return put


@pytest.fixture
def enter_role(client: Any) -> Callable[[str, Mapping[str, int]], None]:
    """Enter a role with the levels wanted of skills."""

    def put(name: str, skills: Mapping[str, int]) -> None:
        answer = client.put(
            "/recommendations/catalogue/roles",
            params={"name": name},
            json={"skills": dict(skills)},
            headers={"If-None-Match": "*"},
        )
        assert answer.status_code == 204, answer.text

    return put


@pytest.fixture
def enter_learner(client: Any, params: Callable[..., dict[str, str]]) -> Callable[..., None]:
    """Enter what is known of a person."""

    def put(name: str, **values: Any) -> None:
        answer = client.put(
            "/recommendations/learners", params=params(name), json=values, headers={"If-None-Match": "*"}
        )
        assert answer.status_code == 204, answer.text

    return put


@pytest.fixture
def state(client: Any) -> Callable[[list[Body]], None]:
    """Send Statements."""

    def send(statements: list[Body]) -> None:
        assert client.post("/xapi/statements", json=statements).status_code == 200

    return send
