"""Who helps whom: pairs of a helper and a helped person, between teams, across teams, and newcomers without any."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.insights.activity import spans
from recommender.insights.counting import Asked, attribute, distinct
from recommender.insights.floors import Tallies, Tally
from recommender.insights.organisation import ACT, NO_ACTS, Organisation
from recommender.insights.rollups import LIKING, PRIVATE

Array = np.ndarray[Any, np.dtype[Any]]
HELPS = frozenset({"answered", "mentored", "commented", "reviewed", "shared"})
"""Canonical verbs of help, where the act is towards a person."""
MIN_A_SIDE = 2
"""An edge has at least so many people on each side, so that it is no portrait of one person."""
NEVER = np.iinfo(np.int32).max


def find_pairs(asked: Asked) -> Array:
    """Return who helped whom (positions, P x 2, each pair once); both agree to be counted.

    One of both must pass the filters about people.
    """
    organisation, days = asked.organisation, (asked.since, asked.until)
    pairs = organisation.keep(("links", *days), lambda: _links(organisation, *days))
    pairs = pairs[asked.agreed[pairs].all(axis=1)]
    return np.asarray(pairs[asked.counted[pairs].any(axis=1)])


def _links(organisation: Organisation, since: int, until: int) -> Array:
    """Return who helped whom in a span of days in the open, each pair once."""
    acts = _help(organisation, since, until)
    private = organisation.keep_known("private items", lambda: _private(organisation))
    acts = acts[(acts["flags"] & PRIVATE == 0) & ~private[acts["item"]]]
    joined = np.unique(acts["person"].astype(np.int64) << 32 | acts["peer"].astype(np.int64))
    return np.column_stack([joined >> 32, joined & 0xFFFFFFFF])


def _help(organisation: Organisation, since: int, until: int) -> Array:
    """Return the acts of help in a span of days."""

    def find(acts: Array) -> Array:
        is_help = organisation.has_verb(acts, HELPS) & (acts["peer"] >= 0) & (acts["flags"] & LIKING != 0)
        return np.asarray(acts[is_help])

    parts = [organisation.keep_days(("help", *days), *days, find) for days in spans(since, until)]
    return np.concatenate([NO_ACTS, *parts])


def who_helps_whom(asked: Asked) -> Tallies:
    """Count pairs from team to team, with how many people are on each side."""
    pairs, teams = find_pairs(asked), team_of(asked.organisation)
    named = attribute(asked.organisation, "team").labels
    within = pairs[(teams[pairs] >= 0).all(axis=1)]
    ends, edges = np.unique(teams[within], axis=0, return_inverse=True)  # there may be thousands of teams
    found = _edges(within, edges.ravel(), len(ends))
    return {(): _edges(pairs, np.zeros(len(pairs), dtype=np.int64), 1)[0]} | {
        (named[giving], named[receiving]): found[edge] for edge, (giving, receiving) in enumerate(ends)
    }


def _edges(pairs: Array, edges: Array, count: int) -> list[dict[str, Tally]]:
    """Return the numbers of each edge."""
    numbers = np.bincount(edges, minlength=count)
    helpers, helped = (distinct(edges, pairs[:, side], count) for side in (0, 1))
    people = distinct(np.concatenate([edges, edges]), pairs.T.ravel(), count)
    broad = [min(sides) >= MIN_A_SIDE for sides in zip(helpers, helped, strict=True)]
    return [
        {
            "pairs": Tally(people[edge] if broad[edge] else 0, count=int(numbers[edge])),
            "helpers": Tally(helpers[edge]),
            "helped": Tally(helped[edge]),
        }
        for edge in range(count)
    ]


def bridges(asked: Asked) -> Tallies:
    """Count by team its members with a link to another team, and in all the pairs across teams."""
    pairs, teams = find_pairs(asked), team_of(asked.organisation)
    pairs = pairs[(teams[pairs] >= 0).all(axis=1)]
    across = pairs[teams[pairs[:, 0]] != teams[pairs[:, 1]]]
    people = np.intersect1d(across, asked.headcount())
    labels = [(name,) for name in attribute(asked.organisation, "team").labels]
    reaching = distinct(teams[people], people, len(labels))
    share = Tally(_people(across), _people(pairs), len(across), len(pairs))
    everybody = {"reaching_out": Tally(len(people), len(asked.headcount())), "across": share}
    rows = zip(labels, reaching, asked.sizes(labels), strict=True)
    return {(): everybody, **{label: {"reaching_out": Tally(some, of)} for label, some, of in rows}}


def connectedness(asked: Asked) -> Tallies:
    """Count people with at least one link among the headcount, and in all the pairs across teams."""
    pairs, teams = find_pairs(asked), team_of(asked.organisation)
    people = np.intersect1d(pairs, asked.headcount())
    known = pairs[(teams[pairs] >= 0).all(axis=1)]
    across = known[teams[known[:, 0]] != teams[known[:, 1]]]
    share = Tally(_people(across), _people(known), len(across), len(known))
    everybody = {"connected": Tally(len(people), len(asked.headcount())), "across": share}
    found = asked.split(acts_of(people))
    rows = zip(found.labels, found.people(acts_of(people)), asked.sizes(found.labels), strict=True)
    return {(): everybody, **{labels: {"connected": Tally(some, of)} for labels, some, of in rows}}


def newcomers(asked: Asked) -> Tallies:
    """Count people whose first act lies in the window, and those of them who neither helped nor were helped."""
    new = find_newcomers(asked)
    alone = np.isin(new, find_pairs(asked), invert=True)
    acts = acts_of(new)
    found = asked.split(acts)
    rows = zip(found.labels, found.people(acts, alone), found.people(acts), strict=True)
    total = {"without_links": Tally(int(alone.sum()), len(new))}
    return {(): total, **{labels: {"without_links": Tally(some, of)} for labels, some, of in rows}}


def find_alone(asked: Asked) -> Array:
    """Return the positions of the newcomers without any link, the newest first."""
    new = find_newcomers(asked)
    alone = new[np.isin(new, find_pairs(asked), invert=True)]
    first = _first_days(asked.organisation)
    return np.asarray(alone[np.argsort(-first[alone], kind="stable")])


def find_newcomers(asked: Asked) -> Array:
    """Return the positions of those counted whose first act of positive strength lies in the window."""
    first = _first_days(asked.organisation)
    return np.flatnonzero(asked.counted & (asked.since <= first) & (first < asked.until))


def _first_days(organisation: Organisation) -> Array:
    """Return the day of each person's first act of positive strength; NEVER without one."""
    return organisation.keep("first days", lambda: _find_first_days(organisation))


