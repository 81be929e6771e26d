"""The default demo organisation and its Statements, generated once for each test process."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from scripts.demo import Organisation, build_organisation, generate_statements

UNTIL = datetime(2026, 3, 20, 9, 30, tzinfo=timezone.utc)


@pytest.fixture(scope="session")
def until() -> datetime:
    return UNTIL


@pytest.fixture(scope="session")
def organisation() -> Organisation:
    return build_organisation()


@pytest.fixture(scope="session")
def statements() -> list[dict[str, Any]]:
    return list(generate_statements(until=UNTIL))
