"""Rows of a vocabulary are judged by one schema each."""

from __future__ import annotations

import pytest

from schemas.errors import InvalidInputError
from schemas.meanings import TYPE_ROW, VERB_ROW
from schemas.tables import read_table

VERB = "iri,canonical,class,strength,positive,least_score,peer_edge\n"


def test_a_verb_is_read() -> None:
    [line] = read_table(f"{VERB}https://a.b/read,read,informal,-2,yes,0.5,\n".encode(), VERB_ROW)
    assert line.values == {
        "iri": "https://a.b/read",
        "canonical": "read",
        "class": "informal",
        "strength": -2,
        "positive": "yes",
        "least_score": 0.5,
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("https://a.b/read,read,informal,,,,", "line 2, strength: is empty; fill it"),
        ("https://a.b/read,read,casual,1,,,", 'line 2, class: "casual" is refused'),
        (
            "https://a.b/read,read,informal,6,,,",
            "line 2, strength: 6 is refused: must be a whole number from -5 to 5",
        ),
        ("https://a.b/read,read,informal,1,,2,", "line 2, least_score: 2.0 is refused"),
        ("read,read,informal,1,,,", "line 2, iri:"),
    ],
)
def test_another_verb_is_refused_with_its_line(row: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_table(f"{VERB}{row}\n".encode(), VERB_ROW)
    assert said in caught.value.message


def test_all_that_is_empty_in_an_activity_type_is_told_at_once() -> None:
    with pytest.raises(InvalidInputError, match="3 wrong values") as caught:
        read_table(b"iri,name,class,nugget\nhttps://a.b/x,,,\n", TYPE_ROW)
    assert "line 2, nugget: is empty" in caught.value.message
