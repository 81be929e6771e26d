"""What tests of administration share: somebody who runs the store, Statements in it, and words nobody may run."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from lrs.personas import find_or_create_personas

Body = dict[str, Any]


@pytest.fixture
def admin(sign_in: Callable[..., Any]) -> Any:
    return sign_in("admin", "mbox|mailto:root@admin.example")


@pytest.fixture
def hostile() -> str:
    """Words of 1,000 characters in several scripts that would do harm if a page did not escape them."""
    return ("<script>alert(1)</script>\"'&{{7*7}} \u202eמשתמש 学习者 🧑🏽\u200d🔧 " + "x" * 1_000)[:1_000]


@pytest.fixture
def statement() -> Callable[..., Body]:
    """Make a Statement of somebody, with whatever else a test wants."""

    def make(name: str = "ada", **more: Any) -> Body:
        return {
            "id": str(uuid.uuid4()),
            "actor": {"mbox": f"mailto:{name}@example.org", "name": name.capitalize()},
            "verb": {"id": "https://example.org/verbs/read", "display": {"en": "read", "de": "las"}},
            "object": {"id": "https://example.org/nuggets/joins", "definition": {"name": {"en": "Joins"}}},
            **more,
        }

    return make


@pytest.fixture
def stored(client: Any, statement: Callable[..., Body]) -> Callable[..., list[str]]:
    """Store Statements; return their ids."""

    def send(*statements: Body, by: Any = None) -> list[str]:
        answer = (by or client).post("/xapi/statements", json=list(statements or (statement(),)))
        assert answer.status_code == 200, answer.text
        return answer.json()

    return send


@pytest.fixture
def known(database: Any, store: Any) -> Callable[..., None]:
    """Let people be known by their mail addresses, as if their Statements had been read."""

    def meet(*names: str) -> None:
        people: dict[str, str | None] = {
            f"mbox|mailto:{name}@example.org": name.capitalize() for name in names
        }
        find_or_create_personas(database, store.id, people)

    return meet


@pytest.fixture
def wait_for_lines(client: Any) -> Callable[[int], list[str]]:
    """Wait until the audit has so many lines about pages; return their routes, the newest first."""

    def find() -> list[str]:
        lines = client.get("/privacy/audit", params={"limit": 100}).json()["lines"]
        return [line["route"] for line in lines if line["route"].startswith("/admin")]

    def wait(number: int) -> list[str]:
        deadline = time.monotonic() + 30
        while len(found := find()) < number and time.monotonic() < deadline:
            time.sleep(0.1)
        return found

    return wait
