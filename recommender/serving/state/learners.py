"""Learners as of now: the stored interactions and the Statements that came after them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lrs.auth.stores import Store
from lrs.personas import Persona, PersonaId, find_person, find_personas
from lrs.statements.feed import FeedStatement, statements_of_agents, voided_since
from lrs.storage.database import Database, StoreId
from recommender.catalogue.learners import find_features
from recommender.interactions.extract import Act, actors_of, extract_interactions
from recommender.interactions.history import History, build_history
from recommender.interactions.sync import row_of
from recommender.interactions.traits import extract_traits
from recommender.serving.state.cache import Refreshed
from recommender.storage.interactions import InteractionRow, find_rows, is_concerned
from recommender.storage.reading import find_watermark
from recommender.storage.user_features import Traits, UserFeatures, merge
from recommender.storage.vocabulary import find_vocabulary
from recommender.vocabulary.meanings import Vocabulary
from schemas.consents import Kind
from schemas.json_text import parse_json

HELD_S = 0.25
MOST_STORES = 10_000


@dataclass(frozen=True, slots=True)
class Learner:
    """A learner as of now; `persona` is None for one never seen. `rows` are those that the history is made of.

    `person` holds the own choices. One `is_known` who did something here, to whom somebody did something, or of whom
    something was entered: a persona alone is made by a choice, too.
    """

    persona: PersonaId | None
    identifiers: tuple[str, ...]
    history: History
    features: UserFeatures
    rows: tuple[InteractionRow, ...] = ()
    person: Persona | None = None
    is_known: bool = False

    def permits(self, store: Store, kind: Kind) -> bool:
        """Return whether a kind of consent is there."""
        return store.permits(kind, self.person.choice(kind) if self.person else None)

    def noted_as(self, store: Store) -> PersonaId | None:
        """Return under whom it is noted what the learner was shown; None for one who refused, or was never seen."""
        return self.persona if self.permits(store, "recommendations") else None


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far a store's Statements became interactions (an order key), and the ids of those voided since."""

    watermark: bytes
    voided: frozenset[str]


class Learners:
    """Finds learners as of now, each with the newest `limit` interactions and all older ones that decide something.

    How far the Statements of a store became interactions is known as of at most `held_s` seconds ago. A Statement
    that became an interaction meanwhile is found twice and counts once. A Statement voided meanwhile still counts,
    and while all Statements are read again from scratch, some of a learner's acts may be missing for that long.
    """

    def __init__(
        self,
        database: Database,
        limit: int,
        held_s: float = HELD_S,
        note_asked: Callable[[StoreId], None] = lambda store: None,
    ) -> None:
        self._database = database
        self._note_asked = note_asked
        self._limit = limit
        # Read again in the background from half of `held_s` on, so that under load no request waits for it.
        self._progress: Refreshed[StoreId, _Progress] = Refreshed(
            self._read_progress, held_s / 2, MOST_STORES, serves_old=lambda progress, age_s: age_s < held_s
        )

    def find(self, store: StoreId, identifier: str) -> Learner:
        """Read a learner's interactions, also those of the last second."""
        database, limit = self._database, self._limit
        progress = self._progress.get(store)
        self._note_asked(store)
        person = find_person(database, store, identifier)
        persona = person.id if person else None
        identifiers = tuple(dict.fromkeys((identifier, *(person.identifiers if person else ()))))
        ids = person.ids if person else ()
        stored = find_rows(database, store, ids, limit) if ids else []
        if persona and not stored:  # perhaps all Statements are being read again from scratch
            progress = self._read_progress(store)
        tail = statements_of_agents(database, store, identifiers, progress.watermark)
        acts, traits = _read_tail(database, store, tail, identifiers)
        rows = [*stored, *_rows_of(database, store, acts, identifiers, persona)]
        rows = [row for row in rows if row.statement_id not in progress.voided]
        features = find_features(database, store, ids, identifiers, traits)
        is_known = persona is not None and (
            bool(rows) or features != UserFeatures() or is_concerned(database, store, persona)
        )
        return Learner(
            persona, identifiers, build_history(rows, limit), features, tuple(rows), person, is_known
        )

    def _read_progress(self, store: StoreId, previous: _Progress | None = None) -> _Progress:
        watermark = find_watermark(self._database, store)
        return _Progress(watermark, frozenset(voided_since(self._database, store, watermark)))


def _read_tail(
    database: Database, store: StoreId, tail: Iterable[FeedStatement], identifiers: Sequence[str]
) -> tuple[list[Act], Traits]:
    """Return what the Statements that no sync has read yet say of the learner, of whom one is held at a time."""
    acts: list[Act] = []
    traits: Traits = {}
    vocabulary: Vocabulary | None = None
    for item in tail:
        if item.voided:
            continue
        vocabulary = vocabulary or find_vocabulary(database, store)
        statement = parse_json(item.text)
        found = extract_interactions(statement, item.timestamp, item.seq, vocabulary)
        acts += [act for act in found if act.learner in identifiers]
        actor = statement["actor"]
        if actor.get("objectType") != "Group" and set(actors_of(actor)) & set(identifiers):
            traits = merge(traits, extract_traits(statement, item.timestamp))
    return acts, traits


def _rows_of(
    database: Database,
    store: StoreId,
    acts: Sequence[Act],
    identifiers: Sequence[str],
    persona: PersonaId | None,
) -> list[InteractionRow]:
    peers = sorted({act.peer for act in acts if act.peer})
    known = find_personas(database, store, peers) if peers else {}
    personas = dict.fromkeys(identifiers, persona or PersonaId()) | known
    return [row_of(act, personas) for act in acts]
