"""Files below the data folder: lines that name an erased person go, other files are named."""

import gzip
import signal
import subprocess
import sys
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bson import ObjectId

from lrs.locked_files import locked_file
from lrs.privacy.files import erase_in_files
from lrs.privacy.statements import Traces, words_of
from lrs.storage.personal_data import Erasing, Person
from schemas.json_text import dump_json

ADA = "mbox|mailto:ada@acme.example"


@pytest.fixture
def traces():
    person = Person(ObjectId(), None, (ADA, "account|1|x|ada"), ("Ada", "Ada Lovelace", "Zoë Ünal"))
    return Traces(Erasing(person, "erased-1"))


def test_only_words_that_name_nobody_else_are_searched_for():
    person = Person(ObjectId(), None, (ADA, "account|1|x|ada"), ("Ada", "Ada Lovelace"))
    assert words_of(person) == (
        *("Ada Lovelace", "Ada%20Lovelace", "Ada+Lovelace"),
        *("ada@acme.example", "ada%40acme.example"),
    )


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (b'{"id":"https://acme.example/?to=ada%40acme.example&x=1"}', b'{"id":"https://acme.example/?to=erased-1&x=1"}'),
        (b'["?agent=%22mailto%3AAda%40acme.example%22"]', b'["?agent=%22mailto%3Aerased-1%22"]'),
        (b'{"x":{"account":{"homePage":"x","name":"4711"}}}', None),
        (b'{"x":{"account":{"name": "4711", "homePage" :"x"}}}', None),
    ],
)  # fmt: skip
def test_short_accounts_and_addresses_in_links_are_found_and_replaced(text, after):
    traces = Traces(Erasing(Person(ObjectId(), None, (ADA, "account|1|x|4711")), "erased-1"))
    assert traces.may_stand_in(text)
    changed = traces.rewriting.rewrite(text)
    assert changed == after if after else b"erased-1" in changed and b"4711" not in changed


def test_a_short_account_alone_is_found_also_in_a_text_of_json_but_not_at_another_home_page():
    traces = Traces(Erasing(Person(ObjectId(), None, ("account|1|x|4711",)), "erased-1"))
    assert traces.any
    assert traces.may_stand_in(rb'{"text":"{\"account\":{\"homePage\":\"x\",\"name\":\"4711\"}}"}')
    assert not traces.may_stand_in(b'[{"homePage":"x","name":"4712"},{"homePage":"y","name":"4711"}]')


@pytest.mark.parametrize(
    "text",
    ['{"name": "Zo\\u00eb \\u00dcnal"}', '{"name":"Zoë Ünal"}', "ADA LOVELACE", "mailto:ada@acme.example"],
)
def test_words_are_found_however_they_are_written(traces, text):
    assert traces.may_stand_in(text.encode())


def test_lines_go_and_other_files_are_named(tmp_path, traces):
    (tmp_path / "database").mkdir()
    (tmp_path / "database" / "x.ndjson").write_text("ada@acme.example\n")
    source, bad, named = (
        tmp_path / name for name in ("a.ndjson", "a.ndjson.rejected.ndjson", "Ada Lovelace.jsonl")
    )
    source.write_text(
        '{"actor":{"mbox":"mailto:ben@acme.example"}}\n{"actor":{"mbox":"mailto:ada@acme.example"}}\n'
    )
    bad.write_text(
        '{"line":1,"reason":"x","text":"{\\"actor\\":{\\"mbox\\":\\"mailto:ada@acme.example\\"}}"}\n'
    )
    named.write_text("ada@acme.example\n")
    (tmp_path / "ada@acme.example.csv").write_text("Ada Lovelace,1\n")
    (tmp_path / "c.ndjson.gz").write_bytes(gzip.compress(b"Ben\nAda Lovelace\nCleo"))
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(b"Ada Lovelace"))
    (tmp_path / "d.gz").write_bytes(b"damaged")
    found = erase_in_files(tmp_path, traces)
    assert found.lines == 4
    assert found.left == ["erased-1.jsonl", "erased-1.csv", "c.csv.gz", "d.gz (cannot be read)"]
    assert (
        source.read_text() == '{"actor":{"mbox":"mailto:ben@acme.example"}}\n\n'
    )  # lines keep their numbers
    assert bad.read_text() == named.read_text() == "\n"
    assert gzip.decompress((tmp_path / "c.ndjson.gz").read_bytes()) == b"Ben\n\nCleo"
    assert (tmp_path / "database" / "x.ndjson").read_text() == "ada@acme.example\n"


@pytest.mark.parametrize("packed", ["ada@acme.example", "Zo\xeb \xdcnal"], ids=["mail", "name"])
def test_bad_lines_kept_in_base64_are_searched_too(tmp_path, traces, packed):
    line = f'{{"actor":{{"mbox":"x","name":"{packed}"}}}}'
    other = '{"line":2,"reason":"x","text":"y"}\n'
    bad = tmp_path / "a.ndjson.rejected.ndjson"
    row = {"line": 1, "reason": "x", "base64": b64encode(line.encode("latin-1")).decode()}
    bad.write_bytes(dump_json(row) + b"\n" + other.encode())
    assert erase_in_files(tmp_path, traces).lines == 1
    assert bad.read_text() == f"\n{other}"


KILLED = """
import os, signal, sys
from pathlib import Path
from lrs.locked_files import locked_file
from lrs.privacy.files import erase_in_files
from lrs.privacy.statements import Traces
from lrs.storage.personal_data import Erasing, Person

os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)
erase_in_files(Path(sys.argv[1]), Traces(Erasing(Person(None, None, (sys.argv[2],)), "erased-1")))
"""


def test_an_erasure_that_was_killed_while_it_wrote_a_file_loses_no_line_and_leaves_nothing_beside_it(
    tmp_path, traces
):
    source = tmp_path / "a.ndjson"
    source.write_text("Ben\nada@acme.example\nCleo\n")
    line = [sys.executable, "-c", KILLED, str(tmp_path), ADA]
    assert subprocess.run(line, timeout=60).returncode == -signal.SIGKILL
    assert source.read_text() == "Ben\nada@acme.example\nCleo\n"
    assert len(list(tmp_path.iterdir())) == 2
    assert erase_in_files(tmp_path, traces).lines == 1
    assert source.read_text() == "Ben\n\nCleo\n"
    Path(f"{source}.new").write_text("Ben\n")
    assert (erase_in_files(tmp_path, traces).lines, list(tmp_path.iterdir())) == (0, [source])


def test_two_erasures_and_an_import_take_turns_with_a_file(tmp_path, traces):
    bad = tmp_path / "a.ndjson.rejected.ndjson"
    bad.write_text("ada@acme.example\n" * 50)

    def set_aside(number):
        with locked_file(bad, "ab") as rows:
            rows.write(b"%d\n" % number)

    with ThreadPoolExecutor(8) as pool:
        importing = [pool.submit(set_aside, number) for number in range(100)]
        erasing = [pool.submit(erase_in_files, tmp_path, traces) for _ in range(20)]
        assert sum(one.result().lines for one in erasing) == 50
        assert not any(one.result() for one in importing)
    assert sorted(filter(None, bad.read_text().split("\n")), key=int) == [
        str(number) for number in range(100)
    ]
