"""A learner's rows become a history: undone acts taken out, player events collapsed, positives in time order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lrs.personas import PersonaId
from recommender.storage.interactions import InteractionRow, newest

INTERESTED = 2
SESSIONS_TO_COME_BACK = 2


@dataclass(frozen=True, slots=True)
class Positive:
    """An item the learner took: the first time (us), how much it weighs, and the verb that shows it."""

    item: str
    at: int
    weight: float
    verb: str


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one learner.

    `positives` and `views` (items looked at but not taken) are in time order; `completed`, `disliked` and `seen`
    are items; `peers` are the strengths of acts towards other learners, by verb.
    """

    positives: tuple[Positive, ...] = ()
    views: tuple[Positive, ...] = ()
    completed: frozenset[str] = frozenset()
    disliked: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    peers: Mapping[PersonaId, Mapping[str, int]] = field(default_factory=dict)


def build_history(rows: Iterable[InteractionRow], limit: int) -> History:
    """Fold a learner's rows, in any order and possibly repeated, into a history; pure."""
    ordered = newest({row.key: row for row in rows}.values(), limit)
    standing = without_undone(ordered)
    by_item: dict[str, list[InteractionRow]] = defaultdict(list)
    for row in standing:
        if row.item is not None:
            by_item[row.item].append(row)
    disliked = frozenset(item for item, acts in by_item.items() if _is_disliked(acts))
    liked = {item: acts for item, acts in by_item.items() if item not in disliked}
    taken = [positive for item, acts in liked.items() if (positive := _positive(item, acts)) is not None]
    left = liked.keys() - {positive.item for positive in taken}
    views = [view for item in left if (view := _view(item, liked[item])) is not None]
    return History(
        positives=_in_time_order(taken),
        views=_in_time_order(views),
        completed=frozenset(row.item for row in standing if row.completed and row.item is not None),
        disliked=disliked,
        seen=frozenset(by_item),
        peers=_peers(standing),
    )


def _in_time_order(found: Iterable[Positive]) -> tuple[Positive, ...]:
    return tuple(sorted(found, key=lambda positive: (positive.at, positive.item)))


def without_undone(rows: Sequence[InteractionRow]) -> list[InteractionRow]:
    """Drop acts that a later one takes back, by reference or by the opposite verb, and the takers too."""
    undone = {row.undoes for row in rows if row.undoes}
    standing: list[InteractionRow] = []
    for row in rows:
        if row.statement_id in undone or row.undoes:
            continue
        if not row.takes_back:
            standing.append(row)
            continue
        standing = [other for other in standing if not _is_taken_back(other, row)]
    return standing


def _is_taken_back(earlier: InteractionRow, later: InteractionRow) -> bool:
    same = earlier.item == later.item and (later.peer is None or earlier.peer == later.peer)
    return same and earlier.verb == later.takes_back


def _positive(item: str, acts: Sequence[InteractionRow]) -> Positive | None:
    """Return the first act that shows the learner took the item, or the day the learner came back to it."""
    for session in _sessions(acts):
        strong = [act for act in session if act.positive and _has_seen_enough(act, session)]
        if strong:
            best = max(strong, key=lambda act: act.weight)
            return Positive(item, strong[0].at, best.weight, best.verb)
    returns = _first_of_sessions([act for act in acts if act.strength >= INTERESTED])
    if len(returns) < SESSIONS_TO_COME_BACK:
        return None
    back = returns[SESSIONS_TO_COME_BACK - 1]
    return Positive(item, back.at, back.weight, "returned")


def _view(item: str, acts: Sequence[InteractionRow]) -> Positive | None:
    """Return the last act that shows some interest, if any."""
    some = [act for act in acts if act.strength > 0]
    return Positive(item, some[-1].at, some[-1].weight, some[-1].verb) if some else None


def _is_disliked(acts: Sequence[InteractionRow]) -> bool:
    return sum(act.strength <= -INTERESTED for act in acts) > sum(act.positive for act in acts)


def _sessions(acts: Sequence[InteractionRow]) -> list[list[InteractionRow]]:
    sessions: dict[str, list[InteractionRow]] = defaultdict(list)
    for act in acts:
        sessions[act.session].append(act)
    return list(sessions.values())


def _first_of_sessions(acts: Sequence[InteractionRow]) -> list[InteractionRow]:
    return [session[0] for session in _sessions(acts)]


def _has_seen_enough(act: InteractionRow, session: Sequence[InteractionRow]) -> bool:
    """A player's events count together: what matters is how far the learner got in the session."""
    if act.min_progress is None:
        return True
    reached = [other.progress for other in session if other.progress is not None]
    return not reached or max(reached) >= act.min_progress


def _peers(rows: Sequence[InteractionRow]) -> dict[PersonaId, dict[str, int]]:
    """Count, for each other learner, the strongest act of each verb."""
    found: dict[PersonaId, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row.peer is not None:
            kept = found[row.peer]
            kept[row.verb] = max(kept.get(row.verb, row.strength), row.strength)
    return dict(found)
