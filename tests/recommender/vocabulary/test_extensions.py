from __future__ import annotations

import pytest

from recommender.vocabulary.extensions import spoken_skill


@pytest.mark.parametrize(
    ("skill", "spoken"),
    [
        ("sql", "sql"),
        ("data-modelling", "data modelling"),
        ("key_account_management", "key account management"),
        ("http://data.europa.eu/esco/skill/lockout-tagout", "lockout tagout"),
        ("e-learning", "e-learning"),
        ("object-oriented design", "object-oriented design"),
    ],
)
def test_skills_stand_in_sentences_as_people_write_them(skill: str, spoken: str) -> None:
    assert spoken_skill(skill) == spoken
