"""Import of NDJSON: every line stored once, whatever happens in between; bad ones set aside with reasons."""

import base64
import gzip
import json
import uuid

import pytest

from lrs.errors import RequestRefusedError
from lrs.ingestion.ndjson import ImportCounts, ImportFiles, count_lines, import_statements, rejected_lines
from lrs.storage.statements.read import StatementReads
from schemas.versions import XAPI_1_0_3


class Killed(Exception):
    """The process ends here."""


@pytest.fixture
def write(tmp_path):
    """Write lines (Statements or raw text) to a file and name the files of its import."""

    def make(lines, name="in.ndjson"):
        texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        path = tmp_path / name
        path.write_bytes(b"\n".join(texts))
        return ImportFiles.beside(path)

    return make


@pytest.fixture
def run(service, credential):
    """Import files; `killed_after` ends it after so many batches, as a kill would."""

    def start(files, killed_after=None):
        told = []

        def tell(counts):
            told.append(counts)
            if len(told) == killed_after:
                raise Killed

        return import_statements(service, credential, XAPI_1_0_3, files, tell)

    return start


@pytest.fixture
def stored(database, store):
    return lambda: database.collection("statements", store.id).count({})


@pytest.fixture
def few_at_once(monkeypatch):
    monkeypatch.setattr("lrs.ingestion.ndjson.LINES_AT_ONCE", 5)


def read_rejected(files):
    return [json.loads(line) for line in files.rejected.read_text().splitlines()]


def test_every_line_is_stored_and_nothing_left_beside_the_file(write, run, stored, statements):
    files = write(statements(12))
    counts = run(files)
    assert (counts.lines, counts.stored, counts.duplicates, counts.rejected) == (12, 12, 0, 0)
    assert stored() == 12
    assert not files.rejected.exists()
    assert not files.progress.exists()


def test_a_second_import_finds_everything_stored(write, run, stored, statements, make_statement):
    files = write([*statements(3), make_statement(id=None), make_statement(id=None)])
    assert run(files).stored == 5
    again = run(files)
    assert (again.stored, again.duplicates) == (0, 5)
    assert stored() == 5


def test_gzip_and_blank_lines_and_windows_line_ends_are_read(write, run, stored, statements):
    first, second = (json.dumps(statement).encode() for statement in statements(2))
    files = write([first + b"\r", b"", b"  ", second, b""])
    files.source.write_bytes(gzip.compress(files.source.read_bytes()))
    counts = run(files)
    assert (counts.lines, counts.stored, counts.rejected) == (4, 2, 0)
    assert stored() == 2


def test_bad_lines_are_set_aside_with_number_reason_and_text(write, run, stored, make_statement):
    good = make_statement()
    lines = [
        good,
        b"{not json",
        make_statement(verb={"id": "x"}),
        b"\xff\xfe",
        [good],
        {**good, "result": {}},
    ]
    files = write(lines)
    counts = run(files)
    assert (counts.stored, counts.rejected) == (1, 5)
    rows = read_rejected(files)
    assert [row["line"] for row in rows] == [2, 3, 4, 5, 6]
    assert "verb.id" in rows[1]["reason"]
    assert rows[0]["text"] == "{not json"
    assert all(row["reason"] for row in rows)
    assert next(rejected_lines(files.rejected, 1)).startswith("line 2: ")
    assert stored() == 1


@pytest.mark.parametrize("killed_after", [1, 2, 3])
@pytest.mark.usefixtures("few_at_once")
def test_after_a_kill_it_goes_on_where_it_was(write, run, stored, statements, killed_after):
    lines = statements(18)
    lines[1] = lines[7] = lines[16] = b"bad"
    files = write(lines)
    with pytest.raises(Killed):
        run(files, killed_after)
    counts = run(files)
    assert (counts.lines, counts.stored, counts.duplicates, counts.rejected) == (18, 15, 0, 3)
    assert [row["line"] for row in read_rejected(files)] == [2, 8, 17]
    assert stored() == 15


