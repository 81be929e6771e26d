"""Figures of skills: what roles want and people have, what nothing teaches, and who is ready for which role."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lrs.personas import find_agreeing
from recommender.catalogue.roles import Role
from recommender.insights.counting import Asked
from recommender.insights.floors import Tallies, Tally
from recommender.insights.organisation import Organisation
from recommender.insights.rollups import COMPLETED
from recommender.serving.nuggets.skill_gaps import USUAL_LEVEL, find_levels, find_wants
from recommender.serving.state.nugget_table import LEVELS
from recommender.storage.user_features import UserFeatures
from recommender.vocabulary.extensions import plain_text, primary_language

Array = np.ndarray[Any, np.dtype[Any]]
READY = 0.8
"""The share of a role's levels from which somebody is ready for it."""
Levels = Mapping[int, Mapping[str, int]]
"""The level of each skill that each person (by position) has."""


def gap(asked: Asked) -> Tallies:
    """Sum the levels that roles want and people lack, at the end of the window and at its beginning."""
    now, before = _had(asked.organisation, asked.until), _had(asked.organisation, asked.since)
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    people: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for person, features, role in _holders(asked):
        group = role.name if asked.by[0] == "role" else features.team
        for skill, aim in role.skills.items():
            missing = [max(0, aim - levels[person].get(skill, 0)) for levels in (now, before)]
            for labels in [(), (group, skill)] if group else [()]:
                people[labels].add(person)
                for at, number in enumerate((aim, *missing)):
                    sums[labels][at] += number
    return {
        labels: {
            "gap": Tally(len(who), len(who), sums[labels][1], sums[labels][0]),
            "gap_before": Tally(len(who), len(who), sums[labels][2], sums[labels][0]),
            "people": Tally(len(who)),
        }
        for labels, who in {(): people[()], **people}.items()
    }


def wanted_not_taught(asked: Asked) -> Tallies:
    """Count people who want a skill at a level that no nugget open to them teaches."""
    taught, had = _taught(asked.organisation), _had(asked.organisation, asked.until)
    people: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for person, features in _known(asked):
        reads = {"", *map(primary_language, features.languages)}
        for skill, want in find_wants(features, asked.organisation.roles, had[person]).items():
            levels = taught.get(skill, {})
            open_to = levels if len(reads) == 1 else {one: levels[one] for one in levels.keys() & reads}
            if max(open_to.values(), default=0) < want.aim:
                people[skill, str(want.aim)].add(person)
                people[()].add(person)
    return {labels: {"wanting": Tally(len(who))} for labels, who in {(): people[()], **people}.items()}


def readiness(asked: Asked) -> Tallies:
    """Count people who agreed to be considered for roles and have nearly all that a role wants."""
    agreeing = find_agreeing(asked.source.database, asked.source.store, "roles")
    had = _had(asked.organisation, asked.until)
    names = asked.organisation.persons()
    considered = [person for person, _ in _known(asked) if names[person] in agreeing]
    ready: dict[tuple[str, ...], set[int]] = {
        (role.name,): {person for person in considered if is_ready(role, had[person])}
        for role in asked.organisation.roles.values()
        if role.skills
    }
    everybody: set[int] = set().union(*ready.values())
    return {labels: {"ready": Tally(len(who))} for labels, who in {(): everybody, **ready}.items()}


def is_ready(role: Role, had: Mapping[str, int]) -> bool:
    """Return whether somebody has enough of the levels that a role wants."""
    wanted = sum(role.skills.values())
    return sum(min(aim, had.get(skill, 0)) for skill, aim in role.skills.items()) >= READY * wanted


def _known(asked: Asked) -> Iterator[tuple[int, UserFeatures]]:
    """Yield the headcount, by position, with their features."""
    names, features = asked.organisation.persons(), asked.organisation.features
    for person in asked.headcount().tolist():
        yield person, features.get(names[person], UserFeatures())


def _holders(asked: Asked) -> Iterator[tuple[int, UserFeatures, Role]]:
    """Yield those of the headcount whose role wants skills."""
    for person, features in _known(asked):
        role = asked.organisation.roles.get(plain_text(features.role))
        if role is not None and role.skills:
            yield person, features, role


def _had(organisation: Organisation, until: int) -> Levels:
    """Return the levels that people had before a day: of nuggets completed, and of skills stated at any time."""
    return organisation.keep(("had", until), lambda: _find_had(organisation, until))


def _find_had(organisation: Organisation, until: int) -> Levels:
    acts = organisation.acts(-(10**6), until)
    acts = acts[(acts["flags"] & COMPLETED != 0) & (acts["item"] >= 0)]
    pairs = np.unique(acts["person"].astype(np.int64) << 32 | acts["item"].astype(np.int64))
    nuggets = [organisation.nuggets.get(one) for one in organisation.names()]
    done: dict[int, list[Any]] = defaultdict(list)
    for pair in pairs.tolist():
        nugget = nuggets[pair & 0xFFFFFFFF]
        if nugget is not None and not nugget.private:
            done[pair >> 32].append(nugget)
    features = organisation.features
    return {
        person: find_levels(features.get(name, UserFeatures()), done.get(person, ()))
        for person, name in enumerate(organisation.persons())
    }


def _taught(organisation: Organisation) -> Mapping[str, Mapping[str, int]]:
    """Return the highest level at which open nuggets teach each skill, by language."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    now = time.time_ns() // 1000
    for nugget in organisation.nuggets.values():
        for skill in nugget.skills if nugget.is_open(now) else ():
            level, language = LEVELS.get(nugget.level, USUAL_LEVEL), primary_language(nugget.language)
            found[skill][language] = max(level, found[skill].get(language, 0))
    return found