def _find_first_days(organisation: Organisation) -> Array:
    first = np.full(organisation.person_count, NEVER, dtype=np.int64)
    known = organisation.days.keys()
    for days in spans(min(known, default=0), max(known, default=-1) + 1):
        part = organisation.keep_days(("first days", *days), *days, _first_day_of_each)
        first[: len(part)] = np.minimum(first[: len(part)], part)
    return first


def _first_day_of_each(acts: Array) -> Array:
    acts = acts[acts["flags"] & LIKING != 0][::-1]
    first = np.full(int(acts["person"].max()) + 1 if len(acts) else 0, NEVER, dtype=np.int64)
    first[acts["person"]] = acts["day"]  # acts are in the order of days, so the first day is written last
    return first


def team_of(organisation: Organisation) -> Array:
    """Return the team of each person, as a position in the labels of teams; -1 without one."""

    def find() -> Array:
        teams = np.full(organisation.person_count, -1, dtype=np.int64)
        rows, codes = attribute(organisation, "team").expand(np.arange(organisation.person_count))
        teams[rows] = codes
        return teams

    return organisation.keep_known("team of", find)


def acts_of(people: Array) -> Array:
    """Return rows that only name people, to split these."""
    acts = np.zeros(len(people), ACT)
    acts["person"], acts["item"], acts["peer"] = people, -1, -1
    return acts


def _private(organisation: Organisation) -> Array:
    """Return which nuggets are private (a mask); the last one stands for none."""
    nuggets = (organisation.nuggets.get(name) for name in organisation.names())
    return np.array([*(one is not None and one.private for one in nuggets), False], dtype=bool)


def _people(pairs: Array) -> int:
    return len(np.unique(pairs))
