"""The command that says how often requests of a store were refused, and why."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

from lrs.auth.credentials import create_credential, revoke_credential
from lrs.auth.refusals import RefusalCounts
from lrs.auth.stores import Store
from lrs.storage.database import Database

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_refusals_are_counted_by_credential_code_and_rule(
    command: Run, database: Database, store: Store, other_store: Store
) -> None:
    key, _ = create_credential(database, store, "lms")
    elsewhere, _ = create_credential(database, other_store, "lms")
    revoke_credential(database, key)
    processes = [RefusalCounts(database), RefusalCounts(database)]
    for counts in processes:
        counts.count(key, "invalid_statement", "xAPI 1.0.3 Data 2.4.2")
        counts.count(key, "invalid_statement", "xAPI 1.0.3 Data 2.4.2")
        counts.count(elsewhere, "forbidden", "")
        counts.stop()
    [row] = json.loads(command("refusals", store.name, "--days", "2", "--json").stdout)
    assert {name: row[name] for name in ("key", "name", "revoked", "code", "rule", "count")} == {
        "key": key,
        "name": "lms",
        "revoked": True,
        "code": "invalid_statement",
        "rule": "xAPI 1.0.3 Data 2.4.2",
        "count": 4,
    }
    header, line = command("refusals", store.name).stdout.splitlines()
    assert header.split() == ["day", "key", "name", "revoked", "code", "rule", "count", "last"]
    assert key in line
