"""The admin commands: help, exit status, readable output, one sentence for what went wrong."""

from __future__ import annotations

import json
import socket
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from lrs.auth.credentials import check_credential
from lrs.auth.stores import Store, find_store
from lrs.errors import UnauthorizedError
from schemas.json_text import dump_json

Run = Callable[..., subprocess.CompletedProcess[str]]

COMMANDS = (
    "benchmark",
    "catalogue",
    "conformance",
    "convert_interactions",
    "credentials",
    "demo",
    "evaluate",
    "experiments",
    "fuzz",
    "import_statements",
    "load_demo",
    "models",
    "quality",
    "online",
    "retrain",
    "serve",
    "stores",
    "vocabulary",
)
FOLDER = Path(__file__).parents[2] / "scripts"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(command: Run, name: str) -> None:
    done = command(name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage:")


def test_every_command_stands_in_the_readme_and_in_this_file() -> None:
    readme = (FOLDER.parent / "README.md").read_text()
    modules = [(path.stem, path) for path in FOLDER.glob("*.py")]
    packages = [(path.parent.name, path) for path in FOLDER.glob("*/__main__.py")]
    with_main = {name for name, path in modules + packages if "ArgumentParser" in path.read_text()}
    assert with_main - {"install", "settings_table"} == set(COMMANDS)
    assert [name for name in COMMANDS if f"`{name}`" not in readme] == []


def test_a_store_is_created_once(command: Run) -> None:
    name = uuid.uuid4().hex
    assert command("stores", "create", name, "--peers", "opt_out").returncode == 0
    again = command("stores", "create", name)
    assert again.returncode == 1
    assert again.stderr == f"There is a store {name!r} already; choose another name.\n"
    assert name in command("stores", "list").stdout
    assert "off" in command("stores", "peers", name, "off").stdout
    found = find_store(name)
    assert found is not None
    assert found.peer_suggestions == "off"


def test_a_credential_works_until_it_is_revoked(command: Run, store: Store) -> None:
    created = command("credentials", "create", store.name, "lms", "--scope", "statements/write").stdout
    key, secret = (line.split()[1] for line in created.splitlines()[:2])
    assert check_credential(key, secret).scopes == {"statements/write"}
    assert secret not in command("credentials", "list", store.name).stdout
    assert command("credentials", "revoke", key).returncode == 0
    with pytest.raises(UnauthorizedError):
        check_credential(key, secret)
    assert command("credentials", "revoke", key).returncode == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (("credentials", "list", "nowhere"), "There is no store 'nowhere'"),
        (("retrain", "nowhere"), "There is no store 'nowhere'"),
        (("evaluate", "nowhere"), "There is no store 'nowhere'"),
        (("models", "list", "nowhere"), "There is no store 'nowhere'"),
        (("import_statements", "nowhere", "x.ndjson"), "There is no store 'nowhere'"),
        (("retrain",), "Name one store, or give --all-stores."),
        (("evaluate",), "Name a store, or a file with --csv."),
        (("evaluate", "--csv", "x.csv", "--least", "4"), "--rating goes with --least"),
        (("evaluate", "some-store", "--features-item", "id"), "--features-item tells how to read a file"),
        (("quality", "/nowhere"), "There is no folder"),
        (("conformance", "/nowhere"), "is no checked-out suite"),
        (("load_demo", "http://127.0.0.1:1", "k", "s"), "No LRS answers there"),
        (("load_demo", "http://127.0.0.1:1", "k", "s", "--until", "noon"), "'noon' is no date"),
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
        ("LEARNERPRISE_PORT", "abc", "LEARNERPRISE_PORT='abc' is no whole number"),
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


def test_interactions_of_a_csv_become_statements_that_are_imported(
    command: Run, store: Store, tmp_path: Path
) -> None:
    source, target = tmp_path / "takes.csv", tmp_path / "takes.ndjson"
    source.write_text("who,what,when,title\nana,a b,0,Über x\nben,c,2026-01-02T03:04:05Z,\n")
    columns = ("--learner", "who", "--item", "what", "--order", "when", "--title", "title")
    assert command("convert_interactions", str(source), str(target), *columns).returncode == 0
    done = command("import_statements", store.name, str(target))
    assert done.returncode == 0
    assert "Stored     2" in done.stdout
    assert "Duplicates 2" in command("import_statements", store.name, str(target)).stdout


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n", "has no column 'learner'; it has: a, b"),
        ("learner,item,position\nana,,1\n", "Line 2 has no learner or no item"),
        ("learner,item,position\nana,x,soon\n", "Line 2: 'soon' is neither a number nor"),
        ("", "bad.csv is empty"),
    ],
)
def test_a_csv_that_does_not_fit_is_one_sentence(
    command: Run, tmp_path: Path, text: str, sentence: str
) -> None:
    source = tmp_path / "bad.csv"
    source.write_text(text)
    done = command("convert_interactions", str(source), str(tmp_path / "out.ndjson"))
    assert done.returncode == 1
    assert sentence in done.stderr


def test_a_csv_is_evaluated_without_a_database(command: Run, tmp_path: Path) -> None:
    source, plots = tmp_path / "takes.data", tmp_path / "plots"
    takes = [(who, step, (who % 5 + step * (who % 3 + 1)) % 12) for who in range(40) for step in range(9)]
    rows = [f"{who}\t{item}\t{step % 5 + 1}\t{88 * 10**7 + step}" for who, step, item in takes]
    source.write_text("\n".join(rows) + "\n")
    columns = ("--learner", "1", "--item", "2", "--rating", "3", "--least", "2", "--time", "4")
    quick = {"RECOMMENDER_EPOCHS": "2", "RECOMMENDER_DIMENSIONS": "8"}
    done = command("evaluate", "--csv", str(source), *columns, "--plots", str(plots), "--json", **quick)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {"Learnerprise", "EASE", "LightFM ids"} <= {row["name"] for row in found["rows"]}
    assert set(found["ndcg_differences"]["popularity"]) == {"mean", "low", "high"}
    assert "<svg" in (plots / "ndcg.svg").read_text()


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
    done = command("import_statements", store.name, str(source))
    assert done.returncode == 1
    assert "Stored     1" in done.stdout
    assert "line 2: the JSON text is refused" in done.stdout
    assert Path(f"{source}.rejected.ndjson").exists()
