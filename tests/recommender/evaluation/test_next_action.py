from __future__ import annotations

from pathlib import Path

import pytest

from lrs.errors import RequestRefusedError
from recommender.errors import TooLittleDataError
from recommender.evaluation.next_action import as_text, measure_next, read_courses

HEADER = "course,learner,unit,time,offering\n"


def _write(folder: Path, rows: list[str], header: str = HEADER) -> Path:
    path = folder / "steps.csv"
    path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_steps_are_read_in_the_order_of_time_each_once_and_by_run(tmp_path: Path) -> None:
    rows = ["c,ann,b,30,1", "c,ann,a,10,1", "c,ann,b,5000,1", "c,ann,x,20,2", "d,ben,a,1,1"]
    assert read_courses(_write(tmp_path, rows)) == {
        "c 1": {"ann": ["a", "b"]},
        "c 2": {"ann": ["x"]},
        "d 1": {"ben": ["a"]},
    }


def test_what_most_do_is_foreseen_where_the_usual_order_is_not_enough() -> None:
    first, second = ["a", "b", "c", "d", "e"], ["c", "b", "a", "e", "d"]
    course = {f"learner{number:02}": first if number % 2 else second for number in range(20)}
    measured = measure_next({"course": course})
    ours, usual = measured.shares
    ratio, low, high = measured.interval()
    assert measured.cases.sum() == 100
    assert ours > usual
    assert low <= ratio <= high
    assert f"{ratio:.2f}" in as_text(measured)
    assert measure_next({"course": course}).interval() == (ratio, low, high)


def test_too_few_learners_and_wrong_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(TooLittleDataError, match="No course has 10 learners"):
        measure_next({"course": {"ann": ["a"]}})
    with pytest.raises(RequestRefusedError, match="has no column 'unit'"):
        read_courses(_write(tmp_path, ["c,ann,1"], "course,learner,time\n"))
    with pytest.raises(RequestRefusedError, match="line 3, column time"):
        read_courses(_write(tmp_path, ["c,ann,a,1,1", "c,ann,a,soon,1"]))
