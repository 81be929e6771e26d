from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.personas import find_person
from lrs.storage.database import Database

PATH = "/recommendations/learners"


@pytest.fixture
def joined(
    client: Any, enter_learner: Callable[..., None], params: Callable[..., Any], agent: Callable[[str], Any]
) -> None:
    """Enter something for Ben, who is found to be Ann then; she came first."""
    enter_learner("ann", goals=["sql"])
    assert client.request("DELETE", PATH, params=params("ann")).status_code == 204
    sent = client.put(PATH, params=params("ben"), json={"name": "Benny", "goals": ["rust"]})
    assert sent.status_code == 204
    agents = {"agents": [agent("ann"), agent("ben")]}
    assert client.post("/people/join", json=agents).status_code == 200


@pytest.fixture
def held(database: Database, store: Store, identifier: Callable[[str], str]) -> Callable[[], tuple[int, Any]]:
    """Return how many entries there are, and the name that was entered."""

    def count() -> tuple[int, Any]:
        person = find_person(database, store.id, identifier("ann"))
        assert person and len(person.ids) == 2
        return database.collection("entered_learners", store.id).count({}), person.entered_name

    return count


@pytest.mark.usefixtures("joined")
def test_what_was_entered_for_a_joined_person_is_seen_and_deleted(
    client: Any, params: Callable[..., dict[str, str]], held: Callable[[], tuple[int, Any]]
) -> None:
    found = client.get(PATH, params=params("ann"))
    assert found.json()["entered"] == {"name": "Benny", "goals": ["rust"]}
    condition = {"If-Match": found.headers["ETag"]}
    assert client.request("DELETE", PATH, params=params("ann"), headers=condition).status_code == 204
    assert held() == (0, None)
    assert client.get(PATH, params=params("ben")).json()["entered"] is None


@pytest.mark.usefixtures("joined")
def test_what_is_entered_for_a_joined_person_replaces_it_all(
    client: Any, params: Callable[..., dict[str, str]], held: Callable[[], tuple[int, Any]]
) -> None:
    headers = {"If-None-Match": "*"}
    body = {"skills": ["go"]}
    assert client.put(PATH, params=params("ann"), json=body, headers=headers).status_code == 412
    headers = {"If-Match": client.get(PATH, params=params("ann")).headers["ETag"]}
    assert client.put(PATH, params=params("ann"), json=body, headers=headers).status_code == 204
    assert client.get(PATH, params=params("ben")).json()["known"] == {"skills": ["go"]}
    assert held() == (1, None)
