"""What the demo's people enter by hand fits the catalogue's own rules."""

from __future__ import annotations

import pytest

from schemas.catalogue import ROWS, Kind
from schemas.tables import Line, read_table
from scripts.demo import Organisation, managed_tables

KINDS: tuple[Kind, ...] = ("nuggets", "roles", "learners")


@pytest.fixture(scope="module")
def lines(organisation: Organisation) -> dict[str, list[Line]]:
    tables = managed_tables(organisation)
    return {kind: read_table(tables[kind], ROWS[kind]) for kind in KINDS}


def test_the_same_seed_gives_the_same_tables(organisation: Organisation) -> None:
    assert managed_tables(organisation) == managed_tables(organisation)
    assert managed_tables(organisation) != managed_tables(organisation, seed=7)


def test_every_role_wants_skills_of_the_catalogue(
    organisation: Organisation, lines: dict[str, list[Line]]
) -> None:
    skills = {skill for topic in organisation.catalogue.topics.values() for skill in topic.skills}
    assert {line.values["name"] for line in lines["roles"]} == {role.name for role in organisation.roles}
    for line in lines["roles"]:
        assert set(line.values["skills"]) <= skills
        assert max(line.values["skills"].values()) == 3


def test_harder_courses_come_after_easier_ones_of_their_topic(
    organisation: Organisation, lines: dict[str, list[Line]]
) -> None:
    nuggets = {nugget.id: nugget for nugget in organisation.catalogue.nuggets}
    later = {line.values["activity"]: line.values.get("prerequisites", []) for line in lines["nuggets"]}
    pairs = [(nuggets[one], nuggets[before]) for one, needed in later.items() for before in needed]
    assert len(pairs) >= 30
    assert all(after.depth > before.depth and after.topic == before.topic for after, before in pairs)


def test_units_of_courses_are_hidden_and_nothing_else(
    organisation: Organisation, lines: dict[str, list[Line]]
) -> None:
    units = {nugget.id for nugget in organisation.catalogue.nuggets if nugget.course}
    assert {line.values["activity"] for line in lines["nuggets"] if line.values.get("hidden")} == units


def test_everybody_has_a_role_and_languages_and_some_have_goals(
    organisation: Organisation, lines: dict[str, list[Line]]
) -> None:
    assert len(lines["learners"]) == len(organisation.learners)
    assert all(line.values["languages"] and line.values["role"] for line in lines["learners"])
    assert 60 <= sum("goals" in line.values for line in lines["learners"]) <= 160
