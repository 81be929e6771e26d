"""Posts, questions and answers: each is a nugget once enough other learners valued it, and each has a maker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.interactions.history import without_undone
from recommender.storage.interactions import (
    InteractionRow,
    find_makers,
    find_replies,
    find_rows_of_post,
    find_undoing_rows,
    in_order,
    write_rows,
)


def is_waiting(post: str, rows: Sequence[InteractionRow], undoing: Sequence[InteractionRow]) -> bool:
    """Return whether too few learners valued a post; pure."""
    return count_lacking(post, rows, undoing) > 0


def find_lacking(database: Database, store: StoreId, post: str) -> int:
    """Return how many more learners must value a post, as of the last sync."""
    rows = find_rows_of_post(database, store, post)
    return count_lacking(post, rows, find_undoing_rows(database, store, [row.statement_id for row in rows]))


def count_lacking(post: str, rows: Sequence[InteractionRow], undoing: Sequence[InteractionRow]) -> int:
    """Return how many more learners must value a post, by all rows about it; `undoing` are rows that undo some.

    Its makers do not count. An Activity that is not a post lacks nobody. Pure.
    """
    needed = max((row.min_valued for row in rows if row.item == post), default=0)
    if needed == 0:
        return 0
    acts: dict[PersonaId, list[InteractionRow]] = defaultdict(list)
    for row in in_order([*rows, *undoing]):
        acts[row.learner].append(row)
    valid = [row for learner in acts for row in without_undone(acts[learner])]
    makers = {row.learner for row in valid if row.makes_post and row.item == post}
    valuing = {row.learner for row in valid if row.values == post}
    return max(0, needed - len(valuing - makers))


def address_replies(
    database: Database, store: StoreId, rows: Iterable[InteractionRow], posts: Iterable[str]
) -> None:
    """Give replies the maker of the post as peer: these `rows`, and those stored about `posts`, whose makers changed.

    A maker may come after the replies, and nobody is the own peer.
    """
    replies = {row.key: row for row in (*rows, *find_replies(database, store, sorted(set(posts))))}
    replies = {key: row for key, row in replies.items() if row.about and not row.named}
    makers = find_makers(database, store, sorted({post for row in replies.values() for post in row.about}))
    changed = []
    for row in replies.values():
        others = (makers[post] for post in row.about if makers.get(post, row.learner) != row.learner)
        peer = next(others, None)
        if peer != row.peer:
            changed.append(replace(row, peer=peer))
    write_rows(database, store, changed)
