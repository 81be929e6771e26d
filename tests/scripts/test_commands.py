"""The admin commands on a database: exit status, readable output, JSON, one sentence for what went wrong."""

from __future__ import annotations

import json
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from lrs.auth.credentials import check_credential, create_credential
from lrs.auth.pseudonyms import StorePseudonyms
from lrs.auth.sign_in_links import SignInLinks
from lrs.auth.stores import Store, find_store
from lrs.config import Settings
from lrs.errors import UnauthorizedError
from lrs.storage.database import Database
from schemas.json_text import dump_json
from scripts.cli import group

Run = Callable[..., subprocess.CompletedProcess[str]]
Client = Any
SHOWN = ("--split", "learner", "--share", ".2", "--html")
STATEMENT = {
    "actor": {"mbox": "mailto:ada@example.org"},
    "verb": {"id": "https://example.org/read"},
    "object": {"id": "https://example.org/1"},
}


def test_a_store_is_created_once(command: Run, database: Database) -> None:
    name = uuid.uuid4().hex
    assert command("stores", "create", name, "--peers", "opt_out").returncode == 0
    again = command("stores", "create", name)
    assert again.returncode == 1
    assert again.stderr == f"There is a store {name!r} already; choose another name.\n"
    assert name in command("stores", "list").stdout
    assert "off" in command("stores", "consent", name, "peer", "off").stdout
    found = find_store(database, name)
    assert found is not None
    assert found.policy("peer") == "off"


def test_stores_are_shown_as_json(command: Run) -> None:
    name = uuid.uuid4().hex
    created = json.loads(command("stores", "create", name, "--default-version", "2.0.0", "--json").stdout)
    assert (created["store"], created["default_version"], created["consents"]["peer"]) == (
        name,
        "2.0.0",
        "opt_in",
    )
    assert (
        json.loads(command("stores", "consent", name, "peer", "off", "--json").stdout)["consents"]["peer"]
        == "off"
    )
    changed = json.loads(command("stores", "versions", name, "1.0.3", "--json").stdout)
    assert changed in json.loads(command("stores", "list", "--json").stdout)
    assert changed["versions"] == ["1.0.3"]


def test_credentials_are_shown_as_json_without_their_secret(command: Run, store: Store) -> None:
    created = json.loads(command("credentials", "create", store.name, "lms", "--json").stdout)
    assert set(created) == {"key", "secret", "endpoint"}
    assert created["endpoint"] == "http://localhost:8000/xapi"
    (shown,) = json.loads(command("credentials", "list", store.name, "--json").stdout)
    assert (shown["key"], shown["name"], shown["scopes"], shown["revoked"]) == (
        created["key"],
        "lms",
        ["all"],
        None,
    )
    revoked = json.loads(command("credentials", "revoke", store.name, created["key"], "--json").stdout)
    assert revoked == {"key": created["key"], "revoked": True}


def test_a_credential_works_until_it_is_revoked(command: Run, database: Database, store: Store) -> None:
    created = command("credentials", "create", store.name, "lms", "--scope", "statements/write").stdout
    key, secret = (line.split()[1] for line in created.splitlines()[:2])
    assert check_credential(database, key, secret).scopes == {"statements/write"}
    assert secret not in command("credentials", "list", store.name).stdout
    assert command("credentials", "revoke", store.name, key).returncode == 0
    with pytest.raises(UnauthorizedError):
        check_credential(database, key, secret)
    assert command("credentials", "revoke", store.name, key).returncode == 1


def test_a_credential_lives_until_its_end(command: Run, database: Database, store: Store) -> None:
    args = ("credentials", "create", store.name, "lms", "--expires", "2099-01-31", "--json")
    key = json.loads(command(*args).stdout)["key"]
    first = _shown(command, store)
    assert (first["expires"], first["last_used"], len(first["secrets"])) == (
        "2099-01-31T00:00:00.000000Z",
        None,
        1,
    )
    rotated = json.loads(command("credentials", "rotate", store.name, key, "--json").stdout)
    assert check_credential(database, key, rotated["secret"])
    assert command("credentials", "scopes", store.name, key, "state", "define").returncode == 0
    assert command("credentials", "rename", store.name, key, "academy").returncode == 0
    now = _shown(command, store)
    assert (now["name"], now["scopes"]) == ("academy", ["state", "define"])
    new, former = now["secrets"]
    assert former["sha256"] == first["secrets"][0]["sha256"] != new["sha256"]
    assert former["until"] < new["until"] == now["expires"]


def _shown(command: Run, store: Store) -> dict[str, Any]:
    (shown,) = json.loads(command("credentials", "list", store.name, "--json").stdout)
    assert isinstance(shown, dict)
    return shown


