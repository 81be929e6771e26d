"""Files below the data folder: lines that name an erased person go, other files are named."""

import gzip

import pytest
from bson import ObjectId

from lrs.privacy.files import erase_in_files
from lrs.privacy.statements import Traces, words_of
from lrs.storage.personal_data import Erasing, Person

ADA = "mbox|mailto:ada@acme.example"


@pytest.fixture
def traces():
    person = Person(ObjectId(), None, (ADA, "account|1|x|ada"), ("Ada", "Ada Lovelace", "Zoë Ünal"))
    return Traces(Erasing(person, "erased-1"))


def test_only_words_that_name_nobody_else_are_searched_for():
    person = Person(ObjectId(), None, (ADA, "account|1|x|ada"), ("Ada", "Ada Lovelace"))
    assert words_of(person) == ("Ada Lovelace", "ada@acme.example")


@pytest.mark.parametrize(
    "text",
    ['{"name": "Zo\\u00eb \\u00dcnal"}', '{"name":"Zoë Ünal"}', "ADA LOVELACE", "mailto:ada@acme.example"],
)
def test_words_are_found_however_they_are_written(traces, text):
    assert traces.may_stand_in(text.encode())


def test_lines_go_and_other_files_are_named(tmp_path, traces):
    (tmp_path / "database").mkdir()
    (tmp_path / "database" / "x.ndjson").write_text("ada@acme.example\n")
    source, bad, busy = (tmp_path / name for name in ("a.ndjson", "a.ndjson.rejected.ndjson", "b.ndjson"))
    source.write_text(
        '{"actor":{"mbox":"mailto:ben@acme.example"}}\n{"actor":{"mbox":"mailto:ada@acme.example"}}\n'
    )
    bad.write_text(
        '{"line":1,"reason":"x","text":"{\\"actor\\":{\\"mbox\\":\\"mailto:ada@acme.example\\"}}"}\n'
    )
    busy.write_text("ada@acme.example\n")
    (tmp_path / "b.ndjson.progress").write_text("{}")
    (tmp_path / "ada@acme.example.csv").write_text("Ada Lovelace,1\n")
    with gzip.open(tmp_path / "c.ndjson.gz", "wb") as packed:
        packed.write(b"Ada Lovelace")
    (tmp_path / "d.gz").write_bytes(b"damaged")
    found = erase_in_files(tmp_path, traces)
    assert found.lines == 2
    assert found.left == ["erased-1.csv", "b.ndjson", "c.ndjson.gz", "d.gz (cannot be read)"]
    assert source.read_text() == '{"actor":{"mbox":"mailto:ben@acme.example"}}\n'
    assert bad.read_text() == ""
    assert (tmp_path / "database" / "x.ndjson").read_text() == "ada@acme.example\n"
