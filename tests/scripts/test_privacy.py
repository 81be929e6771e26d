"""`learnerprise privacy` on a database: exporting and erasing people, receipts, what is sent again."""

from __future__ import annotations

import json
import subprocess
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lrs.auth.stores import Store, find_store, store_named
from lrs.storage.database import Database
from schemas.retention import RetentionRule

Run = Callable[..., subprocess.CompletedProcess[str]]
Client = Any


def completed(mail: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": f"mailto:{mail}"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://acme.example/1"},
        **more,
    }


def test_somebody_is_erased_and_refused_from_then_on(command: Run, store: Store, client: Client) -> None:
    own, others = completed("ada@acme.example"), completed("ben@acme.example")
    assert client.post("/xapi/statements", json=[own, others]).status_code == 200
    unknown = command("privacy", "erase", store.name, "eve@acme.example")
    assert (unknown.returncode, "Nothing in this store is about" in unknown.stderr) == (1, True)
    wrong = command("privacy", "erase", store.name, "account|3|x")
    assert (wrong.returncode, "is not a canonical identifier" in wrong.stderr) == (1, True)
    dry = json.loads(
        command("privacy", "erase", store.name, "ada@acme.example", "--dry-run", "--json").stdout
    )
    assert (dry["documents"]["statements"], dry["samples"]) == (1, [own["id"]])
    assert client.get("/xapi/statements", params={"statementId": own["id"]}).status_code == 200
    done = json.loads(command("privacy", "erase", store.name, "ada@acme.example", "--json").stdout)
    assert done["documents"]["statements"] == 1
    assert {"journal", "backups"} <= {one["place"] for one in done["receipt"]["elsewhere"]}
    assert client.get("/xapi/statements", params={"statementId": own["id"]}).status_code == 404
    assert client.get("/xapi/statements", params={"statementId": others["id"]}).status_code == 200
    refused = client.post("/xapi/statements", json=[others, own])
    assert (refused.status_code, refused.json()["code"]) == (403, "erased_person")
    (listed,) = json.loads(command("privacy", "erasures", store.name, "--json").stdout)
    assert listed == done
    assert "ada" not in json.dumps(listed)
    assert command("privacy", "sent-again", store.name, "take", "--json").returncode == 0


def test_statements_are_removed_by_what_they_say(
    command: Run, database: Database, store: Store, client: Client
) -> None:
    registration = str(uuid.uuid4())
    kept = completed("ada@acme.example")
    gone = completed("ada@acme.example", context={"registration": registration})
    assert client.post("/xapi/statements", json=[kept, gone]).status_code == 200
    nothing = command("privacy", "retain", store.name)
    assert (nothing.returncode, "Nothing says which Statements" in nothing.stderr) == (1, True)
    asked = ("privacy", "retain", store.name, "--registration", registration, "--json")
    assert json.loads(command(*asked, "--dry-run").stdout) == {"statements": 1, "removed": False}
    assert json.loads(command(*asked).stdout) == {"statements": 1, "removed": True}
    assert client.get("/xapi/statements", params={"statementId": gone["id"]}).status_code == 404
    assert client.get("/xapi/statements", params={"statementId": kept["id"]}).status_code == 200
    rule = ("--keep", "30d", "--verb", kept["verb"]["id"], "--json")
    expected = [{"days": 30, "verb": kept["verb"]["id"], "credential": "", "statements": 0}]
    dry = command("privacy", "retention", store.name, *rule, "--dry-run")
    assert json.loads(dry.stdout) == expected
    assert store_named(database, store.name).retention == ()
    done = command("privacy", "retention", store.name, *rule)
    assert json.loads(done.stdout) == expected
    assert store_named(database, store.name).retention == (RetentionRule(30, kept["verb"]["id"]),)


def test_what_is_held_is_said(command: Run) -> None:
    said = json.loads(command("privacy", "declarations", "--json").stdout)
    assert {"statements", "personas", "models"} <= {one["collection"] for one in said["collections"]}
    assert "backups" in command("privacy", "declarations").stdout


def test_the_files_of_another_server_are_left_alone(command: Run) -> None:
    told = command("privacy", "rewrite-files")
    assert (told.returncode, "names a MongoDB of its own" in told.stderr) == (2, True)


def test_a_person_is_exported_and_all_are_pseudonymised(
    command: Run, store: Store, client: Client, tmp_path: Path
) -> None:
    sent = [completed("ada@acme.example"), completed("ben@acme.example")]
    assert client.post("/xapi/statements", json=sent).status_code == 200
    ada, all_of_them = tmp_path / "ada.zip", tmp_path / "all.ndjson"
    done = command("privacy", "export", store.name, "ada@acme.example", str(ada), "--json")
    assert json.loads(done.stdout)["entries"]["statements"] == 1, done.stderr
    assert b"ben@" not in zipfile.ZipFile(ada).read("statements.ndjson")
    key = ("--key", str(tmp_path / "acme.key"))
    done = command("privacy", "pseudonymise", store.name, str(all_of_them), *key)
    assert done.stdout == f"2 Statements with pseudonyms written to {all_of_them}.\n", done.stderr
    assert "@acme.example" not in all_of_them.read_text()


def test_commands_know_people_of_a_pseudonymous_store_by_their_names(
    command: Run, database: Database, tmp_path: Path
) -> None:
    name, source = f"store-{uuid.uuid4().hex}", tmp_path / "acme.ndjson"
    made = json.loads(command("stores", "create", name, "--pseudonymous", "--json").stdout)
    assert made["pseudonymous"] is True
    source.write_text(json.dumps(completed("ada@acme.example", result={"response": "I am ada@acme.example"})))
    assert command("import", name, str(source)).returncode == 0
    store = find_store(database, name)
    assert store is not None
    (row,) = database.collection("statements", store.id).find({})
    assert b"acme.example/1" in row["text"] and b"ada" not in row["text"]
    dry = command("privacy", "erase", name, "ada@acme.example", "--dry-run", "--json")
    assert json.loads(dry.stdout)["documents"]["statements"] == 1, dry.stderr
