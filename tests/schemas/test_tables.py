from __future__ import annotations

import pytest

from schemas.errors import InvalidInputError
from schemas.tables import MOST_LINES, Row, read_table, write_rows, write_table
from schemas.values import ByLanguage, Flag, Number, Several, Text, Whole


class ThingRow(Row):
    key = "id"
    id = Text(required=True)
    title = ByLanguage(100, 9)
    tags = Several(Text(), 3)
    level = Whole(1, 3)
    share = Number(0, 1)
    open = Flag()


THINGS = ThingRow()


def _values(text: str) -> list[dict[str, object]]:
    return [line.values for line in read_table(text.encode(), THINGS)]


def test_cells_become_values_and_empty_ones_are_left_out() -> None:
    text = "id,title_en,title_pt-BR,tags,level,share,open\na,A,,x | y,2,0.5,yes\nb,,,,,,\n"
    assert _values(text) == [
        {"id": "a", "title": {"en": "A"}, "tags": ["x", "y"], "level": 2, "share": 0.5, "open": True},
        {"id": "b"},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffid;level\r\na;2\r\n",
        "id,level\na,2",
        "\nid,level\n\n a , 2 \n\n",
        'level,id\n"2","a"\n',
        "Id,LEVEL\na,2\n",
    ],
)
def test_tables_may_be_written_in_many_ways(text: str) -> None:
    assert _values(text) == [{"id": "a", "level": 2}]


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("title_en", "en"),
        ("TITLE_EN", "en"),
        ("TITLE_PT-BR", "pt-BR"),
        ("TITLE_ZH-HANT", "zh-Hant"),
        ("title_PT", "PT"),
    ],
)
def test_tags_in_a_line_of_capitals_are_written_as_usual(header: str, tag: str) -> None:
    assert _values(f"id,{header}\na,A\n") == [{"id": "a", "title": {tag: "A"}}]


def test_lines_are_numbered_as_an_editor_does() -> None:
    lines = read_table(b'id,title_en\na,"two\nlines"\n\nb,B\n', THINGS)
    assert [line.number for line in lines] == [2, 5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,level\na,2.5\n", "line 2, level"),
        ("id,level\na,9\n", "from 1 to 3"),
        ("id,tags\na,1|2|3|4\n", "at most 3"),
        ("id,share\na,1e9\n", "number from 0 to 1"),
        ("id,open\na,perhaps\n", "true or false"),
        ("id,title_e n\na,A\n", "language tag"),
        ("id,title\na,A\n", "title_<language>"),
        ("id,id\na,b\n", "there twice"),
        ("id,title_en,Title_en\na,b,c\n", "'Title_en' is there twice"),
        ("id,title_en,title_EN\na,b,c\n", "'title_EN' is there twice"),
        (f"id,title_en\na,{'x' * 140_000}\n", "up to 131072 characters"),
        ("level\n2\n", "'id' is missing"),
        ("id\na\na\n", "in line 2 already"),
        ('id,title_en\na,"open\n', "cannot be read"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        _values(text)


def test_all_that_is_wrong_is_told_at_once_the_first_ten() -> None:
    text = "id,level\n" + "".join(f"n{number},x\n" for number in range(30))
    with pytest.raises(InvalidInputError, match=r"30 wrong values.*and 20 more"):
        _values(text)


def test_too_many_lines_are_refused() -> None:
    text = "id\n" + "\n".join(map(str, range(MOST_LINES + 1)))
    with pytest.raises(InvalidInputError, match=f"more than {MOST_LINES} lines"):
        _values(text)


def test_a_required_cell_that_is_empty_is_told() -> None:
    with pytest.raises(InvalidInputError, match="line 2, id: is empty; fill it or drop the line"):
        _values("id,level\n,2\n")


def test_rows_are_written_the_key_first_and_read_again() -> None:
    rows = [
        {"level": 2, "id": "a", "title": {"en": "A", "de": "E"}, "tags": ["x", "y"], "open": False},
        {"id": "b", "share": 0.5},
    ]
    written = write_rows(THINGS, rows).decode()
    assert written.splitlines()[0] == "id,title_de,title_en,tags,level,share,open"
    assert _values(written) == rows


def test_a_written_table_is_read_again() -> None:
    written = write_table(("id", "title_en"), [("a", 'quo"te, and comma'), ("b", "two\nlines")])
    assert _values(written.decode()) == [
        {"id": "a", "title": {"en": 'quo"te, and comma'}},
        {"id": "b", "title": {"en": "two\nlines"}},
    ]
