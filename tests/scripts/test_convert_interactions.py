"""From a file of interactions to a served list; what the conversion says, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from lrs.auth.stores import Store

Run = Callable[..., subprocess.CompletedProcess[str]]
COLUMNS = ("--learner", "1", "--item", "2", "--rating", "3", "--min-rating", "4", "--time", "4")


def test_interactions_of_a_csv_become_statements_that_are_imported(
    command: Run, store: Store, tmp_path: Path
) -> None:
    source, target = tmp_path / "takes.csv", tmp_path / "takes.ndjson"
    source.write_text("who,what,when,title\nana,a b,2026-01-01,Über x\nben,c,2026-01-02T03:04:05Z,\n")
    columns = ("--learner", "who", "--item", "what", "--time", "when", "--title", "title")
    converted = command("convert-interactions", str(source), str(target), *columns)
    assert converted.stdout.splitlines() == [
        "Read 2 rows of takes.csv; none was left out.",
        f"Wrote 2 Statements of 2 learners and 2 items, from 2026-01-01 to 2026-01-02, to {target}.",
        f"Next: learnerprise import STORE {target}",
    ]
    named = [
        json.loads(line)["object"]["definition"]["name"]["und"] for line in target.read_text().splitlines()
    ]
    assert named == ["Über x", "c"]
    done = command("import", store.name, str(target))
    assert done.returncode == 0
    assert "Stored     2" in done.stdout
    again = json.loads(command("import", store.name, str(target), "--json").stdout)
    assert again == {"lines": 2, "stored": 0, "duplicates": 2, "rejected": 0, "rejected_file": None}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n", "name the column for --learner; it has: a, b"),
        ("learner,item,position\nana,,1\n", "bad.csv, line 2, column item: the item is empty"),
        ("learner,item,position\nana,x,soon\n", "bad.csv, line 2, column position: 'soon' is not a number"),
        ("learner,item,time\nana,x,soon\n", "bad.csv, line 2, column time: 'soon' is not an ISO 8601 time"),
        ("learner,item,position\n", "bad.csv has no row that counts"),
        ("learner,item,time\nana,x,1\nben,x,-9e10\n", "bad.csv, line 3, column time: the time is in none of"),
        ('learner,item,position\nana,x,1\n"ben,x,2\n', "cannot be read after line 2: "),
        ("", "bad.csv is empty"),
    ],
)
def test_a_csv_that_does_not_fit_is_one_sentence(
    command: Run, tmp_path: Path, text: str, sentence: str
) -> None:
    source = tmp_path / "bad.csv"
    source.write_text(text)
    done = command("convert-interactions", str(source), str(tmp_path / "out.ndjson"))
    assert done.returncode == 1
    assert sentence in done.stderr
    assert not (tmp_path / "out.ndjson").exists()


def test_positions_become_days_in_their_order_and_never_centuries(command: Run, tmp_path: Path) -> None:
    source, target = tmp_path / "takes.csv", tmp_path / "takes.ndjson"
    source.write_text("learner,item,position\nana,a,7\nana,b,90000\nben,a,3\n")
    command("convert-interactions", str(source), str(target), "--json")
    days = [json.loads(line)["timestamp"][:10] for line in target.read_text().splitlines()]
    assert days == ["2024-01-02", "2024-01-03", "2024-01-01"]
    source.write_text("learner,item,position\n" + "".join(f"ana,i{n},{n}\n" for n in range(5000)))
    command("convert-interactions", str(source), str(target), "--json")
    assert json.loads(target.read_text().splitlines()[-1])["timestamp"] < "2026"


def test_positions_that_lead_beyond_the_calendar_are_refused(command: Run, tmp_path: Path) -> None:
    source, target = tmp_path / "takes.csv", tmp_path / "takes.ndjson"
    source.write_text("learner,item,position\nana,a,1\nana,b,2\n")
    done = command("convert-interactions", str(source), str(target), "--start", "9999-12-31T12:00:00Z")
    assert "choose an earlier --start" in done.stderr
    assert not target.exists()


def test_movielens_goes_from_its_file_to_a_served_list_in_five_commands(
    command: Run, server_url: str, tmp_path: Path
) -> None:
    """The commands of docs/evaluation.md, on a file of the same shape."""
    ratings, films, target = tmp_path / "u.data", tmp_path / "u.item", tmp_path / "films.ndjson"
    rows = [
        f"{who}\t{(who % 3) * 8 + step % 8}\t{3 + (who + step) % 3}\t{881250949 + 60 * step + who}"
        for who in range(1, 41)
        for step in range(12)
    ]
    ratings.write_text("\n".join(rows) + "\n")
    films.write_text("".join(f"{n}|\xc9t\xe9 {n} (1995)|01-Jan-1995||x|1|0\n" for n in range(24)), "latin-1")
    name = uuid.uuid4().hex

    more = ("--titles", str(films), "--encoding", "latin-1")
    converted = command("convert-interactions", str(ratings), str(target), *COLUMNS, *more)
    created = command("stores", "create", name, "--credential", "me", "--json")
    imported = command("import", name, str(target))
    trained = command("retrain", name)
    key, secret = (json.loads(created.stdout)[part] for part in ("key", "secret"))
    agent = {"account": {"homePage": "https://interactions.example", "name": "7"}}
    served = requests.get(
        f"{server_url}/recommendations/nuggets",
        params={"agent": json.dumps(agent), "limit": "5"},
        auth=(key, secret),
        timeout=60,
    )

    assert converted.stdout.startswith(
        "Read 480 rows of u.data; 160 were left out, because their rating is below 4.\n"
        "Wrote 320 Statements of 40 learners and 20 items, from 1997-12-04 to 1997-12-04, to "
    )
    assert "Stored     320" in imported.stdout
    assert "Model version 1: " in trained.stdout, trained.stderr
    assert served.status_code == 200
    shown = [one["activity"]["definition"]["name"]["und"] for one in served.json()["recommendations"]]
    assert len(shown) == 5
    assert all(title.startswith("Été ") for title in shown)


def test_a_file_of_titles_needs_two_columns(command: Run, tmp_path: Path) -> None:
    source, titles = tmp_path / "takes.csv", tmp_path / "titles.csv"
    source.write_text("learner,item,time\nana,a,1\n")
    titles.write_text("a\nb\n")
    done = command("convert-interactions", str(source), str(tmp_path / "x.ndjson"), "--titles", str(titles))
    assert (done.returncode, "titles.csv has one column" in done.stderr) == (1, True)