@pytest.mark.parametrize("time", ["yesterday", "2020-01-31"])
def test_an_end_that_is_no_time_to_come_is_refused(command: Run, store: Store, time: str) -> None:
    told = command("credentials", "create", store.name, "lms", "--expires", time)
    assert told.returncode in (1, 2)
    assert time in told.stderr
    assert json.loads(command("credentials", "list", store.name, "--json").stdout) == []


def test_a_credential_of_another_store_is_not_revoked(
    command: Run, database: Database, store: Store, other_store: Store
) -> None:
    key, secret = create_credential(database, store, "lms")
    told = command("credentials", "revoke", other_store.name, key)
    assert (told.returncode, told.stderr) == (
        1,
        f"There is no credential {key!r} of the store {other_store.name!r} in force.\n",
    )
    assert check_credential(database, key, secret)


def test_a_store_is_renamed_closed_opened_and_removed(
    command: Run, database: Database, store: Store, client: Client
) -> None:
    assert client.post("/xapi/statements", json=STATEMENT).status_code == 200
    name = f"renamed {uuid.uuid4().hex}"
    assert command("stores", "rename", store.name, name).returncode == 0
    assert client.get("/xapi/statements").status_code == 200
    told = command("stores", "remove", name)
    assert (told.returncode, "Close it first" in told.stderr) == (1, True)
    assert json.loads(command("stores", "close", name, "--json").stdout)["closed"]
    assert client.get("/xapi/statements").json()["code"] == "forbidden"
    assert command("stores", "open", name).returncode == 0
    assert client.get("/xapi/statements").status_code == 200
    command("stores", "close", name)
    counted = json.loads(command("stores", "remove", name, "--dry-run", "--json").stdout)
    assert (counted["store"], counted["removed"]) == (name, False)
    kept = {"credentials": 1, "refusals": 1, "statements": 1}
    assert kept.items() <= counted["documents"].items()  # beside what was made of them in the background
    assert "Nothing was removed" in command("stores", "remove", name, "--dry-run").stdout
    assert command("stores", "remove", name).returncode == 0
    assert find_store(database, name) is None
    assert client.get("/xapi/statements").status_code == 401


def test_a_store_gets_a_quota_and_refuses_forms(command: Run, store: Store, client: Client) -> None:
    assert json.loads(command("stores", "quota", store.name, "1", "--json").stdout)["quota_mb"] == 1
    assert command("stores", "quota", store.name, "0").stdout == f"Quota of {store.name!r}: none.\n"
    assert json.loads(command("stores", "floor", store.name, "10", "--json").stdout)["floor"] == 10
    assert command("stores", "floor", store.name, "4").returncode == 2
    form = {"path": "/xapi/statements?method=GET", "data": {"limit": "1"}}
    assert client.post(**form).status_code == 200
    assert json.loads(command("stores", "forms", store.name, "off", "--json").stdout)["forms"] is False
    assert client.post(**form).status_code == 403
    assert command("stores", "forms", store.name, "on").returncode == 0
    told = command("stores", "mail-sign-in", store.name, "on").stdout
    assert told == f"Signing in to {store.name!r} by mail: on.\n"
    assert client.post(**form).status_code == 200


def test_a_link_signs_somebody_in_with_a_role(command: Run, database: Database, store: Store) -> None:
    line = (store.name, "--mail", "Ada@Example.org", "--role", "officer")
    told = json.loads(command("sign-in-link", *line, "--json").stdout)
    found = SignInLinks(database, StorePseudonyms(Settings())).redeem(told["link"].partition("token=")[2])
    assert found is not None
    credential, _ = found
    assert credential.learner == "mbox|mailto:Ada@example.org"
    assert credential.allows("insights/organisation")
    assert not credential.allows("stores/manage")
    assert "is not a mail address" in command("sign-in-link", store.name, "--mail", "ada").stderr


def test_digests_need_a_mail_server_and_go_to_nobody_who_did_not_ask(command: Run, store: Store) -> None:
    assert "set LEARNERPRISE_SMTP_URL" in command("digest", store.name).stderr
    told = command("digest", store.name, "--json", LEARNERPRISE_SMTP_URL="smtp://127.0.0.1:9").stdout
    assert json.loads(told) == {"sent": 0, "reports": 0}


@pytest.mark.parametrize("line", ["stores create", "stores rename STORE", "credentials create STORE"])
def test_a_name_that_cannot_be_read_is_refused(command: Run, store: Store, line: str) -> None:
    done = command(*line.replace("STORE", store.name).split(), "a\nb")
    assert (done.returncode, done.stdout) == (1, "")
    assert "holds the character '\\n', which cannot be seen; leave it out." in done.stderr


