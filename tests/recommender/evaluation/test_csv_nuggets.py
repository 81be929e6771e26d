from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lrs.errors import RequestRefusedError
from recommender.evaluation.csv_nuggets import read_nuggets

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of features."""

    def make(text: str) -> Path:
        path = tmp_path / "features.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return make


def test_one_row_a_feature(write: Write) -> None:
    found = read_nuggets(write("course,relation,value\nC1,concept,Trees\nC1,language,ca\nC1,title,Arbres\n"))
    assert found["C1"].skills == ("concept:trees",)
    assert found["C1"].language == "ca"
    assert found["C1"].titles == {"ca": "Arbres"}


def test_one_row_an_item(write: Write) -> None:
    found = read_nuggets(
        write("movieId,title,genres,modality\n1,Toy Story,Animation|Comedy,formal\n2,Heat,,\n")
    )
    assert found["1"].skills == ("genres:animation", "genres:comedy")
    assert found["1"].title() == "Toy Story"
    assert found["1"].modality == "formal"
    assert found["2"].skills == ()


def test_an_unknown_modality_counts_as_unsaid(write: Write) -> None:
    assert read_nuggets(write("item,modality\na,sideways\n"))["a"].modality == ""


def test_the_column_of_the_item_can_be_named(write: Write) -> None:
    assert set(read_nuggets(write("what,skill\na,sql\n"), "what")) == {"a"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("what,skill\na,sql\n", "name the column of the item; it has: what, skill"),
        ("item,skill\n,sql\n", "line 2: the item is empty"),
    ],
)
def test_what_does_not_fit_is_named(write: Write, text: str, message: str) -> None:
    with pytest.raises(RequestRefusedError, match=message):
        read_nuggets(write(text))
