"""What people enter, and what verbs mean, from the command line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.catalogue import managed_ids
from recommender.storage.vocabulary import find_vocabulary

Run = Callable[..., subprocess.CompletedProcess[str]]
PONDERED = "https://acme.example/verbs/pondered"


def test_a_csv_is_imported_and_exported(
    command: Run, database: Database, store: Store, tmp_path: Path
) -> None:
    nuggets, out = tmp_path / "in.csv", tmp_path / "out.csv"
    checked = json.loads(command("catalogue", "check-links", store.name, "--json").stdout)
    assert checked == {"store": store.name, "checked": 0, "dead": 0}
    nuggets.write_text("activity,title_en,skills\nhttps://acme.example/joins,Joins,sql|data\n")
    done = command("catalogue", "import", store.name, "nuggets", str(nuggets))
    assert (done.returncode, done.stdout) == (0, f"1 nuggets entered in {store.name!r}.\n")
    assert managed_ids(database, store.id) == {"https://acme.example/joins"}
    assert command("catalogue", "export", store.name, "nuggets", str(out), "--all").returncode == 0
    assert "https://acme.example/joins,Joins" in out.read_text()
    again = json.loads(command("catalogue", "import", store.name, "nuggets", str(nuggets), "--json").stdout)
    assert again == {"store": store.name, "kind": "nuggets", "entered": 1}
    unwritable = command("catalogue", "export", store.name, "nuggets", str(tmp_path))
    assert (unwritable.returncode, "cannot be written" in unwritable.stderr) == (1, True)


def test_a_bad_line_is_one_sentence_and_changes_nothing(
    command: Run, database: Database, store: Store, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("activity,duration\nhttps://acme.example/joins,PT1H\nhttps://acme.example/views,1h\n")
    done = command("catalogue", "import", store.name, "nuggets", str(bad))
    assert (done.returncode, done.stdout) == (1, "")
    assert "line 3, duration" in done.stderr
    assert "Traceback" not in done.stderr
    assert managed_ids(database, store.id) == set()
    missing = command("catalogue", "import", store.name, "roles", str(tmp_path / "none.csv"))
    assert (missing.returncode, "cannot be read" in missing.stderr) == (1, True)


def test_a_vocabulary_is_exported_changed_and_reset(
    command: Run, database: Database, store: Store, tmp_path: Path
) -> None:
    table = tmp_path / "verbs.csv"
    assert command("vocabulary", "export", store.name, "verbs", str(table)).returncode == 0
    table.write_text(f"{table.read_text()}{PONDERED},pondered,informal,3,yes\n")
    done = command("vocabulary", "import", store.name, "verbs", str(table))
    assert done.stdout == f"1 verbs of {store.name!r} differ from the defaults.\n"
    assert find_vocabulary(database, store.id).verb(PONDERED).canonical == "pondered"
    assert command("vocabulary", "reset", store.name, "verbs").returncode == 0
    assert find_vocabulary(database, store.id).verb(PONDERED).canonical == "other"
