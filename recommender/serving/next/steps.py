"""The steps that a learner may take now in a course, the best first, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from recommender.catalogue.nuggets import Nugget
from recommender.ranking.course_order import START, CourseOrder, onwards, rank_open
from recommender.serving.next.standing import Standing
from recommender.serving.nuggets.skill_gaps import USUAL_LEVEL, find_levels
from recommender.serving.state.nugget_table import LEVELS
from recommender.storage.user_features import UserFeatures
from schemas.floors import FLOOR

BEGUN, FAILED, OPEN, BEYOND = STAGES = ("begun", "failed", "open", "beyond")


@dataclass(frozen=True, slots=True)
class Step:
    """A step to take, its stage, and the key of its reason, with the Activity or the attempts left that it tells."""

    activity: str
    stage: str
    reason: str
    named: str = ""
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What steps are judged by: the nuggets that are steps, the learner's standing, and how others went on.

    `done` are all ids that the learner has done, here and elsewhere. `find` returns any nugget by its id, or None;
    `may_take` tells whether the learner may be shown one: open, in a language that is read, not turned away.
    """

    steps: Mapping[str, Nugget]
    standing: Standing
    done: frozenset[str]
    features: UserFeatures
    order: CourseOrder
    find: Callable[[str], Nugget | None]
    may_take: Callable[[Nugget], bool]

    def is_ready(self, nugget: Nugget) -> bool:
        """Return whether a nugget may be taken now: it may be shown, and its prerequisites are done."""
        return self.may_take(nugget) and not self.missing(nugget)

    def missing(self, nugget: Nugget) -> list[str]:
        """Return the prerequisites of a nugget that are not done."""
        return [one for one in nugget.prerequisites if one not in self.done and one != nugget.id]


def list_steps(ground: Ground) -> list[Step]:
    """Return what to do, the best first: what is begun, what was failed, then what is open.

    Where nothing of this may be taken, it is what has to be done before.
    """
    found: dict[str, Step] = {}
    for step in chain(_begun(ground), _failed(ground), _open(ground)):
        found.setdefault(step.activity, step)
    return list(found.values()) or list(_needed(ground))


def count_left(ground: Ground, steps: Iterable[Step]) -> int:
    """Count the steps of the course that the learner may still take, those that wait for a prerequisite too."""
    waiting = {one for one in _untouched(ground) if ground.may_take(ground.steps[one])}
    return len(waiting | {step.activity for step in steps if step.activity in ground.steps})


def _begun(ground: Ground) -> Iterator[Step]:
    for one in ground.standing.begun:
        if ground.is_ready(ground.steps[one]):
            yield Step(one, BEGUN, "begun")


def _failed(ground: Ground) -> Iterator[Step]:
    """Yield the failed steps that the learner may try again, unless other nuggets show what they teach."""
    for one in ground.standing.failed:
        nugget = ground.steps[one]
        left = None if nugget.attempts is None else nugget.attempts - ground.standing.attempts[one]
        if ground.is_ready(nugget) and (left is None or left > 0) and not _is_shown_elsewhere(ground, nugget):
            yield Step(one, FAILED, "next.failed" if left is None else "next.failed_left", left=left)


def _is_shown_elsewhere(ground: Ground, nugget: Nugget) -> bool:
    """Return whether the learner has all skills of a nugget at its level: stated, or by other nuggets done."""
    others = (ground.find(one) for one in ground.done if one != nugget.id)
    had = find_levels(ground.features, (one for one in others if one is not None))
    level = LEVELS.get(nugget.level, USUAL_LEVEL)
    return bool(nugget.skills) and all(had.get(skill, 0) >= level for skill in nugget.skills)


def _open(ground: Ground) -> Iterator[Step]:
    """Yield the steps neither finished, begun nor failed, in the catalogue's order, else as learners took them."""
    ready = [one for one in _untouched(ground) if ground.is_ready(ground.steps[one])]
    places = {one: float(nugget.position) for one, nugget in ground.steps.items() if nugget.position}
    if places:
        return _in_order_of_catalogue(ground, places, ready)
    return _in_order_of_learners(ground, ready)


def _untouched(ground: Ground) -> list[str]:
    standing = ground.standing
    met = {*standing.finished, *standing.begun, *standing.failed}
    return [one for one in ground.steps if one not in met]


def _in_order_of_catalogue(
    ground: Ground, places: Mapping[str, float], ready: Sequence[str]
) -> Iterator[Step]:
    finished = [one for one in ground.standing.finished if one in places]
    reached = places[finished[-1]] if finished else 0.0
    for number, one in enumerate(onwards(places, finished, ready)):
        is_next = number == 0 and places.get(one, 0.0) > reached
        is_first = is_next and places[one] == min(places.values())
        yield Step(one, OPEN, "next.first" if is_first else "next.order" if is_next else "next.open")


def _in_order_of_learners(ground: Ground, ready: Sequence[str]) -> Iterator[Step]:
    """Yield first what the last finished step opened, as its prerequisite."""
    finished = ground.standing.finished
    last = finished[-1] if finished else START
    ranked = rank_open(ground.order, finished, ready)
    after = ground.order.directly_after(last)
    yield from (
        Step(one, OPEN, "next.opened", last) for one in ranked if last in ground.steps[one].prerequisites
    )
    for one in ranked:
        if after.get(one, 0) < FLOOR:
            yield Step(one, OPEN, "next.open")
        else:
            yield Step(one, OPEN, "next.after" if last else "next.begin", last)


def _needed(ground: Ground) -> Iterator[Step]:
    """Yield what is ready of all that has to be done before the steps left; cycles do no harm."""
    waiting = [(one, one) for one in _untouched(ground) if ground.may_take(ground.steps[one])]
    met: set[str] = set()
    while waiting:
        current, step = waiting.pop(0)
        nugget = ground.find(current)
        for before in ground.missing(nugget) if nugget else ():
            found = ground.find(before)
            if before in met or found is None:
                continue
            met.add(before)
            if ground.is_ready(found):
                yield Step(before, OPEN, "needed_before", step)
            else:
                waiting.append((before, step))
