"""Figures of skills: what roles want and people have, what nothing teaches, and who is ready for which role."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array

from lrs.personas import find_agreeing
from recommender.catalogue.roles import Role
from recommender.insights.activity import BEGINNING, first_acts
from recommender.insights.counting import MOST_CELLS, Asked, attribute
from recommender.insights.floors import Tallies, Tally
from recommender.insights.networks import team_of
from recommender.insights.organisation import Organisation
from recommender.insights.rollups import COMPLETED
from recommender.serving.nuggets.skill_gaps import HIGHEST, USUAL_LEVEL, find_wants
from recommender.serving.state.nugget_table import LEVELS
from recommender.storage.user_features import UserFeatures
from recommender.vocabulary.extensions import plain_text, primary_language

Array = np.ndarray[Any, np.dtype[Any]]
READY = 0.8
"""The share of a role's levels from which somebody is ready for it."""


@dataclass(frozen=True, slots=True)
class Had:
    """The level (1 to 3) that people have of skills that some role or goal wants; only of those whom they have.

    People type their goals, so that there may be as many wanted skills as people.
    """

    index: Mapping[str, int]
    by_person: csr_array
    by_skill: csc_array

    def of(self, people: Array, skill: str) -> Array:
        """Return the levels that people have of a wanted skill, 0 for none."""
        start, end = self.by_skill.indptr[self.index[skill] :][:2]
        who, levels = self.by_skill.indices[start:end], self.by_skill.data[start:end]
        if not len(who):
            return np.zeros(len(people), dtype=np.int64)
        at = np.minimum(np.searchsorted(who, people), len(who) - 1)
        return np.where(who[at] == people, levels[at], 0)

    def of_one(self, person: int) -> Mapping[str, int]:
        """Return the levels of one person by skill."""
        start, end = self.by_person.indptr[person:][:2]
        names = tuple(self.index)
        codes, levels = self.by_person.indices[start:end], self.by_person.data[start:end]
        return {names[code]: level for code, level in zip(codes.tolist(), levels.tolist(), strict=True)}


def gap(asked: Asked) -> Tallies:
    """Sum the levels that roles want and people lack, at the end of the window and at its beginning."""
    had = [had_before(asked.organisation, day) for day in (asked.until, asked.since)]
    teams, names = team_of(asked.organisation), attribute(asked.organisation, "team").labels
    sums: dict[tuple[str, ...], Array] = defaultdict(lambda: np.zeros(4))
    for role, people in _holders(asked):
        for skill, aim in role.skills.items():
            lacks = [np.maximum(0, aim - levels.of(people, skill)) for levels in had]
            row = np.vstack([np.ones(len(people)), np.full(len(people), aim), *lacks])
            sums[()] += row.sum(axis=1)
            if asked.by[0] == "role":
                sums[role.name, skill] += row.sum(axis=1)
                continue
            own = teams[people]
            for team in np.unique(own[own >= 0]):
                sums[names[team], skill] += row[:, own == team].sum(axis=1)
    sums[()][0] = sum(len(people) for _, people in _holders(asked))
    return {labels: _gap(*map(int, row)) for labels, row in sums.items()}


def _gap(people: int, wanted: int, lacking: int, lacking_before: int) -> dict[str, Tally]:
    return {
        "gap": Tally(people, people, lacking, wanted),
        "gap_before": Tally(people, people, lacking_before, wanted),
        "people": Tally(people),
    }


def wanted_not_taught(asked: Asked) -> Tallies:
    """Count people who want a skill at a level that no nugget open to them teaches."""
    had, taught = had_before(asked.organisation, asked.until), _taught(asked.organisation)
    people: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for person, features in _with_goals(asked):
        for skill, want in find_wants(features, asked.organisation.roles, had.of_one(person)).items():
            if taught.level(skill, taught.codes[person]) < want.aim:
                people[skill, str(want.aim)].add(person)
    aiming = np.fromiter((person for person, _ in _with_goals(asked)), np.int64)
    for role, holders in _holders(asked):
        for skill, aim in role.skills.items():
            untaught = np.array(
                [taught.level(skill, code) < aim for code in range(len(taught.readers))], dtype=bool
            )
            missing = holders[(had.of(holders, skill) < aim) & untaught[taught.codes[holders]]]
            people[skill, str(aim)].update(np.setdiff1d(missing, aiming).tolist())
    everybody: set[int] = set().union(*people.values())
    return {labels: {"wanting": Tally(len(who))} for labels, who in {(): everybody, **people}.items()}


def readiness(asked: Asked) -> Tallies:
    """Count people who agreed to be considered for roles and have nearly all that a role wants."""
    considered, had = find_considered(asked), had_before(asked.organisation, asked.until)
    ready: dict[tuple[str, ...], Array] = {
        (role.name,): considered[is_ready(role, had, considered)]
        for role in asked.organisation.roles.values()
        if role.skills
    }
    everybody = np.unique(np.concatenate([considered[:0], *ready.values()]))
    return {labels: {"ready": Tally(len(who))} for labels, who in {(): everybody, **ready}.items()}


def find_considered(asked: Asked) -> Array:
    """Return those of the headcount who agreed to be considered for roles (positions)."""
    agreeing = find_agreeing(asked.source.database, asked.source.store, "roles")
    names = asked.organisation.persons()
    return np.array([one for one in asked.headcount().tolist() if names[one] in agreeing], dtype=np.int64)


