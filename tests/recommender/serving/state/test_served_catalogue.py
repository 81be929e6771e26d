"""What came after the training can be recommended without another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.editing import put_entry
from recommender.serving.context import Serving
from recommender.serving.state.served_catalogue import ServedCatalogue, serve_catalogue

NEW = "https://acme.example/new"


@pytest.fixture
def served(serving: Serving, database: Database, store: Store, trained: Any) -> Callable[[], ServedCatalogue]:
    def serve() -> ServedCatalogue:
        running = serving.models.find(store.id)
        assert running is not None
        return serve_catalogue(database, store.id, running.model)

    return serve


def test_what_people_entered_or_did_since_is_appended_unless_hidden(
    database: Database, store: Store, act: Any, post: Any, sync: Any, served: Callable[[], ServedCatalogue]
) -> None:
    before = served()
    assert tuple(nugget.id for nugget in before.nuggets) == before.model.items
    put_entry(database, store.id, "nuggets", NEW, {"title": {"en": "About s1n2"}, "level": "beginner"})
    put_entry(database, store.id, "roles", "analyst", {"name": "Analyst", "skills": {"sql": 2}})
    after = served()
    assert after.model.items == (*before.model.items, NEW)
    assert (after.nuggets[-1].title("en"), after.roles["analyst"].skills) == ("About s1n2", {"sql": 2})
    put_entry(database, store.id, "nuggets", NEW, {"hidden": True})
    assert served().model.items == before.model.items
    post([act("ann", "completed", "newer")])
    assert served().model.items == before.model.items
    sync()
    assert served().model.items[-1] == "https://acme.example/newer"