@pytest.mark.usefixtures("few_at_once")
def test_what_was_stored_but_not_noted_before_a_kill_is_a_duplicate(write, run, stored, statements):
    lines = statements(12)
    lines[2] = lines[11] = b"bad"
    files = write(lines)
    with pytest.raises(Killed):
        run(files, 1)
    noted = files.progress.read_bytes()
    with pytest.raises(Killed):
        run(files, 1)
    files.progress.write_bytes(noted)
    files.rejected.write_bytes(files.rejected.read_bytes() + b'{"line": 9, "half')
    for _ in range(2):
        with pytest.raises(Killed):
            run(files, 1)
    counts = run(files)
    assert (counts.stored, counts.duplicates, counts.rejected) == (5, 5, 2)
    assert [row["line"] for row in read_rejected(files)] == [3, 12]
    assert stored() == 10


def test_the_same_id_with_other_content_is_rejected_and_with_equal_a_duplicate(write, run, make_statement):
    first = make_statement()
    other = {**first, "verb": {"id": "https://example.org/verbs/other"}}
    files = write([first, first, other])
    counts = run(files)
    assert (counts.stored, counts.duplicates, counts.rejected) == (1, 1, 1)
    assert first["id"] in read_rejected(files)[0]["reason"]
    files = write([other], "second.ndjson")
    assert run(files).rejected == 1
    assert "stored already" in read_rejected(files)[0]["reason"]


def test_two_equal_lines_without_id_are_two_statements(write, run, stored, make_statement):
    line = make_statement(id=None)
    assert run(write([line, line])).stored == 2
    assert stored() == 2


def test_a_statement_too_large_is_set_aside(write, run, make_statement, service):
    large = make_statement(result={"response": "x" * service.settings.max_statement_bytes})
    files = write([large])
    assert run(files).rejected == 1
    assert "bytes" in read_rejected(files)[0]["reason"]


def test_a_statement_that_names_too_many_is_set_aside(write, run, make_statement, make_group):
    files = write([make_statement(actor=make_group(2_600)), make_statement()])
    assert run(files).rejected == 1
    assert "the limit is 5000" in read_rejected(files)[0]["reason"]


def test_an_empty_file_is_no_trouble(write, run):
    assert run(write([])) == ImportCounts()


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()], ids=["missing", "folder"])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path, run, make):
    path = tmp_path / "nothing"
    make(path)
    with pytest.raises(RequestRefusedError, match="cannot be read"):
        run(ImportFiles.beside(path))


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: data[:30] + b"\0" * 30 + data[60:]]
)
def test_a_damaged_gzip_is_one_sentence_and_can_be_resumed(write, run, statements, damage):
    files = write(statements(50))
    whole = gzip.compress(files.source.read_bytes())
    files.source.write_bytes(damage(whole))
    with pytest.raises(RequestRefusedError, match="damaged"):
        run(files)
    files.source.write_bytes(whole)
    counts = run(files)
    assert counts.stored + counts.duplicates == 50


@pytest.mark.parametrize("text", [b"{", b"[]", b'{"lines": "x", "y": 1}', b""])
def test_a_progress_file_that_is_none_is_told(write, run, statements, text):
    files = write(statements(1))
    files.progress.write_bytes(text)
    with pytest.raises(RequestRefusedError, match="not a progress file"):
        run(files)


def test_a_stable_id_depends_on_the_line_and_its_text(write, run, database, store, make_statement):
    files = write([make_statement(id=None)])
    run(files)
    [row] = database.collection("statements", store.id).find({})
    assert uuid.UUID(bytes=bytes(row["_id"])[12:]).version == 5


def test_a_file_that_changed_is_imported_from_its_first_line(write, run, statements):
    with pytest.raises(Killed):
        run(write(statements(1200)), killed_after=1)
    others = statements(700)
    assert run(write(others)).stored == 700


def test_large_lines_are_stored_in_batches_that_one_transaction_holds(write, run, statements):
    large = [{**item, "result": {"response": "x" * 400_000}} for item in statements(60)]
    assert run(write(large)).stored == 60


def test_a_byte_order_mark_is_no_part_of_the_first_line(write, run, statements):
    files = write([b"\xef\xbb\xbf" + json.dumps(statements(1)[0]).encode()])
    assert (run(files).stored, run(files).duplicates) == (1, 1)


def test_a_place_for_bad_lines_that_cannot_be_used_is_one_sentence(write, run, statements, tmp_path):
    files = write(statements(1))
    nowhere = ImportFiles(files.source, tmp_path / "no" / "such" / "folder", files.progress)
    with pytest.raises(RequestRefusedError, match="cannot be used for bad lines"):
        run(nowhere)


