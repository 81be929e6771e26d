"""What is entered of people who learn elsewhere, of wishes, and of teams, fits the rules of these tables."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from recommender.insights.effects import months_around
from schemas.catalogue import ROWS, VALUES
from schemas.tables import read_table
from scripts.demo import Organisation
from scripts.demo.workforce import (
    QUIET_TEAMS,
    UNTAUGHT,
    new_editions,
    quiet_colleagues,
    table_of_colleagues,
    table_of_measures,
    table_of_wishes,
)


def test_less_than_half_of_the_quiet_teams_learns_here(organisation: Organisation) -> None:
    learning = Counter(one.team.key for one in organisation.learners)
    quiet = Counter(one.team.key for one in quiet_colleagues(organisation))
    assert set(quiet) == set(QUIET_TEAMS)
    assert all(quiet[team] > learning[team] for team in QUIET_TEAMS)
    names = {one.account for one in organisation.learners}
    assert names.isdisjoint(one.account for one in quiet_colleagues(organisation))


def test_colleagues_and_wishes_are_tables_of_learners(organisation: Organisation) -> None:
    colleagues = read_table(table_of_colleagues(organisation), ROWS["learners"])
    assert len(colleagues) == len(quiet_colleagues(organisation))
    wishes = read_table(table_of_wishes(organisation), ROWS["learners"])
    assert len(wishes) >= 10
    assert all(line.values["goals"] == [UNTAUGHT] for line in wishes)
    taught = {skill for nugget in organisation.catalogue.nuggets for skill in nugget.skills}
    assert UNTAUGHT not in taught


def test_each_team_is_measured_in_the_months_that_are_compared(
    organisation: Organisation, until: datetime
) -> None:
    lines = table_of_measures(organisation, until).decode().splitlines()
    assert lines[0] == "team,period,metric,value"
    periods = {line.split(",")[1] for line in lines[1:]}
    assert periods >= set(months_around("2025-12"))
    assert len(lines) == 1 + len(organisation.teams) * len(periods)


def test_new_editions_are_entries_of_nuggets(organisation: Organisation) -> None:
    known = {nugget.id: nugget.title for nugget in organisation.catalogue.nuggets}
    entries = list(new_editions(organisation))
    assert entries
    for name, values in entries:
        assert name not in known
        assert VALUES["nuggets"].read(values)["title"]["en"] in known.values()
