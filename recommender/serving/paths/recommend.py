"""Recommends a learning path towards a skill, a role or a goal: nuggets in the order to take them, with reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lrs.auth.stores import Store
from recommender.catalogue.nuggets import definition_of
from recommender.catalogue.roles import Role
from recommender.errors import NotInCatalogueError
from recommender.messages import catalogue_language, say
from recommender.serving.context import Serving
from recommender.serving.nuggets.candidates import find_done
from recommender.serving.nuggets.explanations import Reader, display_title, want_text
from recommender.serving.nuggets.filters import name_values
from recommender.serving.nuggets.prerequisites import lacks_unknown
from recommender.serving.nuggets.recommend import find_reader, find_scored
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.nuggets.skill_gaps import (
    HIGHEST,
    USUAL_LEVEL,
    Want,
    find_levels,
    own_wants,
    role_wants,
)
from recommender.serving.paths.plan import Ground, PlannedStep, plan_path
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.nugget_table import NO_POSITIONS
from recommender.storage.vocabulary import find_vocabulary
from recommender.vocabulary.extensions import plain_text
from schemas.breaches import shown
from schemas.recommendations import PathQuery

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class PathStep:
    """One nugget of a path: its rank (from 1), the skills that it adds with their levels (1 to 3), and reasons.

    `needed_before` is the id of the first step that requires it, if one does. `hours` is None if not known.
    """

    activity: str
    definition: Mapping[str, Any]
    rank: int
    adds: tuple[tuple[str, int], ...]
    needed_before: str | None
    reasons: tuple[str, ...]
    hours: float | None


@dataclass(frozen=True, slots=True)
class PathGroup:
    """The steps (ranks) that lead to one role, goal or skill, with what has to be done before them, and the hours."""

    towards: str
    name: str
    steps: tuple[int, ...]
    hours: float


@dataclass(frozen=True, slots=True)
class PathAnswer:
    """A path, and the skills wanted: those `known`, `missing`, and missing but taught by no usable nugget.

    `message` sums it up in a sentence; `model` is the version whose scores chose between nuggets, or None; `language`
    is that of all texts. `hours` are those of all steps whose duration is known. A step may be in several groups.
    """

    model: int | None
    steps: tuple[PathStep, ...]
    message: str
    known: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    not_taught: tuple[str, ...] = ()
    towards: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    hours: float = 0.0
    groups: tuple[PathGroup, ...] = ()


def find_path(
    serving: Serving,
    store: Store,
    query: PathQuery,
    accepted: str = "",
    scored: ScoredCatalogue | None = None,
) -> PathAnswer:
    """Plan a learner's path towards what the query names, else towards the learner's role and goals.

    `scored` spares reading and scoring where that was done for this learner already.
    Raises NotInCatalogueError for an unknown skill, role or goal, and if neither the query nor the learner's
    features name one.
    """
    scored = scored or find_scored(serving, store, query.identifier)
    wants = _find_wants(scored, query)
    missing = [want for want in wants if want.need > 0]
    steps, not_taught = plan_path(_ground(serving, store, scored), missing)
    reader = _reader(scored, query.speaks or accepted, missing)
    described = tuple(_describe(scored.snapshot, reader, steps))
    return PathAnswer(
        scored.snapshot.version,
        described,
        _message(reader, wants, steps, not_taught),
        tuple(want.skill for want in wants if want.need <= 0),
        tuple(want.skill for want in missing),
        tuple(not_taught),
        {query.target: query.value} if query.target else {},
        catalogue_language(reader.language),
        _hours_of(described),
        tuple(_groups(steps, described, reader.wants)),
    )


def _ground(serving: Serving, store: Store, scored: ScoredCatalogue) -> Ground:
    columns, candidates = scored.snapshot.columns, scored.candidates
    lacking = lacks_unknown(columns, scored.learner.history.done)
    vocabulary = find_vocabulary(serving.database, store.id)
    return Ground(
        columns,
        candidates.eligible & ~lacking,
        candidates.done,
        scored.scores.values,
        lambda position: vocabulary.is_step(columns.nuggets[position].type),
    )


def _hours_of(steps: Iterable[PathStep]) -> float:
    return round(sum(step.hours or 0.0 for step in steps), 2)


def _groups(
    plan: Sequence[PlannedStep], steps: Sequence[PathStep], wants: Mapping[str, Want]
) -> Iterator[PathGroup]:
    """Yield the steps of each role and goal; those of a skill that none of them wants are a group of the skill."""
    of_step: dict[int, set[tuple[str, str]]] = {}
    for one in reversed(plan):  # what is needed before others is in their groups too
        own = {_target_of(wants[skill]) for skill, _ in one.adds}
        of_step[one.position] = own.union(*(of_step[later] for later in one.needed_by))
    found: dict[tuple[str, str], list[PathStep]] = defaultdict(list)
    for planned, step in zip(plan, steps, strict=True):
        for target in sorted(of_step[planned.position]):
            found[target].append(step)
    for (towards, name), inside in found.items():
        yield PathGroup(towards, name, tuple(one.rank for one in inside), _hours_of(inside))


def _target_of(want: Want) -> tuple[str, str]:
    if want.role:
        return "role", want.role
    return ("goal", want.goal) if want.goal else ("skill", want.skill)


def _reader(scored: ScoredCatalogue, speaks: str, wants: Sequence[Want]) -> Reader:
    reader = find_reader(scored, speaks)
    return replace(reader, wants={want.skill: want for want in wants})


def _find_wants(scored: ScoredCatalogue, query: PathQuery) -> list[Want]:
    features, snapshot = scored.learner.features, scored.snapshot
    had = find_levels(features, find_done(snapshot, scored.candidates))
    if query.target == "role":
        return role_wants(_known_role(snapshot.roles, query.value), had)
    if query.target == "skill":
        return [_skill_want(snapshot, _known_skill(snapshot, query.value), had)]
    if query.target == "goal":
        goal = _known_goal(features.goals, query.value)
        aimed = snapshot.roles.get(goal)
        return role_wants(aimed, had, aimed.name) if aimed else [_skill_want(snapshot, goal, had)]
    wants = own_wants(features, snapshot.roles, had)
    if not wants:
        raise NotInCatalogueError(
            "nothing is known of what the learner's role or goals ask for; send skill=... or role=...",
            path="agent",
        )
    return wants


def _skill_want(snapshot: CatalogueSnapshot, skill: str, had: Mapping[str, int]) -> Want:
    """Return a want that aims at the highest level that any nugget teaches."""
    levels = snapshot.columns.levels[snapshot.columns.skills.get(skill, NO_POSITIONS)]
    aim = int(np.where(levels > 0, levels, USUAL_LEVEL).max()) if len(levels) else HIGHEST
    return Want(skill, aim, had.get(skill, 0))


def _known_skill(snapshot: CatalogueSnapshot, skill: str) -> str:
    there = {*snapshot.columns.skills, *(one for role in snapshot.roles.values() for one in role.skills)}
    return _known("skill", skill, there)


def _known_role(roles: Mapping[str, Role], role: str) -> Role:
    return roles[_known("role", role, roles.keys())]


def _known_goal(goals: Sequence[str], goal: str) -> str:
    return _known("goal", goal, {plain_text(one) for one in goals}, "of the learner")


def _known(name: str, value: str, there: Any, whose: str = "here") -> str:
    if value in there:
        return value
    remedy = name_values(value, sorted(there)) if there else f"there is no {name} yet"
    raise NotInCatalogueError(f"{shown(value)} is not a {name} {whose}; {remedy}", path=name)


def _describe(snapshot: CatalogueSnapshot, reader: Reader, steps: Sequence[PlannedStep]) -> list[PathStep]:
    nuggets = snapshot.columns.nuggets
    return [
        PathStep(
            nuggets[step.position].id,
            definition_of(nuggets[step.position]),
            number,
            step.adds,
            None if step.needed_before is None else nuggets[step.needed_before].id,
            tuple(_reasons(snapshot, reader, step)),
            _hours(nuggets[step.position].duration_s),
        )
        for number, step in enumerate(steps, start=1)
    ]


def _hours(seconds: int | None) -> float | None:
    return None if seconds is None else round(seconds / HOUR_S, 2)


def _reasons(snapshot: CatalogueSnapshot, reader: Reader, step: PlannedStep) -> list[str]:
    found = []
    for skill, _ in step.adds:
        want = reader.wants[skill]
        has_reason = bool(want.role or want.goal)  # without one, the query named the skill itself
        teaches = say(reader.language, "teaches", skill=reader.named(skill))
        found.append(want_text(reader, skill) if has_reason else teaches)
    if step.needed_before is not None:
        later = snapshot.columns.nuggets[step.needed_before]
        title = display_title(later, reader.language, later.id)
        found.append(say(reader.language, "needed_before", name=title))
    return found


def _message(
    reader: Reader, wants: Sequence[Want], steps: Sequence[PlannedStep], not_taught: Sequence[str]
) -> str:
    if not any(want.need > 0 for want in wants):
        known = ", ".join(reader.named(want.skill) for want in wants)
        return (
            say(reader.language, "path.complete", skills=known)
            if known
            else say(reader.language, "path.empty")
        )
    parts = [say(reader.language, "path.steps", count=len(steps))] if steps else []
    had = {want.skill: want.had for want in wants}
    for key, begun in (("path.not_taught", False), ("path.no_further", True)):
        skills = ", ".join(reader.named(skill) for skill in not_taught if bool(had[skill]) is begun)
        if skills:
            parts.append(say(reader.language, key, skills=skills))
    return ". ".join(parts)
