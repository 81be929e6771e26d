from __future__ import annotations

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.roles import Role
from recommender.serving.nuggets.skill_gaps import Want, find_levels, find_wants, gap_boost
from recommender.serving.state.nugget_table import build_columns
from recommender.storage.user_features import UserFeatures

ROLES = {
    "data engineer": Role("Data Engineer", {"sql": 3, "python": 2}),
    "tester": Role("Tester", {"testing": 2, "python": 3}),
}
COLUMNS = build_columns(
    [
        Nugget("basics", skills=("sql",), level="beginner"),
        Nugget("advanced", skills=("sql",), level="advanced"),
        Nugget("unlevelled", skills=("sql", "python")),
        Nugget("other", skills=("cooking",)),
    ]
)


def test_stated_skills_count_whole_and_others_as_what_taught_them() -> None:
    features = UserFeatures(skills=("Testing",))
    done = [COLUMNS.nuggets[0], COLUMNS.nuggets[2], Nugget("x", skills=("go",), level="advanced")]
    assert find_levels(features, done) == {"testing": 3, "sql": 2, "python": 2, "go": 3}


def test_role_and_goals_want_what_the_learner_cannot_yet() -> None:
    features = UserFeatures(role="data engineer", goals=("tester", "Cooking"))
    wants = find_wants(features, ROLES, {"testing": 2, "sql": 2, "python": 1})
    assert wants == {
        "sql": Want("sql", 3, 2, role="Data Engineer"),
        "python": Want("python", 3, 1, goal="Tester"),
        "cooking": Want("cooking", 3, 0, goal="cooking"),
    }


def test_unknown_roles_want_nothing() -> None:
    assert find_wants(UserFeatures(role="wizard"), ROLES, {}) == {}


@pytest.mark.parametrize(
    ("had", "boosted"),
    [
        (0, {"basics": 1.0, "advanced": 1.0, "unlevelled": 1.0}),
        (1, {"advanced": 2 / 3, "unlevelled": 2 / 3}),
        (2, {"advanced": 1 / 3}),
    ],
)
def test_nuggets_gain_that_teach_a_wanted_skill_above_the_level_had(
    had: int, boosted: dict[str, float]
) -> None:
    boost = gap_boost(COLUMNS, {"sql": Want("sql", 3, had, role="x")}, np.zeros(4), 1.0, 1.0)
    found = {COLUMNS.nuggets[place].id: boost.values[place] for place in boost.values.nonzero()[0]}
    assert found == pytest.approx(boosted, rel=0.011)
    assert set(boost.names.values()) == {"sql"}


def test_the_greatest_need_counts_and_is_named() -> None:
    wants = {"sql": Want("sql", 3, 1), "python": Want("python", 2, 0)}
    boost = gap_boost(COLUMNS, wants, np.zeros(4), 1.0, 0.5)
    assert boost.values[2] == pytest.approx(0.51)
    assert boost.names[2] == "python"


def test_nuggets_come_nearer_to_the_target_and_hardly_rise_above_it() -> None:
    scores = np.array([-1.0, 5.0, 3.0, 0.0])
    boost = gap_boost(COLUMNS, {"sql": Want("sql", 3, 0)}, scores, 4.0, 0.5)
    assert boost.values.tolist() == pytest.approx([2.51, 0.01, 0.51, 0.0])
    assert not gap_boost(COLUMNS, {"sql": Want("sql", 3, 0)}, scores, 4.0, 0.0).values.any()


def test_a_goal_that_is_not_met_is_named_before_the_role_and_the_higher_aim_stays() -> None:
    roles = {"analyst": Role("Analyst", {"sql": 3, "law": 1}), "clerk": Role("Clerk", {"sql": 1, "law": 2})}
    features = UserFeatures(role="analyst", goals=("clerk",))
    assert find_wants(features, roles, {}) == {
        "sql": Want("sql", 3, 0, goal="Clerk"),
        "law": Want("law", 2, 0, goal="Clerk"),
    }
    assert find_wants(features, roles, {"sql": 1, "law": 2}) == {"sql": Want("sql", 3, 1, role="Analyst")}
