"""Folds a learner's rows into a history: without undone acts, player events joined, in the order of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lrs.personas import PersonaId
from recommender.interactions.unfinished import POSTPONED, RETURNED, find_beginning, find_postponement
from recommender.storage.interactions import InteractionRow, cut

INTERESTED = 2
SESSIONS_TO_COME_BACK = 2


@dataclass(frozen=True, slots=True)
class Positive:
    """An item taken or viewed: the time (us), the weight of the act, and its canonical verb."""

    item: str
    at: int
    weight: float
    verb: str


@dataclass(frozen=True, slots=True)
class History:
    """The history of one learner.

    `positives` (items taken, by the first act that shows it) and `views` (items looked at but not taken, by the
    last act) are in the order of time; `completed`, `disliked` and `seen` are items. `begun` are items begun, assigned
    or signed up for and not finished, by the act that says so, in the order of time. `postponed` holds the time (us)
    at which items were put off. `peers` holds the acts towards other learners: canonical verbs with their strengths.
    `made` are the learner's own posts, `steps` the completed steps of courses that are no nuggets, such as tests.
    """

    positives: tuple[Positive, ...] = ()
    views: tuple[Positive, ...] = ()
    completed: frozenset[str] = frozenset()
    disliked: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    begun: tuple[Positive, ...] = ()
    postponed: Mapping[str, int] = field(default_factory=dict)
    peers: Mapping[PersonaId, Mapping[str, int]] = field(default_factory=dict)
    made: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()

    @property
    def done(self) -> frozenset[str]:
        """Return items and steps of courses completed or taken; one begun and only opened again is not done."""
        taken = {one.item for one in self.positives} - {one.item for one in self.begun}
        return self.completed | self.steps | taken


def build_history(rows: Iterable[InteractionRow], limit: int) -> History:
    """Fold a learner's rows, in any order and possibly repeated, into a history; pure."""
    ordered = cut({row.key: row for row in rows}.values(), limit)
    valid = without_undone(ordered)
    by_item: dict[str, list[InteractionRow]] = defaultdict(list)
    for row in valid:
        if row.item is not None:
            by_item[row.item].append(row)
    disliked = frozenset(item for item, acts in by_item.items() if _is_disliked(acts))
    liked = {item: acts for item, acts in by_item.items() if item not in disliked}
    taken = [positive for item, acts in liked.items() if (positive := _positive(item, acts)) is not None]
    left = liked.keys() - {positive.item for positive in taken}
    views = [view for item in left if (view := _view(item, liked[item])) is not None]
    completed = frozenset(row.item for row in valid if row.completed and row.item is not None)
    finished = completed | {one.item for one in taken if one.verb != RETURNED}
    begun = [one for item in liked.keys() - finished if (one := _begun(item, liked[item])) is not None]
    return History(
        positives=_in_time_order(taken),
        views=_in_time_order(views),
        completed=completed,
        disliked=disliked,
        seen=frozenset(by_item),
        begun=_in_time_order(begun),
        postponed={item: at for item in liked if (at := find_postponement(liked[item])) is not None},
        peers=_peers(valid),
        made=frozenset(row.item for row in valid if row.makes_post and row.item is not None),
        steps=frozenset(row.step for row in valid if row.completed and row.step),
    )


def _in_time_order(found: Iterable[Positive]) -> tuple[Positive, ...]:
    return tuple(sorted(found, key=lambda positive: (positive.at, positive.item)))


def without_undone(rows: Sequence[InteractionRow]) -> list[InteractionRow]:
    """Drop acts that a later act takes back, by reference or by the opposite verb, and the later acts too."""
    undone = {row.undoes for row in rows if row.undoes}
    valid: list[InteractionRow] = []
    for row in rows:
        if row.statement_id in undone or row.undoes:
            continue
        if not row.takes_back:
            valid.append(row)
            continue
        valid = [other for other in valid if not _is_taken_back(other, row)]
    return valid


def _is_taken_back(earlier: InteractionRow, later: InteractionRow) -> bool:
    same = earlier.activity == later.activity and (later.peer is None or earlier.peer == later.peer)
    return same and earlier.verb == later.takes_back


def _positive(item: str, acts: Sequence[InteractionRow]) -> Positive | None:
    """Return the first act that shows that the learner took the item, else the learner's return to it."""
    for session in _sessions(acts):
        strong = [act for act in session if act.positive and has_seen_enough(act, session)]
        if strong:
            best = max(strong, key=lambda act: act.weight)
            return Positive(item, strong[0].at, best.weight, best.verb)
    sessions = _sessions([act for act in acts if act.strength >= INTERESTED])
    if len(sessions) < SESSIONS_TO_COME_BACK:
        return None
    back = sessions[SESSIONS_TO_COME_BACK - 1][0]
    return Positive(item, back.at, back.weight, "returned")


def _view(item: str, acts: Sequence[InteractionRow]) -> Positive | None:
    """Return the last act of interest, if any."""
    some = [act for act in acts if act.strength > 0 and act.verb != POSTPONED]
    return Positive(item, some[-1].at, some[-1].weight, some[-1].verb) if some else None


def _begun(item: str, acts: Sequence[InteractionRow]) -> Positive | None:
    """Return the act by which an item was begun, assigned or signed up for, at the time of the last act about it."""
    begins = find_beginning(acts)
    return Positive(item, acts[-1].at, begins.weight, begins.verb) if begins else None


def _is_disliked(acts: Sequence[InteractionRow]) -> bool:
    return sum(act.strength <= -INTERESTED for act in acts) > sum(act.positive for act in acts)


def _sessions(acts: Sequence[InteractionRow]) -> list[list[InteractionRow]]:
    sessions: dict[str, list[InteractionRow]] = defaultdict(list)
    for act in acts:
        sessions[act.session].append(act)
    return list(sessions.values())


def has_seen_enough(act: InteractionRow, session: Sequence[InteractionRow]) -> bool:
    """Return whether an act counts; a player's event does if the learner got far enough in the session."""
    if act.min_progress is None:
        return True
    reached = [other.progress for other in session if other.progress is not None]
    return not reached or max(reached) >= act.min_progress


def _peers(rows: Sequence[InteractionRow]) -> dict[PersonaId, dict[str, int]]:
    """Return the strongest act of each verb towards each other learner."""
    found: dict[PersonaId, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row.peer is not None:
            kept = found[row.peer]
            kept[row.verb] = max(kept.get(row.verb, row.strength), row.strength)
    return dict(found)
