"""What others thought of a post: it is a nugget once enough of them valued it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from lrs.personas import PersonaId
from recommender.interactions.history import without_undone
from recommender.storage.interactions import InteractionRow, in_order


def is_waiting(rows: Sequence[InteractionRow], undoing: Sequence[InteractionRow]) -> bool:
    """Tell whether too few valued the post that all these rows are about; `undoing` are rows that undo some.

    Its makers do not count, however much they like it. What is no post never waits; pure.
    """
    needed = max((row.least_valued for row in rows), default=0)
    if needed == 0:
        return False
    acts: dict[PersonaId, list[InteractionRow]] = defaultdict(list)
    for row in in_order([*rows, *undoing]):
        acts[row.learner].append(row)
    standing = [row for learner in acts for row in without_undone(acts[learner])]
    makers = {row.learner for row in standing if row.makes_post}
    valuing = {row.learner for row in standing if row.values_post}
    return len(valuing - makers) < needed
