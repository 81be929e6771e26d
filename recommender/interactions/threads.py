"""Posts, questions and answers: each is a nugget once enough other learners valued it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from lrs.personas import PersonaId
from recommender.interactions.history import without_undone
from recommender.storage.interactions import InteractionRow, in_order


def is_waiting(rows: Sequence[InteractionRow], undoing: Sequence[InteractionRow]) -> bool:
    """Return whether too few learners valued the post that all these rows are about; `undoing` are rows that undo some.

    Its makers do not count. An Activity that is not a post never waits. Pure.
    """
    needed = max((row.min_valued for row in rows), default=0)
    if needed == 0:
        return False
    acts: dict[PersonaId, list[InteractionRow]] = defaultdict(list)
    for row in in_order([*rows, *undoing]):
        acts[row.learner].append(row)
    valid = [row for learner in acts for row in without_undone(acts[learner])]
    makers = {row.learner for row in valid if row.makes_post}
    valuing = {row.learner for row in valid if row.values_post}
    return len(valuing - makers) < needed