def test_what_was_stored_but_not_linked_is_linked_by_the_next_run(
    service, credential, database, store, write, run, make_statement, make_void, monkeypatch
):
    target = make_statement()
    void = json.dumps(make_void(target["id"])).encode()
    service.writer.store_statements(void, credential, XAPI_1_0_3)
    files = write([target])
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("lrs.storage.statements.linking.link_references", _die)
        run(files)
    assert run(files).duplicates == 1
    reads = StatementReads(database, store.id)
    assert reads.find_statement(target["id"], voided=True, credential=None)


def _die(*_):
    raise Killed


def pretty(statements):
    return json.dumps(statements, indent=2).encode()


def one_after_another(statements):
    return b"\n".join(json.dumps(statement, indent=2).encode() for statement in statements)


def statement_result(statements):
    return json.dumps({"statements": statements, "more": "/xapi/statements?more=x"}).encode()


def wrapped(statements):
    return b"\n".join(json.dumps({"_id": {"$oid": "5f"}, "statement": one}).encode() for one in statements)


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
@pytest.mark.parametrize("form", [json.dumps, pretty, one_after_another, statement_result, wrapped])
@pytest.mark.usefixtures("few_at_once")
def test_other_forms_than_one_a_line_are_read(write, run, lrs, statements, form, packed):
    batch = statements(12)
    files = write([])
    text = form(batch)
    files.source.write_bytes(packed(text.encode() if isinstance(text, str) else text))
    counts = run(files)
    assert (counts.lines, counts.stored, counts.rejected) == (12, 12, 0)
    assert sorted(lrs.ids()) == sorted(item["id"] for item in batch)
    assert run(files).duplicates == 12


def test_a_bad_value_of_an_array_is_set_aside_alone_with_its_bytes(write, run, statements):
    good, other = (json.dumps(item).encode() for item in statements(2))
    bad = b'{"id": "x",\n "latin": "\xe9"}'
    files = write([b"[" + good + b",\n" + bad + b", 7, " + other + b"]"])
    counts = run(files)
    assert (counts.stored, counts.rejected) == (2, 2)
    first, second = read_rejected(files)
    assert (first["value"], base64.b64decode(first["base64"])) == (2, bad)
    assert (second["value"], second["text"]) == (3, "7")
    assert next(rejected_lines(files.rejected, 1)).startswith("value 2: ")


def test_bytes_of_a_bad_line_that_are_no_text_are_kept(write, run, make_statement):
    files = write([make_statement(), b'{"name": "\xe9\xff\\x41"}'])
    run(files)
    [row] = read_rejected(files)
    assert (row["line"], base64.b64decode(row["base64"])) == (2, b'{"name": "\xe9\xff\\x41"}')


@pytest.mark.parametrize("killed_after", [1, 3])
@pytest.mark.usefixtures("few_at_once")
def test_an_array_goes_on_after_a_kill_where_it_was(write, run, stored, statements, killed_after):
    files = write([json.dumps([*statements(7), 1, *statements(7)]).encode()])
    with pytest.raises(Killed):
        run(files, killed_after)
    counts = run(files)
    assert (counts.stored, counts.rejected, stored()) == (14, 1, 14)
    assert [row["value"] for row in read_rejected(files)] == [8]


def test_an_array_cut_off_is_told_and_what_came_before_is_stored(write, run, stored, statements):
    files = write([json.dumps(statements(3)).encode()[:-1]])
    with pytest.raises(RequestRefusedError, match="ends in the middle"):
        run(files)
    assert stored() == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [(b"", 0), (b"{}", 1), (b"{}\n", 1), (b"{}\n\n{}", 3), (b"[{},\n{}]", None), (b"{\n}\n{\n}", None)],
)
@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_lines_are_counted_where_there_are_any(tmp_path, text, expected, packed):
    path = tmp_path / "in"
    path.write_bytes(packed(text))
    assert count_lines(path) == expected


def test_lines_of_what_cannot_be_read_are_not_counted(tmp_path):
    assert count_lines(tmp_path / "nothing") is None
    (tmp_path / "cut").write_bytes(gzip.compress(b"{}\n" * 1000)[:-5])
    assert count_lines(tmp_path / "cut") is None
