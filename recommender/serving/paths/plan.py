"""Plans a learning path: few nuggets that teach the missing skills, each after its prerequisites."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender.serving.nuggets.prerequisites import missing_of
from recommender.serving.nuggets.skill_gaps import USUAL_LEVEL, Want, teaching
from recommender.serving.state.nugget_table import NuggetColumns

Array = np.ndarray[Any, np.dtype[Any]]
MOST_STEPS = 100
USUAL_MINUTES = 60.0
"""The duration of a nugget that states none."""
MINUTE_S = 60
SHORT_MINUTES = 30.0
"""From here on, about each doubling of the time that a level takes costs as much as half of all differences in fit:
ten minutes beat four hours whatever the fit, and an hour beats two unless it fits much worse."""

Unit = tuple[str, int]
"""A skill at one level; a nugget adds one or more of them."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A nugget of a plan by its position, what it adds, and the planned nuggets that require it, in their order."""

    position: int
    adds: tuple[Unit, ...] = ()
    needed_by: tuple[int, ...] = ()

    @property
    def needed_before(self) -> int | None:
        """Return the first planned nugget that requires this one, or None."""
        return self.needed_by[0] if self.needed_by else None


@dataclass(frozen=True, slots=True)
class Ground:
    """The input of a plan: which nuggets the learner may take (`usable`, I) or has `done` (I), and all scores.

    `teaches` tells by its position whether a nugget teaches its skills; a thread about a skill does not.
    """

    columns: NuggetColumns
    usable: Array
    done: Array
    scores: Array
    teaches: Callable[[int], bool] = lambda position: True


@dataclass(slots=True)
class _Plan:
    chosen: dict[int, list[Unit]] = field(default_factory=dict)
    open_units: set[Unit] = field(default_factory=set)


def plan_path(ground: Ground, wants: Iterable[Want]) -> tuple[list[PlannedStep], list[str]]:
    """Return the steps in the order to take them, and the skills that no usable nugget teaches.

    Each skill gets one nugget for every level from the lowest missing one to the aim. Nuggets are chosen one by
    one, by fit (the score among all that are offered) and by the time that each level takes, prerequisites included.
    """
    before = _Requirements(ground)
    offers: dict[int, set[Unit]] = {}
    plan, not_taught = _Plan(), []
    for want in wants:
        found = _offers(ground, want, before)
        if not found:
            not_taught.append(want.skill)
        for position, unit in found:
            offers.setdefault(position, set()).add(unit)
            plan.open_units.add(unit)
    merits = _Merits(ground, list(offers))
    while plan.open_units and len(plan.chosen) < MOST_STEPS:
        _choose_next(merits, plan, offers, before)
    return _in_order(ground, merits, plan), not_taught


def _offers(ground: Ground, want: Want, before: _Requirements) -> list[tuple[int, Unit]]:
    """Return nuggets with the level each adds: the missing levels up to the aim, else the lowest level above it."""
    positions = [
        int(one)
        for one in teaching(ground.columns, want)
        if ground.usable[one] and ground.teaches(int(one)) and before.of(int(one)) is not None
    ]
    levels = {one: int(ground.columns.levels[one]) or USUAL_LEVEL for one in positions}
    wanted = {level for level in levels.values() if level <= want.aim} or set(sorted(levels.values())[:1])
    return [(one, (want.skill, level)) for one, level in levels.items() if level in wanted]


class _Requirements:
    """Finds all prerequisites of a nugget, direct and indirect; remembers those found."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._found: dict[int, list[int] | None] = {}

    def of(self, position: int) -> list[int] | None:
        """Return all that has to be done before a nugget, in order; None if some of it is not usable."""
        if position not in self._found:
            self._found[position] = self._order(position)
        return self._found[position]

    def _order(self, position: int) -> list[int] | None:
        """Walk down to nuggets without prerequisites, depth first; without recursion, as chains may be long."""
        ordered: dict[int, None] = {}
        path, on_path = [(position, iter(_missing(self._ground, position)))], {position}
        while path:
            current, rest = path[-1]
            following = next((one for one in rest if one not in ordered), None)
            if following is None:
                on_path.discard(current)
                ordered[path.pop()[0]] = None
            elif following in on_path or not self._ground.usable[following]:
                return None
            else:
                on_path.add(following)
                path.append((following, iter(_missing(self._ground, following))))
        return [one for one in ordered if one != position]


class _Merits:
    """How good nuggets are as steps: their fit, from 0 to 1 among those `offered`, less what their time costs."""

    def __init__(self, ground: Ground, offered: Sequence[int]) -> None:
        minutes = ground.columns.seconds / MINUTE_S
        self._minutes: Array = np.where(np.isnan(minutes), USUAL_MINUTES, minutes)
        scores = ground.scores[np.array(offered, dtype=np.int64)]
        lowest, highest = (float(scores.min()), float(scores.max())) if len(scores) else (0.0, 0.0)
        self._fit: Array = np.clip((ground.scores - lowest) / ((highest - lowest) or 1.0), 0.0, 1.0)

    def of(self, position: int, others: Sequence[int] = (), levels: int = 1) -> float:
        """Return the merit of a nugget that, with others before it, adds so many levels."""
        minutes = float(self._minutes[[position, *others]].sum()) / levels
        return float(self._fit[position]) - 0.5 * math.log2(1 + minutes / SHORT_MINUTES)


def _choose_next(
    merits: _Merits, plan: _Plan, offers: Mapping[int, set[Unit]], before: _Requirements
) -> None:
    def worth(position: int) -> tuple[float, int]:
        extra = [one for one in before.of(position) or () if one not in plan.chosen]
        return (merits.of(position, extra, len(offers[position] & plan.open_units)), -position)

    best = max((one for one in offers if offers[one] & plan.open_units), key=worth)
    for position in [*(before.of(best) or ()), best]:
        added = offers.get(position, set()) & plan.open_units
        plan.chosen.setdefault(position, []).extend(sorted(added))
        plan.open_units -= added


def _in_order(ground: Ground, merits: _Merits, plan: _Plan) -> list[PlannedStep]:
    """Order the chosen nuggets: prerequisites first, then lower levels, then what fits better and takes less time."""
    # Kahn's algorithm: `waiting` counts prerequisites not placed yet; a heap picks the best of those that have none.
    waiting: dict[int, int] = {}
    later: dict[int, list[int]] = {one: [] for one in plan.chosen}
    for one in plan.chosen:
        direct = [before for before in _missing(ground, one) if before in plan.chosen]
        waiting[one] = len(direct)
        for before in direct:
            later[before].append(one)
    ready = [_priority(ground, merits, one) for one, count in waiting.items() if not count]
    heapq.heapify(ready)
    ranks: dict[int, int] = {}
    while ready:
        position = heapq.heappop(ready)[-1]
        ranks[position] = len(ranks)
        for other in later[position]:
            waiting[other] -= 1
            if not waiting[other]:
                heapq.heappush(ready, _priority(ground, merits, other))
    return [
        PlannedStep(one, tuple(plan.chosen[one]), tuple(sorted(later[one], key=ranks.__getitem__)))
        for one in ranks
    ]


def _missing(ground: Ground, position: int) -> list[int]:
    found: list[int] = missing_of(ground.columns, position, ground.done).tolist()
    return found


def _priority(ground: Ground, merits: _Merits, position: int) -> tuple[int, float, int]:
    level = int(ground.columns.levels[position]) or USUAL_LEVEL
    return (level, -merits.of(position), position)
