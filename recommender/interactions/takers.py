"""Who took a nugget, as of the last sync: acts that were taken back since, or that never counted, are left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.interactions.history import build_history, without_undone
from recommender.storage.interactions import InteractionRow, find_rows_of_item, find_undoing_rows, in_order
from recommender.storage.takes import Take, take_of


def count_takers(database: Database, store: StoreId, counted: Container[PersonaId], item: str) -> int:
    """Return how many of the learners who are counted took or completed an item."""
    acts = _acts_on(database, store, item)
    histories = (build_history(own, len(own)) for learner, own in acts.items() if learner in counted)
    return sum(
        item in history.completed or any(one.item == item for one in history.positives)
        for history in histories
    )


def find_takes(database: Database, store: StoreId, item: str) -> list[Take]:
    """Return all takes of an item but those that were taken back since."""
    acts = _acts_on(database, store, item).values()
    return [
        take_of(row) for own in acts for row in without_undone(in_order(own)) if row.item and row.positive
    ]


def _acts_on(database: Database, store: StoreId, item: str) -> dict[PersonaId, list[InteractionRow]]:
    """Return by learner the acts on an item, and those that take one of them back; private ones count nowhere."""
    rows = find_rows_of_item(database, store, item)
    undoing = find_undoing_rows(database, store, [row.statement_id for row in rows])
    acts: dict[PersonaId, list[InteractionRow]] = defaultdict(list)
    for row in (*rows, *undoing):
        if not row.private:
            acts[row.learner].append(row)
    return acts
