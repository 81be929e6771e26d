"""The command that lists who asked for data of people, and verifies the list."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

from lrs.auth.credentials import create_credential
from lrs.auth.stores import Store
from lrs.privacy.auditing import IDENTIFIER, Access, AuditTrail
from lrs.storage.database import Database

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def key(database: Database, store: Store) -> str:
    """A credential whose reading of Ada's data is in the trail."""
    key, _ = create_credential(database, store, "lms")
    trail = AuditTrail(database, 30, pause_s=0)
    trail.note(Access(store.id, 1, key, None, "GET", "/x", ((IDENTIFIER, "mbox|mailto:ada@example.org"),), 3))
    return key


def test_lines_are_listed_and_listing_is_a_line(command: Run, store: Store, key: str) -> None:
    listed = json.loads(command("audit", "list", store.name, "--person", "ada@example.org", "--json").stdout)
    assert [(row["who"], row["route"], row["count"]) for row in listed] == [("lms", "/x", 3)]
    header, first, *_ = command("audit", "list", store.name).stdout.splitlines()
    assert header.split() == ["at", "who", "learner", "method", "route", "count", "about"]
    assert "learnerprise audit list" in first
    assert "COMMAND" in first


def test_a_true_trail_is_verified_and_a_changed_one_fails(
    command: Run, database: Database, store: Store, key: str
) -> None:
    [day] = json.loads(command("audit", "verify", store.name, "--json").stdout)
    assert (day["lines"], day["fault"]) == (1, "")
    database.db["audit"].update_one({"store": store.id}, {"$set": {"text": b"[]"}})
    failed = command("audit", "verify", store.name)
    assert (failed.returncode, "block 1 was changed" in failed.stdout) == (1, True)