def test_every_command_names_the_store_first() -> None:
    found = {path: [one.name for one in parameters] for path, parameters in arguments_of(group)}
    assert {"credentials revoke", "stores rename", "import", "catalogue import", "refusals"} <= found.keys()
    assert [path for path, names in found.items() if "store" in names and names[0] != "store"] == []


def arguments_of(entry: click.Command, path: str = "") -> Iterator[tuple[str, list[click.Argument]]]:
    """Yield the arguments of every command."""
    if isinstance(entry, click.Group):
        context = click.Context(entry)
        for name in entry.list_commands(context):
            found = entry.get_command(context, name)
            assert found is not None
            yield from arguments_of(found, f"{path} {name}".strip())
    else:
        yield path, [one for one in entry.params if isinstance(one, click.Argument)]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (("credentials", "list", "nowhere"), "There is no store 'nowhere'"),
        (("retrain", "nowhere"), "There is no store 'nowhere'"),
        (("evaluate", "nowhere"), "There is no store 'nowhere'"),
        (("models", "list", "nowhere"), "There is no store 'nowhere'"),
        (("import", "nowhere", "x.ndjson"), "There is no store 'nowhere'"),
        (("retrain",), "Name one store, or give --all-stores."),
        (("evaluate",), "Name a store, or a file with --csv."),
        (("evaluate", "--csv", "x.csv", "--min-rating", "4"), "--rating needs --min-rating"),
        (("evaluate", "--csv", "x.csv", "--lists"), "--lists asks for the lists of a store's learners"),
        (("evaluate", "some-store", "--features-item", "id"), "--features-item tells how to read a file"),
        (("quality", "/nowhere"), "There is no folder"),
        (("conformance", "/nowhere"), "is not a checked-out suite"),
        (("load-demo", "http://127.0.0.1:1", "k", "s"), "No LRS answers there"),
        (
            ("load-demo", "http://127.0.0.1:1", "k", "s", "--until", "noon"),
            "'noon' does not match the format",
        ),
        (("load-demo", "127.0.0.1:8000", "k", "s"), "'127.0.0.1:8000' is not an address"),
        (("retrain", "some-store", "--every", "soon"), "'soon' is not a span of time"),
        (
            ("benchmark", "--only", "cooking"),
            "ingest, queries, memory, recommender, aging, scale, pages, insights, access, soak",
        ),
        (("benchmark", "--endpoint", "http://127.0.0.1:1/xapi"), "--endpoint needs --key and --secret"),
        (("evaluate", "some-store", "--split", "last", "--share", ".2"), "leave out --share"),
        (("convert-interactions", "x.csv", "x.ndjson"), "x.csv cannot be read"),
        (
            ("convert-interactions", "x.csv", "x.ndjson", "--time", "1", "--position", "2"),
            "exclude each other",
        ),
    ],
)
def test_what_goes_wrong_is_one_sentence(command: Run, line: tuple[str, ...], sentence: str) -> None:
    done = command(*line)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["serve", "demo", "stores list", "retrain --all-stores"])
@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("LEARNERPRISE_PORT", "abc", "LEARNERPRISE_PORT='abc' is not a whole number"),
        ("LEARNERPRISE_PORT", "70000", "LEARNERPRISE_PORT=70000 is above 65535"),
        ("MONGODB_URI", "mongodb://127.0.0.1:1/x", "No MongoDB answers at 127.0.0.1:1"),
        ("MONGODB_URI", "nonsense", "Check MONGODB_URI"),
        ("LEARNERPRISE_LOG_LEVEL", "LOUD", "LEARNERPRISE_LOG_LEVEL='LOUD' does not fit"),
        ("LEARNERPRISE_DEFAULT_VERSION", "9", "1.0.3 or 2.0.0"),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    command: Run, name: str, variable: str, value: str, sentence: str
) -> None:
    done = command(*name.split(), **{"LEARNERPRISE_PORT": "0", variable: value})
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["serve", "demo"])
@pytest.mark.parametrize("value", ["-3", "nan", "x", "7"])
def test_a_wrong_setting_of_the_recommender_is_one_sentence(command: Run, name: str, value: str) -> None:
    done = command(name, RECOMMENDER_DAMPING=value, LEARNERPRISE_PORT="0")
    assert done.returncode != 0
    assert done.stderr.startswith("RECOMMENDER_DAMPING=")
    assert "Traceback" not in done.stderr


