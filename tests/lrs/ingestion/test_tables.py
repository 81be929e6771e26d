from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from lrs.errors import RequestRefusedError
from lrs.ingestion.tables import find_delimiter, open_table

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file."""

    def make(content: str | bytes, name: str = "rows.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["a,b,c", "1,2,3"], ","),
        (["a\tb", "1,5\t2"], "\t"),
        (["a;b;c", "1,5;2;3,5"], ";"),
        (["1::1193::5::978300760", "1::661::3::978302109"], "::"),
        (["1|Toy Story (1995)|x", "2|GoldenEye (1995)|y"], "|"),
        (['1,"Comedy, drama",a|b', "2,Toy Story,a|b|c"], ","),
        (["alone"], ","),
    ],
)
def test_the_delimiter_is_found(lines: list[str], delimiter: str) -> None:
    assert find_delimiter(lines) == delimiter


def test_rows_come_with_their_lines(write: Write) -> None:
    table = open_table(write("learner,item\nu,a\n\nv,b\n"))
    assert table.header == ("learner", "item")
    assert list(table.rows()) == [(2, ["u", "a"]), (4, ["v", "b"])]
    assert table.column("item") == 1


def test_columns_by_number_need_no_header(write: Write) -> None:
    table = open_table(write("196\t242\t3\n186\t302\t3\n"), ["1", "2"])
    assert table.header == ()
    assert table.column("2") == 1
    assert len(list(table.rows())) == 2


def test_a_packed_file_is_unpacked_whatever_its_name(write: Write) -> None:
    table = open_table(write(gzip.compress(b"learner,item\nu,a\n"), "rows.data"))
    assert list(table.rows()) == [(2, ["u", "a"])]


def test_a_byte_order_mark_is_no_part_of_the_first_name(write: Write) -> None:
    assert open_table(write(b"\xef\xbb\xbflearner,item\nu,a\n")).header == ("learner", "item")


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file_is_refused(write: Write, content: str) -> None:
    with pytest.raises(RequestRefusedError, match=r"rows\.csv is empty"):
        open_table(write(content))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestRefusedError, match="cannot be read"):
        open_table(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("column", ["user", "3", "0"])
def test_a_missing_column_is_named_with_those_there_are(write: Write, column: str) -> None:
    table = open_table(write("learner,item\nu,a\n"))
    with pytest.raises(RequestRefusedError, match=f"no column '{column}'; it has: learner, item"):
        table.column(column)


def test_a_short_line_is_named(write: Write) -> None:
    with pytest.raises(RequestRefusedError, match="line 3: 1 of 2 columns"):
        list(open_table(write("learner,item\nu,a\nv\n")).rows())


def test_a_broken_gzip_file_is_told(write: Write) -> None:
    packed = gzip.compress(b"learner,item\n" + b"".join(b"u%d,a%d\n" % (n, n * n) for n in range(20_000)))
    with pytest.raises(RequestRefusedError, match="is broken after line"):
        list(open_table(write(packed[: len(packed) // 2], "rows.csv.gz")).rows())


def test_an_unknown_encoding_of_the_text_is_told(write: Write) -> None:
    with pytest.raises(RequestRefusedError, match="is not utf-8"):
        list(open_table(write("learner,item\nu,é\n".encode("latin-1"))).rows())
    table = open_table(write("learner,item\nu,é\n".encode("latin-1")), encoding="latin-1")
    assert list(table.rows()) == [(2, ["u", "é"])]


@pytest.mark.parametrize("encoding", ["klingon", "hex"])
def test_an_encoding_that_does_not_exist_is_refused(write: Write, encoding: str) -> None:
    with pytest.raises(RequestRefusedError, match=f"no encoding '{encoding}'"):
        open_table(write("learner,item\nu,a\n"), encoding=encoding)


@pytest.mark.parametrize("last", ['v,"b\nw,c\nx,d\n', 'v,"b\nw,"c"\n'])
def test_a_quote_that_never_closes_is_told_with_its_line(write: Write, last: str) -> None:
    with pytest.raises(RequestRefusedError, match=r"after line 2: .* close the quotes of line 3"):
        list(open_table(write("learner,item\nu,a\n" + last)).rows())


def test_a_cell_may_go_on_beyond_the_lines_that_are_looked_at_first(write: Write) -> None:
    text = "line\n" * 30
    assert list(open_table(write(f'learner,item\nu,"{text}"\n')).rows()) == [(32, ["u", text])]


@pytest.mark.parametrize("content", ["a" * 140_000 + ",item\nu,a\n", "learner,item\nu," + "a" * 140_000])
def test_a_cell_that_is_too_long_is_told(write: Write, content: str) -> None:
    with pytest.raises(RequestRefusedError, match=r"cannot be read .*field larger"):
        list(open_table(write(content)).rows())


def test_a_cell_that_never_ends_is_told(write: Write) -> None:
    with pytest.raises(RequestRefusedError, match="cannot be read after line"):
        list(open_table(write('learner,item\nu,"' + "a\n" * 200_000)).rows())
