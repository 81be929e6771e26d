"""Next partners: in a forum, how often the person somebody acted towards next was among the ten suggested.

`learnerprise quality FOLDER` prints it where the folder holds `replies.csv`:
`partner_rows(read_replies(folder), settings)` are its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from lrs.ingestion.tables import open_table
from recommender.config import TrainingSettings
from recommender.dataset.dataset import build_dataset
from recommender.evaluation.csv_times import Moments
from recommender.evaluation.goals import QualityRow
from recommender.evaluation.peers import PeerScorer, matching_scorer
from recommender.interactions.history import History, Positive
from recommender.metrics.intervals import ratio_interval
from recommender.models.assembly import train
from recommender.models.blend import blended_scorer
from recommender.ranking.acquaintance import Acquaintance, acquaintance
from recommender.serving.peers.scores import ACQUAINTANCE_WEIGHT, EVIDENCE_WEIGHT
from schemas.floors import FLOOR

Array = np.ndarray[Any, np.dtype[Any]]
REPLIES = "replies.csv"
THREADS = ("thread", "discussion_id", "discussion")
K, CAP = 10, 20
NEWEST = 0.2
TARGET = 1.0
ONE_WAY = 0.5
"""Evidence of acts in one direction, as the service weighs one commented post."""


@dataclass(frozen=True, slots=True)
class Replies:
    """A acts, the oldest first: who acted towards whom (positions in `people`), when (us), in which thread."""

    people: tuple[str, ...]
    learners: Array
    peers: Array
    at: Array
    threads: tuple[str, ...]

    def __getitem__(self, part: slice) -> Replies:
        """Return some of the acts, of the same people."""
        return Replies(self.people, self.learners[part], self.peers[part], self.at[part], self.threads[part])


def partner_rows(replies: Replies, settings: TrainingSettings) -> Iterator[QualityRow]:
    """Yield how often the next partner was suggested, beside Adamic-Adar; nobody is shown more than 20 times.

    Asked are all who acted in the oldest four fifths and act in the newest fifth: for the next person, and for
    the next one without an exchange so far.
    """
    cut = int(len(replies.at) * (1 - NEWEST))
    past, future = replies[:cut], replies[cut:]
    graph = acquaintance(past.learners, past.peers, np.ones(cut), past.at, len(past.people))
    ours, common = _served(past, graph, settings), adamic_adar(graph)
    for name, new in (("next new partner", True), ("next partner", False)):
        asked = _next_partners(future, graph, new=new)
        hits, theirs = (_hits(way, asked, graph, new=new) for way in (ours, common))
        yield QualityRow(
            f"HR@10 of the {name} / Adamic-Adar",
            float(hits.sum() / max(1, len(hits))),
            float(theirs.sum() / max(1, len(hits))),
            TARGET,
            interval=ratio_interval(hits, theirs),
            learners=len(asked),
        )


def read_replies(folder: Path) -> Replies:
    """Read `replies.csv`: from, to, time, and perhaps the thread; acts towards oneself are left out."""
    table = open_table(folder / REPLIES)
    learner, peer, time = (table.column(name) for name in ("from", "to", "time"))
    thread = next((table.column(name) for name in THREADS if name in table.header), peer)
    moments, rows = Moments(is_time=True), list[tuple[str, str, str]]()
    for line, cells in table.rows():
        if cells[learner] and cells[peer] and cells[learner] != cells[peer]:
            moments.add(f"{REPLIES}, line {line}, column time", cells[time])
            rows.append((cells[learner], cells[peer], cells[thread]))
    at = moments.values()
    order = np.argsort(at, kind="stable")
    people = tuple(sorted({name for row in rows for name in row[:2]}))
    index = {name: position for position, name in enumerate(people)}
    ordered = [rows[place] for place in order]
    learners, peers = (np.array([index[row[side]] for row in ordered], dtype=np.int64) for side in (0, 1))
    return Replies(people, learners, peers, at[order], tuple(row[2] for row in ordered))


def adamic_adar(graph: Acquaintance) -> PeerScorer:
    """Score by common contacts, each the less the more contacts it has itself (Adamic, Adar 2003)."""
    links = graph.weights.copy()
    links.data[:] = 1.0
    rarity = sp.diags(1 / np.log(np.maximum(graph.contacts, 2)))
    return lambda learner: np.asarray((links[learner] @ rarity @ links).todense()).ravel()


def _served(past: Replies, graph: Acquaintance, settings: TrainingSettings) -> PeerScorer:
    """Score as the service does: mutual help in the threads, evidence of acts, and acquaintance."""
    helps = _mutual(past, settings)
    directed = sp.csr_matrix((np.ones(len(past.at)), (past.learners, past.peers)), shape=graph.weights.shape)
    ways = ((directed > 0).astype(np.float64) + (directed > 0).astype(np.float64).T).tocsr()

    def score(learner: int) -> Array:
        met = EVIDENCE_WEIGHT * np.minimum(1.0, ONE_WAY * np.asarray(ways[learner].todense()).ravel())
        near = graph.near(learner) * graph.tellable(learner, FLOOR)
        return np.asarray(helps(learner) + met + ACQUAINTANCE_WEIGHT * graph.share * near)

    return score


def _mutual(past: Replies, settings: TrainingSettings) -> PeerScorer:
    """Train on the threads in which people wrote."""
    taken: dict[str, dict[str, int]] = {name: {} for name in past.people}
    for learner, at, thread in zip(past.learners, past.at, past.threads, strict=True):
        taken[past.people[learner]].setdefault(thread, int(at))
    histories = {
        name: History(
            positives=tuple(Positive(thread, at, 1.0, "commented") for thread, at in items.items()),
            seen=frozenset(items),
        )
        for name, items in taken.items()
    }
    dataset = build_dataset(histories, {}, {}, settings.item_features)
    model = train(dataset, settings)
    known = dataset.taken()
    known.data[:] = 1
    scorer = matching_scorer(model, known, blended_scorer(model, dataset))
    row_of = {name: row for row, name in enumerate(model.users)}
    columns = np.array([row_of.get(name, -1) for name in past.people])

    def score(learner: int) -> Array:
        if columns[learner] < 0:
            return np.zeros(len(columns))
        found = scorer(int(columns[learner]))
        return np.where(columns >= 0, found[columns], 0.0)

    return score


def _next_partners(future: Replies, graph: Acquaintance, *, new: bool) -> list[tuple[int, int]]:
    """Return whom each learner with a past acts towards next, in the order of time."""
    found: dict[int, int] = {}
    for learner, peer in zip(future.learners.tolist(), future.peers.tolist(), strict=True):
        if learner not in found and graph.contacts[learner] and not (new and graph.met(learner)[peer]):
            found[learner] = peer
    return list(found.items())


def _hits(way: PeerScorer, asked: Sequence[tuple[int, int]], graph: Acquaintance, *, new: bool) -> Array:
    """Return for each who asks whether the next partner was among the ten shown."""
    shown, hits = np.zeros(len(graph.contacts)), []
    for learner, peer in asked:
        scores = np.where(shown < CAP, way(learner), 0.0)
        scores[learner] = 0.0
        if new:
            scores[graph.met(learner)] = 0.0
        positions = np.flatnonzero(scores > 0)
        best = positions[np.argsort(-scores[positions], kind="stable")[:K]]
        shown[best] += 1
        hits.append(float(peer in best))
    return np.array(hits)
