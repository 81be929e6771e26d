from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.serving.nuggets.skill_gaps import Want
from recommender.serving.paths.plan import Ground, plan_path
from recommender.serving.state.nugget_table import build_columns

BASICS = Nugget("basics", skills=("sql",), level="beginner")
MIDDLE = Nugget("middle", skills=("sql",), level="intermediate")
EXPERT = Nugget("expert", skills=("sql",), level="advanced", prerequisites=("server",))
SERVER = Nugget("server", skills=("linux",))
BOTH = Nugget("both", skills=("sql", "python"), level="beginner")
PYTHON = Nugget("python", skills=("python",))
ALL = (EXPERT, MIDDLE, BASICS, SERVER, PYTHON)


def _plan(
    nuggets: Sequence[Nugget], *wants: Want, closed: str = "", done: str = ""
) -> tuple[list[str], list[str]]:
    columns = build_columns(nuggets)
    is_done = np.array([nugget.id in done.split() for nugget in nuggets], dtype=bool)
    usable = np.array([nugget.id not in closed.split() for nugget in nuggets], dtype=bool) & ~is_done
    steps, not_taught = plan_path(Ground(columns, usable, is_done, np.zeros(len(nuggets))), wants)
    return [nuggets[step.position].id for step in steps], not_taught


@pytest.mark.parametrize(
    ("aim", "had", "path"),
    [
        (1, 0, ["basics"]),
        (2, 0, ["basics", "middle"]),
        (3, 0, ["basics", "middle", "server", "expert"]),
        (3, 1, ["middle", "server", "expert"]),
        (3, 2, ["server", "expert"]),
    ],
)
def test_a_path_climbs_from_the_level_had_to_the_one_aimed_at(aim: int, had: int, path: list[str]) -> None:
    assert _plan(ALL, Want("sql", aim, had)) == (path, [])


def test_what_is_done_is_not_a_step() -> None:
    assert _plan(ALL, Want("sql", 3, 2), done="server") == (["expert"], [])


def test_where_a_prerequisite_is_closed_the_way_ends_before() -> None:
    assert _plan(ALL, Want("sql", 3, 0), closed="server") == (["basics", "middle"], [])
    assert _plan(ALL, Want("sql", 3, 2), closed="server") == ([], ["sql"])


def test_skills_that_nothing_teaches_are_returned() -> None:
    assert _plan(ALL, Want("cooking", 1), Want("python", 2)) == (["python"], ["cooking"])


def test_a_nugget_that_adds_more_is_chosen() -> None:
    nuggets = (BASICS, Nugget("python", skills=("python",), level="beginner"), BOTH)
    assert _plan(nuggets, Want("sql", 1), Want("python", 1)) == (["both"], [])


def test_where_only_higher_levels_are_taught_the_lowest_of_them_is_taken() -> None:
    assert _plan((EXPERT, MIDDLE, SERVER), Want("sql", 1)) == (["middle"], [])


def test_circles_lead_nowhere_and_long_chains_do() -> None:
    circle = (Nugget("x", skills=("go",), prerequisites=("y",)), Nugget("y", prerequisites=("x",)))
    assert _plan(circle, Want("go", 2)) == ([], ["go"])
    chain = [Nugget(f"n{place:04}", prerequisites=(f"n{place - 1:04}",)) for place in range(1, 2000)]
    last = Nugget("last", skills=("go",), prerequisites=("n1999",))
    path, _ = _plan((last, *reversed(chain), Nugget("n0000")), Want("go", 2))
    assert path == [*(f"n{place:04}" for place in range(2000)), "last"]


def test_each_step_has_what_it_adds_and_what_needs_it() -> None:
    columns = build_columns(ALL)
    nothing = np.zeros(len(ALL), dtype=bool)
    steps, _ = plan_path(Ground(columns, ~nothing, nothing, np.zeros(len(ALL))), [Want("sql", 3, 2)])
    assert [(step.adds, step.needed_before) for step in steps] == [((), 0), ((("sql", 3),), None)]


def test_of_two_that_add_the_same_the_better_one_is_chosen() -> None:
    nuggets = (BASICS, Nugget("better", skills=("sql",), level="beginner"))
    nothing = np.zeros(2, dtype=bool)
    ground = Ground(build_columns(nuggets), ~nothing, nothing, np.array([0.0, 1.0]))
    assert [step.position for step in plan_path(ground, [Want("sql", 1)])[0]] == [1]


BOOK = Nugget("book", skills=("go",), duration_s=4 * 3600)
VIDEO = Nugget("video", skills=("go",), duration_s=600)
HOUR = Nugget("hour", skills=("go",), duration_s=3600)
TALK = Nugget("talk", skills=("go",), duration_s=3000)


def _first(nuggets: Sequence[Nugget], scores: Sequence[float], **more: Any) -> str:
    nothing = np.zeros(len(nuggets), dtype=bool)
    ground = Ground(build_columns(nuggets), ~nothing, nothing, np.array(scores), **more)
    return nuggets[plan_path(ground, [Want("go", 2)])[0][0].position].id


def test_ten_minutes_are_chosen_before_four_hours_however_well_those_fit() -> None:
    assert _first((BOOK, VIDEO), [9.0, 0.0]) == "video"


def test_of_what_takes_about_as_long_the_better_fit_is_chosen() -> None:
    assert _first((HOUR, TALK), [1.0, 0.0]) == "hour"
    assert _first((HOUR, TALK), [0.0, 0.0]) == "talk"


def test_the_time_of_prerequisites_counts() -> None:
    short = Nugget("short", skills=("go",), duration_s=600, prerequisites=("book",))
    book = Nugget("book", duration_s=4 * 3600)
    assert _first((short, book, HOUR), [0.0, 0.0, 0.0]) == "hour"


def test_what_teaches_nothing_is_no_step() -> None:
    assert _first((VIDEO, BOOK), [0.0, 0.0], teaches=lambda position: position == 1) == "book"


def test_all_that_need_a_step_are_named_the_first_one_first() -> None:
    base = Nugget("base")
    needing = [Nugget(name, skills=(name,), prerequisites=("base",)) for name in ("b", "a")]
    nothing = np.zeros(3, dtype=bool)
    ground = Ground(build_columns((base, *needing)), ~nothing, nothing, np.array([0.0, 0.0, 1.0]))
    first, *others = plan_path(ground, [Want("a", 2), Want("b", 2)])[0]
    assert first.needed_by == tuple(step.position for step in others)
    assert first.needed_before == others[0].position
