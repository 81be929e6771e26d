"""Who knows a topic, and by what: the acts on its subjects, read for each topic that is asked about."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.interactions.history import has_seen_enough, without_undone
from recommender.ranking.experts import KnowingActs, expertise
from recommender.serving.state.cache import Refreshed
from recommender.storage.interactions import InteractionRow, find_rows_on, find_undoing_rows, in_order

Array = np.ndarray[Any, np.dtype[Any]]
REFRESHES = 10
"""How many times less often a topic is read again than a newer model is looked for."""
REST = 20
"""After reading a topic, at least so many times its duration passes before it is read again."""
MOST_TOPICS = 200
MOST_ROWS = 50_000
MOST_SUBJECTS = 5000
"""Of a part with more subjects, so many are read, evenly chosen: enough to tell who knows it."""
Way = Literal["answered", "taught", "discussed", "created", "completed", "interested"]
FOR_OTHERS: Mapping[str, Way] = {"answered": "answered", "mentored": "taught", "commented": "discussed"}
"""What acts done for others are called here; each of them counts, not each subject once."""
VALUES: Mapping[Way, float] = {
    "answered": 1.0,
    "taught": 1.0,
    "discussed": 0.5,
    "created": 1.0,
    "completed": 1.0,
    "interested": 0.25,
}
"""How clearly a way of dealing with a subject shows that a person knows it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What one person knows of a topic: how often in each way by part, and the items concerned, the newest first."""

    ways: Mapping[tuple[int, Way], int] = field(default_factory=dict)
    items: Mapping[Way, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Who knows a topic: the position of each of K personas, how much each knows (K), and by what (K).

    `asking` are the personas of those who asked about it.
    """

    index: Mapping[str, int] = field(default_factory=dict)
    scores: Array = field(default_factory=lambda: np.zeros(0))
    known: tuple[Known, ...] = ()
    asking: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Key:
    """A topic of a store as it was asked for, with the names of its parts; their subjects may change meanwhile."""

    store: StoreId
    text: str
    names: tuple[str, ...]
    parts: Sequence[Sequence[str]] = field(compare=False, repr=False)
    weights: Sequence[float] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class _Read:
    """Who knows a topic; it is not read again before a time (monotonic)."""

    knowledge: Knowledge
    rests_until: float


class TopicKnowledge:
    """Keeps who knows the topics asked about lately, and reads them again in the background."""

    def __init__(self, database: Database, refresh_s: float = 1.0) -> None:
        self._database = database
        self._rest = REST if refresh_s else 0
        self._cache: Refreshed[_Key, _Read] = Refreshed(self._read, REFRESHES * refresh_s, MOST_TOPICS)

    def find(
        self,
        store: StoreId,
        text: str,
        names: Sequence[str],
        parts: Sequence[Sequence[str]],
        weights: Sequence[float],
    ) -> Knowledge:
        """Return who knows a topic, whose parts have these names, subjects (ids) and weights."""
        some = tuple(tuple(_some(subjects)) for subjects in parts)
        return self._cache.get(_Key(store, text, tuple(names), some, weights)).knowledge

    def _read(self, key: _Key, previous: _Read | None) -> _Read:
        start = time.monotonic()
        if previous and start < previous.rests_until:
            return previous
        parts_of: dict[str, list[int]] = defaultdict(list)
        for part, subjects in enumerate(key.parts):
            for subject in subjects:
                parts_of[subject].append(part)
        rows = find_rows_on(self._database, key.store, sorted(parts_of), MOST_ROWS)
        undoing = find_undoing_rows(self._database, key.store, [row.statement_id for row in rows])
        found = build_knowledge([*rows, *undoing], parts_of, key.weights, time.time_ns() // 1000)
        end = time.monotonic()
        return _Read(found, end + self._rest * (end - start))


def build_knowledge(
    rows: Iterable[InteractionRow],
    parts_of: Mapping[str, Sequence[int]],
    weights: Sequence[float],
    now_us: int,
) -> Knowledge:
    """Judge the acts on the subjects of a topic's parts; pure."""
    by_person: dict[PersonaId, list[InteractionRow]] = defaultdict(list)
    for row in in_order(row for row in rows if not row.private):
        by_person[row.learner].append(row)
    acts: list[tuple[int, int, float, int]] = []
    index: dict[str, int] = {}
    known, asking = [], set()
    for person, own in by_person.items():
        valid = without_undone(own)
        asked = {row.item for row in valid if row.verb == "asked" and row.item}
        if asked:
            asking.add(str(person))
        found = list(_ways(valid, asked))
        if not found:
            continue
        acts += [
            (len(index), part, VALUES[way], row.at) for row, way in found for part in _parts(row, parts_of)
        ]
        index[str(person)] = len(index)
        known.append(_known(found, parts_of))
    columns = [np.array(column) for column in zip(*acts, strict=True)] or [np.zeros(0, dtype=np.int64)] * 4
    scores = expertise(KnowingActs(*columns), np.array(weights), len(index), now_us)
    return Knowledge(index, scores, tuple(known), frozenset(asking))


def _ways(rows: Sequence[InteractionRow], asked: set[str]) -> Iterator[tuple[InteractionRow, Way]]:
    """Yield the acts that show knowledge; each item counts once, but for the answers in it.

    Asking shows a wish to know, and so does a comment on the own question.
    """
    best: dict[str, tuple[InteractionRow, Way]] = {}
    sessions: dict[tuple[str | None, str], list[InteractionRow]] = defaultdict(list)
    for row in rows:
        sessions[row.item, row.session].append(row)
    for row in rows:
        if row.strength <= 0 or row.verb == "asked" or not asked.isdisjoint((row.item, *row.about)):
            continue
        way = _way(row)
        if way is None or not has_seen_enough(row, sessions[row.item, row.session]):
            continue
        if way in FOR_OTHERS.values():
            yield row, way
        elif row.item and (row.item not in best or VALUES[best[row.item][1]] < VALUES[way]):
            best[row.item] = row, way
    yield from best.values()


def _way(row: InteractionRow) -> Way | None:
    if row.verb in FOR_OTHERS and (row.peer is not None or row.makes_post or row.kind == "social"):
        return FOR_OTHERS[row.verb]
    if row.completed:
        return "completed"
    if row.makes_post:
        return "created"
    # Of a player's event, what was seen decides: a video that was left early shows no interest.
    has_seen_enough = row.min_progress is None or (row.progress or 0.0) >= row.min_progress
    return "interested" if row.positive and has_seen_enough else None


def _parts(row: InteractionRow, parts_of: Mapping[str, Sequence[int]]) -> set[int]:
    return {part for name in (row.item, *row.about) if name for part in parts_of.get(name, ())}


def _known(found: Sequence[tuple[InteractionRow, Way]], parts_of: Mapping[str, Sequence[int]]) -> Known:
    ways: Counter[tuple[int, Way]] = Counter()
    items: dict[Way, dict[str, None]] = defaultdict(dict)
    for row, way in reversed(found):
        ways.update((part, way) for part in _parts(row, parts_of))
        if row.item:
            items[way][row.item] = None
    return Known(dict(ways), {way: tuple(names) for way, names in items.items()})


def _some(subjects: Sequence[str]) -> Sequence[str]:
    if len(subjects) <= MOST_SUBJECTS:
        return subjects
    chosen = np.linspace(0, len(subjects) - 1, MOST_SUBJECTS).astype(np.int64)
    return [subjects[one] for one in chosen]
