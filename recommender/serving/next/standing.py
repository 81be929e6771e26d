"""Where a learner stands in a course: which steps are finished, begun or failed, and in which order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from recommender.interactions.history import without_undone
from recommender.interactions.unfinished import ASSIGNED, ENROLLED, POSTPONED, STARTED
from recommender.storage.interactions import InteractionRow, in_order

BEGINNING = (STARTED | {"watched", "listened"}) - {"failed", "submitted"}
"""Canonical verbs after which a step is begun until it is finished."""
NOT_FINISHING = STARTED - {"submitted"} | BEGINNING | {ENROLLED, ASSIGNED, POSTPONED}
"""Canonical verbs that do not finish a step which nobody completes; any other act of interest does."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A learner's steps of a course.

    `finished` is in the order in which they were, `begun` and `failed` have the newest first. `attempts` is how many
    of each failed step the learner used. `last` is the step of the last act, `progress` (0 to 1) how far each got.
    """

    finished: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    attempts: Mapping[str, int] = field(default_factory=dict)
    last: str | None = None
    progress: Mapping[str, float] = field(default_factory=dict)


def find_standing(
    rows: Iterable[InteractionRow],
    steps: Collection[str],
    completable: Collection[str],
    mastery: Mapping[str, float],
) -> Standing:
    """Judge a learner's rows, in any order and possibly repeated; pure.

    A step is passed with a score of its `mastery` (0 to 1) or more. One that is not `completable`, as nobody ever
    completes it, is finished when the learner looks at it.
    """
    acts: dict[str, list[InteractionRow]] = defaultdict(list)
    last = None
    concerned = {row.key: row for row in rows if row.unit in steps or row.takes_back or row.undoes}
    for row in without_undone(in_order(concerned.values())):
        if row.unit in steps and row.strength > 0:
            acts[row.unit].append(row)
            last = row.unit
    failures = {step: _failures(own, mastery.get(step, 0.0)) for step, own in acts.items()}
    failed = {
        step: found[-1].at
        for step, found in failures.items()
        if found and not _is_made_good(acts[step], found)
    }
    left = acts.keys() - failed.keys()
    finished = {
        step: at for step in left if (at := _finished_at(acts[step], step in completable)) is not None
    }
    open_steps = acts.keys() - finished.keys()
    begun = {step: acts[step][-1].at for step in open_steps if _is_begun(acts[step], failures[step])}
    return Standing(
        _by_time(finished),
        _by_time(begun)[::-1],
        tuple(step for step in _by_time(failed)[::-1] if step not in begun),
        {step: _attempts(failures[step]) for step in failed},
        last,
        {
            step: max(told)
            for step, own in acts.items()
            if (told := [row.progress for row in own if row.progress])
        },
    )


def _failures(acts: Sequence[InteractionRow], mastery: float) -> list[InteractionRow]:
    return [row for row in acts if row.failed or (row.score is not None and row.score < mastery)]


def _is_made_good(acts: Sequence[InteractionRow], failures: Sequence[InteractionRow]) -> bool:
    """Return whether an act after the last failure passed the step.

    Courses tell both "failed" and "completed" of one attempt, in any order: such a completion passes nothing.
    """
    last = failures[-1]
    later = acts[acts.index(last) + 1 :]
    return any(row.completed and (row.verb != "completed" or row.session != last.session) for row in later)


def _finished_at(acts: Sequence[InteractionRow], is_completable: bool) -> int | None:
    """Return when a step was finished first, or None."""
    reached = max((row.progress for row in acts if row.progress is not None), default=1.0)
    told = (row for row in acts if row.completed or (not is_completable and _is_enough(row, reached)))
    return next((row.at for row in told), None)


def _is_enough(act: InteractionRow, reached: float) -> bool:
    """Return whether an act finishes a step that nobody completes; `reached` is the learner's progress (0 to 1)."""
    return act.verb not in NOT_FINISHING or (act.positive and reached >= (act.min_progress or 0.0))


def _is_begun(acts: Sequence[InteractionRow], failures: Sequence[InteractionRow]) -> bool:
    """Return whether a step was begun, or begun again after it was failed."""
    since = acts[acts.index(failures[-1]) + 1 :] if failures else acts
    return any(row.verb in BEGINNING for row in since)


def _attempts(failures: Sequence[InteractionRow]) -> int:
    """Count attempts: each may be told by several verbs, but by each verb once."""
    return max(Counter(row.verb for row in failures).values(), default=0)


def _by_time(found: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(found, key=lambda step: (found[step], step)))
