"""The collections of the recommender, which a transaction finds and does not make."""

from __future__ import annotations

import pytest

from lrs.storage.database import Database
from recommender.storage.records import create_indexes


@pytest.fixture(autouse=True)
def collections(database: Database) -> None:
    create_indexes(database)
