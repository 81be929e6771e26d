"""What tests of the catalogue's pages share: a producer, and nuggets that were entered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.editing import put_entry

BASE = "https://acme.example/"


@pytest.fixture
def producer(sign_in: Callable[..., Any]) -> Any:
    return sign_in("producer")


@pytest.fixture
def enter(database: Database, store: Store) -> Callable[..., None]:
    """Enter nuggets, by the last part of their ids."""

    def put(of: Store | None = None, **nuggets: dict[str, Any]) -> None:
        for name, values in nuggets.items():
            put_entry(database, (of or store).id, "nuggets", BASE + name, values)

    return put
