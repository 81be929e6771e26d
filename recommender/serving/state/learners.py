"""What is known of a learner at this moment: stored interactions and the Statements since they were read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from lrs.personas import PersonaId, find_person, find_personas
from lrs.statements.feed import FeedStatement, statements_of_agents, voided_since
from lrs.storage.database import Database, StoreId
from recommender.catalogue.learners import find_features
from recommender.interactions.extract import Act, actors_of, extract_interactions
from recommender.interactions.history import History, build_history
from recommender.interactions.sync import row_of
from recommender.interactions.traits import extract_traits
from recommender.storage.interactions import InteractionRow, find_rows, find_watermark
from recommender.storage.user_features import Traits, UserFeatures, merge
from recommender.storage.vocabulary import find_vocabulary
from schemas.json_text import parse_json

HELD_S = 0.25


@dataclass(frozen=True, slots=True)
class Learner:
    """A learner as of now; `persona` is None for somebody never seen. `is_cut` when there were too many rows."""

    persona: PersonaId | None
    identifiers: tuple[str, ...]
    history: History
    features: UserFeatures
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class _ReadSoFar:
    """The order key up to which a store's Statements were read, the ids of those voided since, when it was asked."""

    watermark: bytes
    voided: frozenset[str]
    at: float


class Learners:
    """Finds learners as of now, each with the newest `limit` interactions.

    How far a store's Statements were read is asked at most every `held_s` seconds: a Statement read meanwhile is
    found twice and counts once. What is voided counts until it is asked again, and where all Statements are read
    anew, some of what a learner did may be missing for that long.
    """

    def __init__(self, database: Database, limit: int, held_s: float = HELD_S) -> None:
        self._database = database
        self._limit = limit
        self._held_s = held_s
        self._read_so_far: dict[StoreId, _ReadSoFar] = {}

    def find(self, store: StoreId, identifier: str) -> Learner:
        """Read a learner's interactions, also those of the last second."""
        database, limit = self._database, self._limit
        read = self._find_read_so_far(store)
        person = find_person(database, store, identifier)
        persona = person.id if person else None
        identifiers = person.identifiers if person else (identifier,)
        stored = find_rows(database, store, persona, limit) if persona else []
        if persona and not stored:
            read = self._ask(store)  # perhaps everything is read anew just now
        tail = statements_of_agents(database, store, identifiers, read.watermark, limit)
        fresh = _tail_rows(database, store, tail, identifiers, persona)
        rows = [row for row in [*stored, *fresh] if row.statement_id not in read.voided]
        features = find_features(database, store, persona, identifiers, _tail_traits(tail, identifiers))
        return Learner(persona, identifiers, build_history(rows, limit), features, len(stored) >= limit)

    def _find_read_so_far(self, store: StoreId) -> _ReadSoFar:
        found = self._read_so_far.get(store)
        if found is None or time.monotonic() - found.at >= self._held_s:
            found = self._ask(store)
        return found

    def _ask(self, store: StoreId) -> _ReadSoFar:
        asked = time.monotonic()
        watermark = find_watermark(self._database, store)
        voided = frozenset(voided_since(self._database, store, watermark))
        found = self._read_so_far[store] = _ReadSoFar(watermark, voided, asked)
        return found


def _tail_rows(
    database: Database,
    store: StoreId,
    tail: Sequence[FeedStatement],
    identifiers: Sequence[str],
    persona: PersonaId | None,
) -> list[InteractionRow]:
    if not tail:
        return []
    vocabulary = find_vocabulary(database, store)
    acts = [
        act
        for item in tail
        if not item.voided
        for act in extract_interactions(parse_json(item.text), item.timestamp, item.seq, vocabulary)
        if act.learner in identifiers
    ]
    own = persona or PersonaId()
    personas = dict.fromkeys(identifiers, own) | _peers(database, store, acts)
    return [row_of(act, personas) for act in acts]


def _peers(database: Database, store: StoreId, acts: Sequence[Act]) -> dict[str, PersonaId]:
    peers = sorted({act.peer for act in acts if act.peer})
    return find_personas(database, store, peers) if peers else {}


def _tail_traits(tail: Sequence[FeedStatement], identifiers: Sequence[str]) -> Traits:
    traits: Traits = {}
    for item in tail:
        statement = parse_json(item.text)
        actor = statement["actor"]
        if item.voided or actor.get("objectType") == "Group" or actors_of(actor)[0] not in identifiers:
            continue
        traits = merge(traits, extract_traits(statement, item.timestamp))
    return traits