def test_a_busy_port_is_one_sentence(command: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = command("serve", LEARNERPRISE_PORT=str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "Address already in use" in done.stderr
    assert "LEARNERPRISE_PORT" in done.stderr


def test_a_data_folder_that_cannot_be_written_is_one_sentence(command: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = command("serve", MONGODB_URI="", LEARNERPRISE_DATA=str(tmp_path / "file" / "data"))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_csv_is_evaluated_without_a_database(command: Run, tmp_path: Path) -> None:
    source, plots, report = tmp_path / "takes.data", tmp_path / "plots", tmp_path / "report.html"
    takes = [(who, step, (who % 5 + step * (who % 3 + 1)) % 12) for who in range(40) for step in range(9)]
    rows = [f"{who}\t{item}\t{step % 5 + 1}\t{88 * 10**7 + step}" for who, step, item in takes]
    source.write_text("\n".join(rows) + "\n")
    columns = ("--learner", "1", "--item", "2", "--rating", "3", "--min-rating", "2", "--time", "4")
    quick = {"RECOMMENDER_EPOCHS": "2", "RECOMMENDER_DIMENSIONS": "8"}
    done = command(
        "evaluate",
        "--csv",
        str(source),
        *columns,
        *SHOWN,
        str(report),
        "--plots",
        str(plots),
        "--json",
        **quick,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {"Learnerprise", "EASE", "LightFM ids"} <= {row["name"] for row in found["rows"]}
    assert found["split"] == "learner"
    assert set(found["ndcg_differences"]["popularity"]) == {"mean", "low", "high"}
    assert "<svg" in (plots / "ndcg.svg").read_text()
    assert "<h1>Evaluation of takes.data</h1>" in report.read_text()


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        ("a,b\n1,2\n", (), "name the column for --learner; it has: a, b"),
        ("learner,item,time\nu,a,soon\n", (), "line 2, column time: 'soon'"),
        ("learner,item,time\nu,a,1\n", ("--item", "course"), "has no column 'course'"),
        ("learner,item,time\nu,a,1\n", (), "1 learners and 1 items; at least two"),
        ("learner,item,time\nu,a,1\nv,b,2\n", (), "Nobody's future can be held out"),
        ("", (), "takes.csv is empty"),
    ],
)
def test_a_csv_that_cannot_be_evaluated_is_one_sentence(
    command: Run, tmp_path: Path, text: str, options: tuple[str, ...], sentence: str
) -> None:
    source = tmp_path / "takes.csv"
    source.write_text(text)
    done = command("evaluate", "--csv", str(source), *options)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_rejected_lines_are_named_and_set_aside(command: Run, store: Store, tmp_path: Path) -> None:
    source = tmp_path / "some.ndjson"
    good = {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": "mailto:a@b.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://b.example/1"},
    }
    source.write_bytes(dump_json(good) + b'\n{"actor"\n')
    done = command("import", store.name, str(source))
    assert done.returncode == 1
    assert "Stored     1" in done.stdout
    assert "line 2: the JSON text is refused" in done.stdout
    assert Path(f"{source}.rejected.ndjson").exists()


def test_people_are_joined_by_a_table_shown_and_parted(command: Run, tmp_path: Path) -> None:
    name, table = uuid.uuid4().hex, tmp_path / "people.csv"
    table.write_text("agent,same_as\nann@acme.example,a.lee@acme.example\nben@acme.example,nobody\n")
    command("stores", "create", name)
    refused = command("people", "import", name, str(table))
    assert (refused.returncode, "nobody" in refused.stderr) == (1, True)
    table.write_text(table.read_text().replace(",nobody", ",ben.k@acme.example"))
    joined = command("people", "import", name, str(table), "--json")
    assert json.loads(joined.stdout) == {"joined": 2, "left_out": 0}
    shown = json.loads(command("people", "show", name, "a.lee@acme.example", "--json").stdout)
    assert [one["by"] for one in shown["identifiers"]] == [None, "csv"]
    assert "ann@acme.example" in command("people", "part", name, "ann@acme.example").stdout
    assert "never seen" in command("people", "show", name, "cid@acme.example").stderr
    missing = command("people", "import", name, str(tmp_path / "none.csv"))
    assert (missing.returncode, "cannot be read" in missing.stderr) == (1, True)


def test_people_are_joined_by_an_administrator_and_by_a_rule(command: Run) -> None:
    name = uuid.uuid4().hex
    command("stores", "create", name)
    done = command("people", "join", name, "ann@acme.example", "a.lee@acme.example", "--json")
    assert [one["by"] for one in json.loads(done.stdout)["identifiers"]] == [None, "admin"], done.stderr
    done = command("people", "rule", name, "https://lms.acme.example", "acme.example", "--json")
    assert json.loads(done.stdout)["rules"] == [["https://lms.acme.example", "acme.example"]], done.stderr
    assert command("people", "rule", name).returncode == 2
