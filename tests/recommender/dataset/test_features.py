from __future__ import annotations

import numpy as np

from recommender.catalogue.nuggets import Nugget, harvest
from recommender.dataset.features import (
    feature_space,
    item_feature_names,
    user_feature_names,
)
from recommender.storage.user_features import UserFeatures

EXTENSIONS = "https://learnerprise.org/xapi/extensions/"


def test_a_definition_becomes_named_features() -> None:
    definition = {
        "type": "https://w3id.org/xapi/video/activity-type/video",
        "name": {"en": "Joins in SQL, explained"},
        "extensions": {EXTENSIONS + "skills": ["SQL", "sql", 3], EXTENSIONS + "level": "beginner"},
    }
    assert item_feature_names(harvest("n", definition)) == [
        "type:video",
        "skill:sql",
        "language:en",
        "level:beginner",
        "word:joins",
        "word:sql",
        "word:explained",
    ]


def test_odd_definitions_have_no_features() -> None:
    odd = {
        "type": 5,
        "name": "text",
        "extensions": {EXTENSIONS + "skills": {"a": 1}, EXTENSIONS + "format": 7},
    }
    assert item_feature_names(harvest("n", odd)) == []


def test_a_nugget_with_ten_thousand_tags_keeps_a_few() -> None:
    skills = tuple(f"skill {number}" for number in range(10_000))
    nuggets = [Nugget("a", skills=skills), Nugget("b", skills=skills), Nugget("c")]
    matrix = feature_space(nuggets).matrix(nuggets, 15)
    assert np.diff(matrix.indptr).tolist() == [15, 15, 0]


def test_rows_of_the_feature_matrix_have_length_one() -> None:
    nuggets = [Nugget(f"n{number}", skills=("python" if number % 2 else "cooking",)) for number in range(10)]
    matrix = feature_space(nuggets).matrix(nuggets, 15)
    assert matrix.shape == (10, 2)
    assert np.allclose(np.asarray(matrix.multiply(matrix).sum(axis=1)), 1)


def test_features_that_only_one_nugget_or_all_of_them_have_are_dropped() -> None:
    one, other = Nugget("a", skills=("own",), level="easy"), Nugget("b", level="easy")
    assert feature_space([one, other]).names == ()


def test_rarer_features_weigh_more() -> None:
    nuggets = [Nugget(str(number), skills=("often", "seldom")[: 1 + number // 8]) for number in range(10)]
    space = feature_space([*nuggets, Nugget("none")])
    rarity = dict(zip(space.names, space.rarity.tolist(), strict=True))
    assert rarity["skill:seldom"] > rarity["skill:often"] > 0


def test_a_learner_becomes_side_features() -> None:
    features = UserFeatures("data", "Data Platform", "Data Engineer", ("python", "sql"), "ca")
    assert user_feature_names(features) == [
        "team:data",
        "role:data engineer",
        "language:ca",
        "skill:python",
        "skill:sql",
    ]
