from __future__ import annotations

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.serving.peers.topics import find_topic
from recommender.serving.state.catalogue import snapshot_of_popular
from recommender.serving.state.people import build_people
from recommender.storage.user_features import UserFeatures

SQL = "https://skills.example/sql"
JOINS = "https://acme.example/joins"
NUGGETS = (
    Nugget(JOINS, {"en": "Joining tables", "es": "Unir tablas"}, skills=(SQL,)),
    Nugget("https://acme.example/views", {"en": "Views in databases"}, skills=("modelling", "sql tuning")),
    Nugget("https://acme.example/art", {"en": "The art of the table"}),
)
PEOPLE = build_people({"ann": UserFeatures(skills=("Rock climbing",))}, (), (), {})


@pytest.mark.parametrize(
    ("text", "items", "skills"),
    [
        (JOINS, [0], set()),
        (SQL, [0], {SQL}),
        ("SQL", [0], {SQL}),
        (" Modelling ", [1], {"modelling"}),
        ("sql tuning", [1], {"sql tuning"}),
        ("tabl", [0, 2], set()),
        ("tables joining", [0], set()),
        ("tablas", [0], set()),
        ("tuning", [1], {"sql tuning"}),
        ("climbing", [], {"rock climbing"}),
        ("art", [2], set()),
        ("knitting", [], set()),
        ("?!", [], set()),
    ],
)
def test_a_topic_is_a_nugget_a_skill_or_words(text: str, items: list[int], skills: set[str]) -> None:
    snapshot = snapshot_of_popular(
        {one.id: one for one in NUGGETS}, tuple((one.id, 1.0, 1) for one in NUGGETS), {}
    )
    found = find_topic(text, snapshot, PEOPLE)
    assert np.flatnonzero(found.items).tolist() == items
    assert found.skills == skills
