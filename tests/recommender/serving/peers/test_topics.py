from __future__ import annotations

import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.serving.peers.topics import MOST_PARTS, find_topic
from recommender.serving.state.people import build_people
from recommender.serving.state.subjects import Subjects, texts_of
from recommender.storage.user_features import UserFeatures

SQL = "https://skills.example/sql"
JOINS = "https://acme.example/joins"
NUGGETS = (
    Nugget(JOINS, {"en": "Joining tables", "es": "Unir tablas"}, skills=(SQL,)),
    Nugget("https://acme.example/views", {"en": "Views in databases"}, skills=("modelling", "sql tuning")),
    Nugget("https://acme.example/art", {"en": "The art of the table"}),
)
SUBJECTS = Subjects({one.id: texts_of(one) for one in NUGGETS})
PEOPLE = build_people({"ann": UserFeatures(skills=("Rock climbing",))}, (), ())


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
    found = find_topic(text, SUBJECTS, PEOPLE)
    about = {int(one) for part in found.parts for one in part.subjects}
    assert sorted(SUBJECTS.ids[one] for one in about) == sorted(NUGGETS[one].id for one in items)
    assert found.skills.keys() == skills


def test_several_topics_are_separated_by_commas_and_the_rarer_one_weighs_more() -> None:
    found = find_topic("Modelling, table", SUBJECTS, PEOPLE)
    assert [(part.name, len(part.subjects)) for part in found.parts] == [("table", 2), ("modelling", 1)]
    assert found.parts[0].weight < found.parts[1].weight == found.skills["modelling"]


def test_a_long_list_of_topics_is_cut() -> None:
    found = find_topic(",".join(f"table{number}" for number in range(30)), SUBJECTS, PEOPLE)
    assert len(found.parts) == MOST_PARTS


def test_text_that_nothing_has_all_words_of_is_about_what_has_most_of_them() -> None:
    found = find_topic("how does joining tables work", SUBJECTS, PEOPLE)
    assert [len(part.subjects) for part in found.parts] == [0]
    (part,) = find_topic("why joining tables?", SUBJECTS, PEOPLE).parts
    assert [SUBJECTS.ids[one] for one in part.subjects] == [JOINS]


def test_a_skill_named_in_a_text_is_one_of_its_topics() -> None:
    found = find_topic("how do I start sql tuning", SUBJECTS, PEOPLE)
    assert found.skills.keys() == {SQL, "sql tuning"}


def test_words_that_no_title_has_are_about_what_is_near_in_meaning() -> None:
    asked: list[str] = []

    def near(text: str) -> list[str]:
        asked.append(text)
        return ["https://acme.example/art", "https://acme.example/unknown"]

    (part,) = find_topic("Malerei", SUBJECTS, PEOPLE, near).parts
    assert [SUBJECTS.ids[one] for one in part.subjects] == ["https://acme.example/art"]
    find_topic("tablas", SUBJECTS, PEOPLE, near)
    assert asked == ["malerei"]
