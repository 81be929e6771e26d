from __future__ import annotations

import pytest

from schemas import checks
from schemas.errors import InvalidInputError
from schemas.tables import (
    MOST_LINES,
    Column,
    cut_list,
    decimal_number,
    read_table,
    whole_number,
    write_table,
    yes_or_no,
)

COLUMNS = {
    "key": Column(checks.text()),
    "title": Column(checks.mapping(checks.language_tag, checks.text(), 9), languages=True),
    "tags": Column(checks.many(checks.text(), 3), cut_list),
    "level": Column(checks.whole(1, 3), whole_number),
    "share": Column(checks.number(0, 1), decimal_number),
    "open": Column(checks.boolean, yes_or_no),
}


def _values(text: str) -> list[dict[str, object]]:
    return [line.values for line in read_table(text.encode(), COLUMNS, "key")]


def test_cells_become_values_and_empty_ones_are_left_out() -> None:
    text = "key,title_en,title_pt-BR,tags,level,share,open\na,A,,x | y,2,0.5,yes\nb,,,,,,\n"
    assert _values(text) == [
        {"key": "a", "title": {"en": "A"}, "tags": ["x", "y"], "level": 2, "share": 0.5, "open": True},
        {"key": "b"},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffkey;level\r\na;2\r\n",
        "key,level\na,2",
        "\nkey,level\n\n a , 2 \n\n",
        'level,key\n"2","a"\n',
        "Key,LEVEL\na,2\n",
    ],
)
def test_tables_may_be_written_in_many_ways(text: str) -> None:
    assert _values(text) == [{"key": "a", "level": 2}]


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
    assert _values(f"key,{header}\na,A\n") == [{"key": "a", "title": {tag: "A"}}]


def test_lines_are_numbered_as_an_editor_does() -> None:
    lines = read_table(b'key,title_en\na,"two\nlines"\n\nb,B\n', COLUMNS, "key")
    assert [line.number for line in lines] == [2, 5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("key,level\na,2.5\n", "line 2, level"),
        ("key,level\na,9\n", "from 1 to 3"),
        ("key,tags\na,1|2|3|4\n", "at most 3"),
        ("key,share\na,1e9\n", "number from 0 to 1"),
        ("key,open\na,perhaps\n", "true or false"),
        ("key,title_e n\na,A\n", "language tag"),
        ("key,title\na,A\n", "title_<language>"),
        ("key,key\na,b\n", "there twice"),
        ("key,title_en,Title_en\na,b,c\n", "'Title_en' is there twice"),
        ("key,title_en,title_EN\na,b,c\n", "'title_EN' is there twice"),
        (f"key,title_en\na,{'x' * 140_000}\n", "up to 131072 characters"),
        ("level\n2\n", "'key' is missing"),
        ("key\na\na\n", "in line 2 already"),
        ('key,title_en\na,"open\n', "cannot be read"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        _values(text)


def test_all_that_is_wrong_is_told_at_once_the_first_ten() -> None:
    text = "key,level\n" + "".join(f"n{number},x\n" for number in range(30))
    with pytest.raises(InvalidInputError, match=r"30 wrong values.*and 20 more"):
        _values(text)


def test_too_many_lines_are_refused() -> None:
    text = "key\n" + "\n".join(map(str, range(MOST_LINES + 1)))
    with pytest.raises(InvalidInputError, match=f"more than {MOST_LINES} lines"):
        _values(text)


def test_a_written_table_is_read_again() -> None:
    written = write_table(("key", "title_en"), [("a", 'quo"te, and comma'), ("b", "two\nlines")])
    assert _values(written.decode()) == [
        {"key": "a", "title": {"en": 'quo"te, and comma'}},
        {"key": "b", "title": {"en": "two\nlines"}},
    ]