def is_ready(role: Role, had: Had, people: Array) -> Array:
    """Return which people have enough of the levels that a role wants (a mask)."""
    have = np.zeros(len(people))
    for skill, aim in role.skills.items():
        have += np.minimum(aim, had.of(people, skill))
    return np.asarray(have >= READY * sum(role.skills.values()))


def _features(asked: Asked, person: int) -> UserFeatures:
    return asked.organisation.features.get(asked.organisation.people.values[person], UserFeatures())


def _with_goals(asked: Asked) -> Iterator[tuple[int, UserFeatures]]:
    """Yield those of the headcount who have goals."""
    for person in asked.headcount().tolist():
        features = _features(asked, person)
        if features.goals:
            yield person, features


def _holders(asked: Asked) -> Iterator[tuple[Role, Array]]:
    """Yield the roles that want skills, each with those of the headcount who have it (positions)."""
    people = asked.headcount()
    roles = asked.organisation.keep_known("plain roles", lambda: _plain_roles(asked.organisation))
    for name, role in asked.organisation.roles.items():
        if role.skills:
            yield role, people[roles[people] == name]


def _plain_roles(organisation: Organisation) -> Array:
    known = (organisation.features.get(one) for one in organisation.persons())
    return np.array([plain_text(one.role) if one else "" for one in known], dtype=object)


def had_before(organisation: Organisation, until: int) -> Had:
    """Return the levels that people had before a day: of nuggets completed, and of skills stated at any time."""
    return organisation.keep(("had", until), lambda: _find_had(organisation, until))


def _find_had(organisation: Organisation, until: int) -> Had:
    wanted = {skill for role in organisation.roles.values() for skill in role.skills}
    wanted |= {plain_text(goal) for one in organisation.features.values() for goal in one.goals}
    for goal in wanted & organisation.roles.keys():
        wanted |= organisation.roles[goal].skills.keys()
    index = {skill: at for at, skill in enumerate(sorted(wanted))}
    told = np.hstack([_completed(organisation, until, index), _stated(organisation, index)])
    found = _highest(told, (organisation.person_count, len(index)))
    return Had(index, found, found.tocsc())


def _highest(told: Array, shape: tuple[int, int]) -> csr_array:
    """Return the highest of the levels told (people, codes, levels: 3 x N) of each person and skill."""
    people, codes, levels = told
    if shape[0] * shape[1] <= MOST_CELLS:
        table = np.zeros(shape, dtype=np.int64)
        for level in range(1, HIGHEST + 1):  # the higher ones overwrite the others
            table[people[levels == level], codes[levels == level]] = level
        return csr_array(table)
    cells = np.unique(people << 34 | codes << 2 | levels)  # of the levels of one skill, the highest is last
    cells = cells[np.append(np.diff(cells >> 2) != 0, True)[: len(cells)]]
    return csr_array((cells & 3, (cells >> 34, cells >> 2 & 0xFFFFFFFF)), shape=shape)


def _stated(organisation: Organisation, index: Mapping[str, int]) -> Array:
    """Return the people, codes and levels (3 x N) of the wanted skills that people said they have."""
    known = ((at, organisation.features.get(name)) for at, name in enumerate(organisation.persons()))
    stated = [
        (at, index.get(plain_text(skill), -1), HIGHEST) for at, one in known if one for skill in one.skills
    ]
    found = np.array(stated, dtype=np.int64).reshape(-1, 3).T
    return np.asarray(found[:, found[1] >= 0])


def _completed(organisation: Organisation, until: int, index: Mapping[str, int]) -> Array:
    """Return the people, codes and levels (3 x N) of the wanted skills of nuggets that people completed."""
    skills = attribute(organisation, "skill")
    column = np.array([index.get(skill, -1) for skill in skills.labels], dtype=np.int64)
    nuggets = (organisation.nuggets.get(one) for one in organisation.names())
    of_item = np.array([LEVELS.get(one.level, USUAL_LEVEL) if one else 0 for one in nuggets], dtype=np.int64)
    done = first_acts(organisation, BEGINNING, until, COMPLETED)
    people, items = done["person"].astype(np.int64), done["item"].astype(np.int64)
    rows, codes = skills.expand(items)
    found = np.vstack([people[rows], column[codes], of_item[items[rows]]])
    return np.asarray(found[:, (found[1] >= 0) & (found[2] > 0)])


@dataclass(frozen=True, slots=True)
class Taught:
    """The highest level at which open nuggets teach each skill, by language.

    `readers` are the sets of languages that people read, `codes` which of them each person reads.
    """

    levels: Mapping[str, Mapping[str, int]]
    readers: tuple[frozenset[str], ...]
    codes: Array

    def level(self, skill: str, code: int) -> int:
        """Return the highest level open to people who read these languages; to those of whom none is known, all are."""
        levels, reads = self.levels.get(skill, {}), self.readers[code]
        return max(
            (level for one, level in levels.items() if not reads or not one or one in reads), default=0
        )


def _taught(organisation: Organisation) -> Taught:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    now = time.time_ns() // 1000
    for nugget in organisation.nuggets.values():
        for skill in nugget.skills if nugget.is_open(now) else ():
            level, language = LEVELS.get(nugget.level, USUAL_LEVEL), primary_language(nugget.language)
            found[skill][language] = max(level, found[skill].get(language, 0))
    readers: dict[frozenset[str], int] = {}
    known = (organisation.features.get(one, UserFeatures()) for one in organisation.persons())
    codes = [
        readers.setdefault(frozenset(map(primary_language, one.languages)) - {""}, len(readers))
        for one in known
    ]
    return Taught(found, tuple(readers), np.array(codes, dtype=np.int64))
