"""Skill gaps: the skills that a learner's role and goals want, beyond those the learner has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.roles import Role
from recommender.serving.nuggets.boosts import Boost
from recommender.serving.state.nugget_table import LEVELS, NO_POSITIONS, NuggetColumns
from recommender.storage.user_features import UserFeatures
from recommender.vocabulary.extensions import plain_text

Array = np.ndarray[Any, np.dtype[Any]]
USUAL_LEVEL = 2
"""The level of a nugget that states none."""
HIGHEST = 3
ADVANTAGE = 0.01
"""What a nugget gains that teaches a wanted skill, whatever its score (standard deviations)."""


@dataclass(frozen=True, slots=True)
class Want:
    """A skill wanted: the level aimed at (1 to 3), the level had (0 to 3), and the role or goal that wants it."""

    skill: str
    aim: int
    had: int = 0
    role: str = ""
    goal: str = ""

    @property
    def need(self) -> float:
        """Return which share of the aim is missing, from 0 to 1."""
        return max(0, self.aim - self.had) / self.aim


def find_levels(features: UserFeatures, done: Iterable[Nugget]) -> dict[str, int]:
    """Return the level of each skill that a learner has: 3 for stated skills, else that of the nuggets done."""
    had: dict[str, int] = {}
    for nugget in done:
        for skill in nugget.skills:
            had[skill] = max(had.get(skill, 0), LEVELS.get(nugget.level, USUAL_LEVEL))
    return had | {plain_text(skill): HIGHEST for skill in features.skills}


def find_wants(features: UserFeatures, roles: Mapping[str, Role], had: Mapping[str, int]) -> dict[str, Want]:
    """Return the wants of a learner's role and goals that are not met yet, by skill."""
    return {want.skill: want for want in own_wants(features, roles, had) if want.need > 0}


def own_wants(features: UserFeatures, roles: Mapping[str, Role], had: Mapping[str, int]) -> list[Want]:
    """Return the wants of a learner's role and goals, met or not.

    Of one skill, a goal that is not met counts more than the role, then the greatest need; the highest aim stays.
    """
    found: dict[str, Want] = {}
    for want in _wants(features, roles, had):
        before = found.get(want.skill, want)
        aims_higher = replace(want, aim=max(want.aim, before.aim))
        is_first_goal = bool(want.goal and not before.goal and want.need > 0)
        if before is want or is_first_goal or want.need > before.need:
            found[want.skill] = aims_higher
    return list(found.values())


def role_wants(role: Role, had: Mapping[str, int], goal: str = "") -> list[Want]:
    """Return the wants of a role, which is the learner's, or is aimed at by a goal."""
    names = {"goal": goal} if goal else {"role": role.name}
    return [Want(skill, aim, had.get(skill, 0), **names) for skill, aim in role.skills.items()]


def _wants(features: UserFeatures, roles: Mapping[str, Role], had: Mapping[str, int]) -> Iterable[Want]:
    own = roles.get(plain_text(features.role))
    if own is not None:
        yield from role_wants(own, had)
    for goal in features.goals:
        aimed = roles.get(plain_text(goal))
        if aimed is not None:
            yield from role_wants(aimed, had, aimed.name)
        else:
            skill = plain_text(goal)
            yield Want(skill, HIGHEST, had.get(skill, 0), goal=skill)


def gap_boost(
    columns: NuggetColumns, wants: Mapping[str, Want], scores: Array, target: float, weight: float
) -> Boost:
    """Raise nuggets that teach a wanted skill above the level had towards a `target` score.

    They come nearer to it by `weight` times the need, and win a little more, so that they win where all is equal.
    """
    values = np.zeros(len(columns.nuggets))
    names: dict[int, str] = {}
    # Goals and the greatest needs come last, so that they are named where a nugget teaches several wanted skills.
    for want in sorted(wants.values(), key=lambda one: (bool(one.goal), one.need, one.skill)):
        raising = teaching(columns, want)
        lifts = want.need * (weight * np.maximum(0.0, target - scores[raising]) + ADVANTAGE * (weight > 0))
        values[raising] = np.maximum(values[raising], lifts)
        names.update(dict.fromkeys(raising.tolist(), want.skill))
    return Boost("wanted", values, names)


def teaching(columns: NuggetColumns, want: Want) -> Array:
    """Return the positions of the nuggets that teach a skill above the level had."""
    positions = columns.skills.get(want.skill, NO_POSITIONS)
    levels = columns.levels[positions]
    return np.asarray(positions[np.where(levels > 0, levels, USUAL_LEVEL) > want.had])


def teaches(nugget: Nugget, want: Want) -> bool:
    """Return whether a nugget teaches a wanted skill above the level had."""
    return want.skill in nugget.skills and LEVELS.get(nugget.level, USUAL_LEVEL) > want.had
