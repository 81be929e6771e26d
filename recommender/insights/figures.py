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
"""The days that a window until a day may have."""
SHORTEST, LONGEST = 7, 366
"""The days that a window from a day to a day may have: whole weeks of people, at most a year."""
TEAM_FLOOR = 10
"""The floor of an answer about one team: whoever asks may know each of its members."""
PEOPLE = ("team", "role", "site")
OF_PEOPLE = (*PEOPLE, "language")
"""What is known of people; the other splits are of what they did."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure means.

    `kind` is that of ISO/TS 30437. `by` names what it may be split by; the first is the usual split. `columns` are
    the cells of a row. `floor` is the fewest people that a cell may tell of, where the store asks for no more. `scope`
    lets somebody see it. All that it says stands in `figures.json`, in five languages.
    """

    name: str
    kind: Kind
    scope: str
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

    @property
    def numerators(self) -> Mapping[str, str]:
        """Return what is counted, by language."""
        return _texts()[self.name]["numerators"]

    @property
    def denominators(self) -> Mapping[str, str]:
        """Return of what it is a part, by language; empty where it is divided by nothing."""
        return _texts()[self.name]["denominators"]


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
        window_days=QUARTER,
        by=("skill",),
        columns=("unanswered",),
    ),
    Figure(
        "first-answer",
        "effectiveness",
        COMMUNITY,
        window_days=QUARTER,
        by=("skill", "team"),
        columns=("answered", "median_hours"),
    ),
    Figure(
        "who-helps-whom",
        "efficiency",
        COMMUNITY,
        window_days=QUARTER,
        by=("teams",),
        columns=("pairs", "helpers", "helped"),
    ),
    Figure(
        "bridges",
        "efficiency",
        COMMUNITY,
        window_days=QUARTER,
        by=("team",),
        columns=("reaching_out", "across"),
    ),
    Figure(
        "newcomers-without-links",
        "efficiency",
        COMMUNITY,
        window_days=MONTH,
        by=("team", "role"),
        columns=("without_links",),
    ),
    Figure(
        "rising-topics",
        "efficiency",
        COMMUNITY,
        window_days=MONTH,
        by=("skill",),
        columns=("rise", "people"),
    ),
    Figure(
        "stuck",
        "effectiveness",
        COMMUNITY,
        window_days=QUARTER,
        by=("nugget",),
        columns=("stuck",),
    ),
    Figure(
        "taking-part",
        "efficiency",
        COMMUNITY,
        window_days=MONTH,
        by=("team", "role"),
        columns=("any", "social"),
    ),
    Figure(
        "communities",
        "efficiency",
        COMMUNITY,
        window_days=QUARTER,
        by=("community",),
        columns=("active", "members", "attended"),
    ),
    Figure(
        "suggested-peers",
        "effectiveness",
        COMMUNITY,
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
        window_days=MONTH,
        by=(*PEOPLE, "modality", "skill", "month"),
        columns=("active",),
    ),
    Figure(
        "completion",
        "effectiveness",
        ORGANISATION,
        window_days=QUARTER,
        by=("modality", *PEOPLE, "skill", "nugget"),
        columns=("completed", "people"),
    ),
    Figure(
        "skills-gap",
        "effectiveness",
        ORGANISATION,
        window_days=QUARTER,
        by=("role", "team"),
        columns=("gap", "gap_before", "people"),
        also=("skill",),
    ),
    Figure(
        "wanted-not-taught",
        "effectiveness",
        ORGANISATION,
        window_days=MONTH,
        by=("skill",),
        columns=("wanting",),
        also=("level",),
    ),
    Figure(
        "readiness",
        "effectiveness",
        ORGANISATION,
        window_days=MONTH,
        by=("role",),
        columns=("ready",),
    ),
    Figure(
        "before-and-after",
        "outcome",
        ORGANISATION,
        window_days=QUARTER,
        by=("metric",),
        columns=("difference", "p", "trend_before", "teams_taking_part", "other_teams"),
    ),
    Figure(
        "equity",
        "effectiveness",
        ORGANISATION,
        window_days=QUARTER,
        by=("role", "team", "language"),
        columns=("shown", "catalogue", "started"),
        floor=TEAM_FLOOR,
    ),
    Figure(
        "connectedness",
        "efficiency",
        ORGANISATION,
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
        window_days=QUARTER,
        by=("term",),
        columns=("without_hit", "without_click", "people"),
    ),
    Figure(
        "funnel",
        "effectiveness",
        CATALOGUE,
        window_days=MONTH,
        by=("modality", "nugget"),
        columns=("people", "opened", "started", "completed"),
    ),
    Figure(
        "drop-off",
        "effectiveness",
        CATALOGUE,
        window_days=QUARTER,
        by=("nugget",),
        columns=tuple(f"reached_{tenth}0" for tenth in range(1, 11)),
    ),
    Figure(
        "liked",
        "effectiveness",
        CATALOGUE,
        window_days=QUARTER,
        by=("nugget", "skill"),
        columns=("liked", "disliked"),
    ),
    Figure(
        "never-shown",
        "efficiency",
        CATALOGUE,
        window_days=QUARTER,
        by=("modality", "skill", "nugget"),
        columns=("never_shown",),
    ),
    Figure(
        "near-doubles",
        "efficiency",
        CATALOGUE,
        window_days=MONTH,
        by=("nuggets",),
        columns=("cosine",),
    ),
    Figure(
        "coming-in",
        "efficiency",
        CATALOGUE,
        window_days=MONTH,
        by=("nugget",),
        columns=("waiting",),
    ),
    Figure(
        "formats-and-languages",
        "effectiveness",
        CATALOGUE,
        window_days=QUARTER,
        by=("language", "format"),
        columns=("wanted", "offered"),
    ),
)

FIGURES: Mapping[str, Figure] = {one.name: one for one in (*_COMMUNITY, *_ORGANISATION, *_CATALOGUE)}
"""All figures by name, in the order of their pages."""
