from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lrs.errors import RequestRefusedError
from recommender.evaluation.data_sets import COURSES, MOVIELENS, find_data_set, find_steps

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file."""

    def make(text: str, name: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="latin-1")
        return path

    return make


def test_the_files_of_a_folder_are_told_by_their_headers(write: Write, tmp_path: Path) -> None:
    rows = write("learner,item,time\nu,a,1\n", "what-was-done.csv")
    write("item,relation,value\na,skill,sql\n", "about.csv")
    write("# notes", "readme.md")
    found = find_data_set(tmp_path)
    assert found is not None
    assert (found.interactions, list(found.nuggets), found.by_learner) == (rows, ["a"], 0)
    assert found.targets == COURSES


def test_steps_of_courses_are_no_interactions(write: Write, tmp_path: Path) -> None:
    steps = write("course,learner,unit,time\nc,u,1,5\n", "steps.csv")
    assert find_data_set(tmp_path) is None
    assert find_steps(tmp_path) == [steps]
    rows = write("learner,item,time\nu,a,1\n", "rows.csv")
    found = find_data_set(tmp_path)
    assert found is not None
    assert found.interactions == rows


def test_movielens_is_known_by_the_names_of_its_files(write: Write, tmp_path: Path) -> None:
    ratings = write("1\t10\t5\t881250949\n", "u.data")
    write("unknown|0\nFilm-Noir|1\nWar|2\n", "u.genre")
    write("10|Les \xe9t\xe9s (1995)|01-Jan-1995||http://x|0|1|1\n", "u.item")
    found = find_data_set(tmp_path)
    assert found is not None
    assert (found.interactions, found.by_learner, found.targets) == (ratings, 0.2, MOVIELENS)
    assert found.nuggets["10"].title() == "Les étés (1995)"
    assert found.nuggets["10"].skills == ("genre:film-noir", "genre:war")


def test_movielens_without_its_films_has_no_features(write: Write, tmp_path: Path) -> None:
    write("1\t10\t5\t881250949\n", "u.data")
    found = find_data_set(tmp_path)
    assert found is not None
    assert found.nuggets == {}


def test_a_folder_without_interactions_is_refused(write: Write, tmp_path: Path) -> None:
    write("item,relation,value\na,skill,sql\n", "about.csv")
    with pytest.raises(RequestRefusedError, match="must hold one CSV"):
        find_data_set(tmp_path)
    with pytest.raises(RequestRefusedError, match="There is no folder"):
        find_data_set(tmp_path / "nowhere")
