from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lrs.errors import RequestRefusedError
from recommender.errors import TooLittleDataError
from recommender.evaluation.csv_interactions import read_csv
from recommender.evaluation.csv_rows import CsvColumns, read_rows

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file."""

    def make(text: str, name: str = "rows.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return make


def test_interactions_are_grouped_and_in_order(write: Write) -> None:
    found = read_csv(write("user_id,course,position\nv,a,1\nu,b,2\nu,a,10\nv,c,0\n"))
    assert (found.users, found.items) == (("u", "v"), ("a", "b", "c"))
    assert found.user_of.tolist() == [0, 0, 1, 1]
    assert found.item_of.tolist() == [1, 0, 2, 0]
    assert not found.has_times


def test_ratings_without_a_header_as_movielens_has_them(write: Write) -> None:
    text = "196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n196\t302\t5\t881250950\n"
    columns = CsvColumns(learner="1", item="2", rating="3", time="4", min_rating=3)
    found = read_csv(write(text, "u.data"), columns)
    assert (found.users, found.items) == (("186", "196"), ("242", "302"))
    assert found.at.tolist() == [891717742000000, 881250949000000, 881250950000000]
    assert found.has_times


def test_a_header_is_left_out_also_where_columns_are_numbers(write: Write) -> None:
    text = "userId,movieId,rating,timestamp\n1,10,4.0,964982703\n2,11,4.0,964981247\n"
    found = read_csv(write(text), CsvColumns(learner="1", item="2", rating="3", time="4", min_rating=4))
    assert found.users == ("1", "2")


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("2026-01-02T03:04:05Z", 1767323045000000),
        ("2026-01-02 03:04:05", 1767323045000000),
        ("2026-01-02T05:04:05+02:00", 1767323045000000),
        ("2026-01-02", 1767312000000000),
        ("1767323045", 1767323045000000),
        ("1767323045000", 1767323045000000),
        ("1767323045000000", 1767323045000000),
        ("1767323045000000000", 1767323045000000),
    ],
)
def test_times_are_read_as_files_have_them(write: Write, text: str, us: int) -> None:
    found = read_csv(write(f"learner,item,time\nu,a,{text}\nv,b,{text}\n"))
    assert found.at.tolist() == [us, us]


def test_the_first_time_counts_of_what_a_learner_took_twice(write: Write) -> None:
    found = read_csv(write("learner,item,time\nu,a,3\nu,a,1\nu,b,2\nv,b,5\nv,b,5\n"))
    assert found.item_of.tolist() == [0, 1, 1]


def test_what_the_file_holds_out_is_held_out(write: Write) -> None:
    text = "learner,position,course,held_out\nu,0,a,0\nu,1,b,1\nv,0,b,0\nv,1,a,1\n"
    found = read_csv(write(text))
    split = found.split(found.dataset({}, 15), 0.1, 1)
    assert split.name == "marked"
    assert split.held_out.toarray().tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(("order", "name"), [("position", "last"), ("time", "time")])
def test_the_split_follows_what_is_known_of_time(write: Write, order: str, name: str) -> None:
    rows = "".join(f"u{n % 7},i{n * 3 % 5},{n}\n" for n in range(60))
    found = read_csv(write(f"learner,item,{order}\n{rows}"))
    assert found.split(found.dataset({}, 15), 0.3, 1).name == name


@pytest.mark.parametrize("length", [1, 5000])
def test_ids_may_be_long(write: Write, length: int) -> None:
    found = read_csv(write(f"learner,item,time\n{'9' * length},a,1\nv,{'b' * length},2\n"))
    assert "9" * length in found.users


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learner,item,time\nu,a,yesterday\n", r"line 2, column time: 'yesterday' is not an ISO 8601 time"),
        (
            "learner,item,time\nu,a,1\nv,b,noon\n",
            r"line 3, column time: 'noon' is not a number like the lines",
        ),
        ("learner,item,time\nu,a,nan\n", r"line 2, column time: 'nan'"),
        ("learner,item,time\nu,a,1e300\n", r"line 2, column time: '1e300'"),
        ("learner,item,position\nu,a,first\n", r"line 2, column position: 'first' is not a number"),
        ("learner,item,time\n ,a,1\n", r"line 2, column learner: the learner is empty"),
        ("learner,item,time\nu,,1\n", r"line 2, column item: the item is empty"),
        ("who,what,when\nu,a,1\n", r"name the column for --learner; it has: who, what, when"),
        ("learner,item\nu,a\n", r"name the column for --time or --position; it has: learner, item"),
        ("learner,item,time,held_out\nu,a,1,perhaps\n", r"line 2, column held_out: held_out is 'perhaps'"),
    ],
)
def test_what_does_not_fit_is_named(write: Write, text: str, message: str) -> None:
    with pytest.raises(RequestRefusedError, match=message):
        read_csv(write(text))


def test_a_rating_that_is_no_number_is_named(write: Write) -> None:
    with pytest.raises(RequestRefusedError, match="line 3, column stars: the rating 'good' is not a number"):
        read_csv(write("learner,item,time,stars\nu,a,1,5\nu,b,2,good\n"), CsvColumns(rating="stars"))


@pytest.mark.parametrize(
    "text",
    ["learner,item,time\n", "learner,item,time\nu,a,1\nu,b,2\n", "learner,item,time\nu,a,1\nv,a,2\n"],
)
def test_one_learner_or_one_item_is_too_little(write: Write, text: str) -> None:
    with pytest.raises(TooLittleDataError, match="at least two of each are needed"):
        read_csv(write(text))


def test_a_threshold_that_leaves_nothing_says_so(write: Write) -> None:
    text = "learner,item,time,rating\nu,a,1,2\nv,b,2,3\n"
    with pytest.raises(TooLittleDataError, match="with a sufficient rating"):
        read_csv(write(text), CsvColumns(rating="rating", min_rating=4))


def test_rows_keep_their_lines_titles_and_what_was_left_out(write: Write) -> None:
    text = "learner,item,time,stars,name\nu,b,1,5,Bee\nu,a,2,1,Aye\nv,a,2,4,\n"
    found = read_rows(write(text), CsvColumns(rating="stars", min_rating=4, title="name"))
    assert (found.learners, found.items, found.titles) == (("u", "v"), ("a", "b"), {"b": "Bee"})
    assert (found.lines.tolist(), found.item_of.tolist()) == ([2, 4], [1, 0])
    assert (found.read, found.low_rated) == (3, 1)
