from __future__ import annotations

import numpy as np

from recommender.features import build_item_features, item_feature_names, user_feature_names
from recommender.storage.user_features import UserFeatures

EXTENSIONS = "https://learnerprise.org/xapi/extensions/"


def test_a_definition_becomes_named_features() -> None:
    definition = {
        "type": "https://w3id.org/xapi/video/activity-type/video",
        "name": {"en": "Joins in SQL, explained"},
        "extensions": {EXTENSIONS + "skills": ["SQL", "sql", 3], EXTENSIONS + "level": "beginner"},
    }
    assert item_feature_names(definition, 15) == [
        "type:video",
        "skill:sql",
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
    assert item_feature_names(odd, 15) == []


def test_a_nugget_with_ten_thousand_tags_keeps_a_few() -> None:
    skills = [f"skill {number}" for number in range(10_000)]
    assert len(item_feature_names({"extensions": {EXTENSIONS + "skills": skills}}, 15)) == 15


def test_rows_of_the_feature_matrix_have_length_one() -> None:
    definitions = {
        f"n{number}": {"name": {"en": "python" if number % 2 else "cooking"}} for number in range(10)
    }
    matrix = build_item_features(sorted(definitions), definitions, 15)
    assert matrix.shape == (10, 2)
    assert np.allclose(np.asarray(matrix.multiply(matrix).sum(axis=1)), 1)


def test_features_that_only_one_nugget_has_are_dropped() -> None:
    matrix = build_item_features(["a", "b"], {"a": {"name": {"en": "unique"}}}, 15)
    assert matrix.shape == (2, 0)


def test_a_learner_becomes_side_features() -> None:
    features = UserFeatures("data", "Data Platform", "Data Engineer", ("python", "sql"), "ca")
    assert user_feature_names(features) == [
        "team:data",
        "role:data engineer",
        "language:ca",
        "skill:python",
        "skill:sql",
    ]
