"""Unfinished items: what a learner began, signed up for or was assigned, and what the learner put off."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.storage.interactions import InteractionRow
from recommender.storage.reading import stored_us

ASSIGNED, ENROLLED, POSTPONED, RETURNED = "assigned", "registered", "postponed", "returned"
STARTED = frozenset(
    {
        *("launched", "attempted", "progressed", "paused", "resumed", "failed", "submitted"),
        *("interacted", "played", "seeked"),
    }
)
"""Canonical verbs that start an item; a mere look (`viewed`) is not among them."""


def find_beginning(acts: Sequence[InteractionRow]) -> InteractionRow | None:
    """Return the act by which an item was begun, else assigned, else signed up for: the last of its kind.

    `acts` are those of one learner about one item, in the order of time. A video of which too little was watched to
    count was begun.
    """
    started = [act for act in acts if act.verb in STARTED or (act.positive and act.min_progress is not None)]
    told = [act for act in acts if act.verb == ASSIGNED]
    enrolled = [act for act in acts if act.verb == ENROLLED]
    found = started or told or enrolled
    return found[-1] if found else None


def find_postponement(acts: Sequence[InteractionRow]) -> int | None:
    """Return the time (us) at which an item was put off; None where it was not, or was used again since.

    A clock in the future does not count: nothing was put off later than its Statement was stored.
    """
    last = acts[-1]
    if last.verb != POSTPONED:
        return None
    return min(last.at, stored_us(last.seq)) if last.seq else last.at
