"""The figures as data: what each counts, of whom, over which days, and what may be asked of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from schemas.floors import FLOOR

Kind = Literal["efficiency", "effectiveness", "outcome"]
"""The types of metrics of ISO/TS 30437."""
COMMUNITY, ORGANISATION, CATALOGUE = "insights/community", "insights/organisation", "catalogue/write"
MONTH, QUARTER, YEAR = 30, 90, 365
WINDOWS = (7, MONTH, QUARTER, YEAR)
"""The days that a window may have."""
TEAM_FLOOR = 10
"""The floor of an answer about one team: whoever asks may know each of its members."""
PEOPLE = ("team", "role")
OF_PEOPLE = (*PEOPLE, "language")
"""What is known of people; the other splits are of what they did."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure means.

    `kind` is that of ISO/TS 30437. `numerator` and `denominator` say what is divided by what (an empty denominator:
    nothing is). `by` names what it may be split by; the first is the usual split. `columns` are the cells of a row.
    `floor` is the fewest people that a cell may tell of, where the store asks for no more. `scope` lets somebody see
    it; `titles` and `sentences` say it in five languages.
    """

    name: str
    kind: Kind
    scope: str
    numerator: str
    denominator: str
    window_days: int
    by: tuple[str, ...]
    columns: tuple[str, ...]
    also: tuple[str, ...] = ()
    floor: int = FLOOR

    @property
    def titles(self) -> Mapping[str, str]:
        """Return what the figure is called, by language."""
        return _texts()[self.name]["titles"]

    @property
    def sentences(self) -> Mapping[str, str]:
        """Return one sentence that says what it tells, by language."""
        return _texts()[self.name]["sentences"]


@cache
def _texts() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    file = resources.files(__package__).joinpath("figures.json")
    found: Mapping[str, Mapping[str, Mapping[str, str]]] = json.loads(file.read_text(encoding="utf-8"))
    return found


_COMMUNITY = (
    Figure(
        "unanswered-questions",
        "efficiency",
        COMMUNITY,
        numerator="questions, and threads of that type, that nobody but the asker answered within 24 hours, or since",
        denominator="",
        window_days=QUARTER,
        by=("skill",),
        columns=("unanswered",),
    ),
    Figure(
        "first-answer",
        "effectiveness",
        COMMUNITY,
        numerator="questions that another person answered within 48 hours; the median hours until then",
        denominator="questions older than 48 hours",
        window_days=QUARTER,
        by=("skill", "team"),
        columns=("answered", "median_hours"),
    ),
    Figure(
        "who-helps-whom",
        "efficiency",
        COMMUNITY,
        numerator="distinct pairs of a person who helped and one who was helped, from team to team",
        denominator="",
        window_days=QUARTER,
        by=("teams",),
        columns=("pairs", "helpers", "helped"),
    ),
    Figure(
        "bridges",
        "efficiency",
        COMMUNITY,
        numerator="people of a team with at least one help link to another team; pairs across teams",
        denominator="people of the team; all pairs",
        window_days=QUARTER,
        by=("team",),
        columns=("reaching_out", "across"),
    ),
    Figure(
        "newcomers-without-links",
        "efficiency",
        COMMUNITY,
        numerator="newcomers who neither helped anybody nor were helped",
        denominator="people whose first act lies in the window",
        window_days=MONTH,
        by=("team", "role"),
        columns=("without_links",),
    ),
    Figure(
        "rising-topics",
        "efficiency",
        COMMUNITY,
        numerator="people active on a skill in the window",
        denominator="people active on it in the window before",
        window_days=MONTH,
        by=("skill",),
        columns=("rise", "people"),
    ),
    Figure(
        "stuck",
        "effectiveness",
        COMMUNITY,
        numerator="people who failed or abandoned a nugget, or began it and left it for 30 days",
        denominator="people who began it",
        window_days=QUARTER,
        by=("nugget",),
        columns=("stuck",),
    ),
    Figure(
        "taking-part",
        "efficiency",
        COMMUNITY,
        numerator="people with an act, and with a social act",
        denominator="headcount",
        window_days=MONTH,
        by=("team", "role"),
        columns=("any", "social"),
    ),
    Figure(
        "communities",
        "efficiency",
        COMMUNITY,
        numerator="members who were active; people who came to an event",
        denominator="members; people who came or said yes",
        window_days=QUARTER,
        by=("community",),
        columns=("active", "attended"),
    ),
    Figure(
        "suggested-peers",
        "effectiveness",
        COMMUNITY,
        numerator="people suggested who were then contacted; people who were ever suggested; people at the cap",
        denominator="people suggested, counted once for each person they were suggested to; headcount",
        window_days=MONTH,
        by=("team",),
        columns=("contacted", "suggested", "at_cap"),
    ),
)

_ORGANISATION = (
    Figure(
        "modalities",
        "efficiency",
        ORGANISATION,
        numerator="acts by modality; people active in each modality, and in all three",
        denominator="acts; active people",
        window_days=YEAR,
        by=("month", *PEOPLE),
        columns=(
            *("acts_formal", "acts_informal", "acts_social"),
            *("formal", "informal", "social", "all_three"),
        ),
    ),
    Figure(
        "reach",
        "efficiency",
        ORGANISATION,
        numerator="active people: those with an act of positive strength",
        denominator="headcount: people entered in the catalogue, else people seen within 365 days",
        window_days=MONTH,
        by=(*PEOPLE, "modality", "skill", "month"),
        columns=("active",),
    ),
    Figure(
        "completion",
        "effectiveness",
        ORGANISATION,
        numerator="pairs of a person and a nugget completed within 90 days of the first act",
        denominator="pairs begun at least 90 days before the end of the window, in as many days as it has",
        window_days=QUARTER,
        by=("modality", *PEOPLE, "skill", "nugget"),
        columns=("completed", "people"),
    ),
    Figure(
        "skills-gap",
        "effectiveness",
        ORGANISATION,
        numerator="levels still missing of the skills that people's roles want, summed",
        denominator="levels wanted, summed",
        window_days=QUARTER,
        by=("role", "team"),
        columns=("gap", "gap_before", "people"),
        also=("skill",),
    ),
    Figure(
        "wanted-not-taught",
        "effectiveness",
        ORGANISATION,
        numerator="people who want a skill at a level that no open nugget teaches",
        denominator="",
        window_days=MONTH,
        by=("skill",),
        columns=("wanting",),
        also=("level",),
    ),
    Figure(
        "readiness",
        "effectiveness",
        ORGANISATION,
        numerator="people who have at least 80 % of the levels that a role wants, by stated or completed skills only",
        denominator="",
        window_days=MONTH,
        by=("role",),
        columns=("ready",),
    ),
    Figure(
        "before-and-after",
        "outcome",
        ORGANISATION,
        numerator="change of an uploaded metric in teams that took part, less the change in teams that did not",
        denominator="",
        window_days=MONTH,
        by=("metric",),
        columns=("difference", "p", "trend_before", "teams_taking_part", "other_teams"),
    ),
    Figure(
        "equity",
        "effectiveness",
        ORGANISATION,
        numerator="a group's recommendations per person, share of the catalogue shown, and share started",
        denominator="the same of everybody",
        window_days=QUARTER,
        by=("role", "team", "language"),
        columns=("shown", "catalogue", "started"),
        floor=TEAM_FLOOR,
    ),
    Figure(
        "connectedness",
        "efficiency",
        ORGANISATION,
        numerator="people with at least one help link; pairs across teams",
        denominator="headcount; all pairs",
        window_days=QUARTER,
        by=PEOPLE,
        columns=("connected", "across"),
    ),
)

_CATALOGUE = (
    Figure(
        "searches-in-vain",
        "effectiveness",
        CATALOGUE,
        numerator="searches without a hit; searches after which nothing was opened within an hour",
        denominator="searches for the term",
        window_days=QUARTER,
        by=("term",),
        columns=("without_hit", "without_click", "people"),
    ),
    Figure(
        "funnel",
        "effectiveness",
        CATALOGUE,
        numerator="recommendations that were opened, started and completed",
        denominator="recommendations shown",
        window_days=MONTH,
        by=("modality", "nugget"),
        columns=("people", "opened", "started", "completed"),
    ),
    Figure(
        "drop-off",
        "effectiveness",
        CATALOGUE,
        numerator="people who reached each tenth of a nugget",
        denominator="people who started it",
        window_days=QUARTER,
        by=("nugget",),
        columns=tuple(f"reached_{tenth}0" for tenth in range(1, 11)),
    ),
    Figure(
        "liked",
        "effectiveness",
        CATALOGUE,
        numerator="people who liked a nugget; people who disliked it or said that it was not for them",
        denominator="people to whom it was shown",
        window_days=QUARTER,
        by=("nugget", "skill"),
        columns=("liked", "disliked"),
    ),
    Figure(
        "never-shown",
        "efficiency",
        CATALOGUE,
        numerator="open nuggets that were shown to nobody",
        denominator="open nuggets",
        window_days=QUARTER,
        by=("modality", "skill", "nugget"),
        columns=("never_shown",),
    ),
    Figure(
        "near-doubles",
        "efficiency",
        CATALOGUE,
        numerator="pairs of open nuggets whose titles have a cosine of .9 and more",
        denominator="",
        window_days=MONTH,
        by=("nuggets",),
        columns=("cosine",),
    ),
    Figure(
        "coming-in",
        "efficiency",
        CATALOGUE,
        numerator="posts that become nuggets once one more person values them",
        denominator="",
        window_days=MONTH,
        by=("nugget",),
        columns=("waiting",),
    ),
    Figure(
        "formats-and-languages",
        "effectiveness",
        CATALOGUE,
        numerator="people who read a language, or take a format",
        denominator="headcount, beside the share of open nuggets in it",
        window_days=QUARTER,
        by=("language", "format"),
        columns=("wanted", "offered"),
    ),
)

FIGURES: Mapping[str, Figure] = {one.name: one for one in (*_COMMUNITY, *_ORGANISATION, *_CATALOGUE)}
"""All figures by name, in the order of their pages."""
