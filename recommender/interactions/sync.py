"""Keeps the stored interactions up to date with the Statements, reading only new ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lrs.personas import (
    PersonaChange,
    PersonaId,
    correct_names,
    describe_personas,
    find_or_create_personas,
    find_personas,
    pending_changes,
    settle_changes,
)
from lrs.statements.feed import FeedStatement, find_statements, iterate_statements, statements_of_agents
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from recommender.errors import SyncInProgressError
from recommender.interactions.extract import Act, actors_of, extract_interactions, identifiers_in
from recommender.interactions.harvest import Harvester, concerned
from recommender.interactions.threads import address_replies
from recommender.interactions.traits import extract_traits
from recommender.storage.erased import staying
from recommender.storage.interactions import (
    InteractionRow,
    delete_keys,
    delete_rows,
    find_rows_of_statements,
    find_statements_with,
    write_rows,
)
from recommender.storage.locks import acquire_lock, release_lock, renew_lock, renewed_lock
from recommender.storage.reading import (
    advance_watermark,
    find_reading,
    find_watermark,
    finish_reading_again,
    start_again,
    stored_us,
)
from recommender.storage.user_features import (
    Traits,
    delete_traits,
    find_personas_by_source,
    find_traits,
    merge,
    write_traits,
)
from recommender.storage.vocabulary import find_vocabulary
from recommender.vocabulary.extensions import ADDRESSED_TO
from schemas.identifiers import identifier_of
from schemas.json_text import parse_json
from schemas.vocabulary import VOIDED

BATCH = 4000
FEED_PAGE = 1000
LEASE_S = 15
"""A process that is killed while it reads keeps the others from reading for so long."""
LOCK = "sync"
WAIT_S = 30.0
_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How many Statements were read and rows written."""

    statements: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class _Read:
    statement: dict[str, Any]
    feed: FeedStatement


def sync_interactions(
    database: Database,
    store: StoreId,
    progress: Callable[[str], None] = lambda line: None,
    *,
    most: int | None = None,
    wait_s: float = WAIT_S,
    from_scratch: bool = False,
) -> SyncReport:
    """Read the Statements after the watermark, at most `most`, and write their interactions.

    `from_scratch` drops all interactions first and reads all Statements again, with the same outcome. The same
    happens if the vocabulary has changed since the interactions were read. Raises SyncInProgressError if another
    process is syncing the store for longer than `wait_s`.
    """
    with hold_reading(database, store, wait_s) as renew:
        reader = _Reader(database, store)
        reader.follow_people(renew)
        before = find_reading(database, store)
        if from_scratch or before.vocabulary not in (None, reader.vocabulary.version):
            before = start_again(database, store, reader.vocabulary.version)
        feed = islice(iterate_statements(database, store, after=before.watermark, batch=FEED_PAGE), most)
        statements = rows = 0
        for batch in in_chunks(feed, BATCH, lambda item: len(item.text)):
            rows += reader.write(batch)
            statements += len(batch)
            advance_watermark(database, store, batch[-1].seq, reader.vocabulary.version)
            renew()
            progress(f"{statements} Statements read, {rows} interactions")
        if before.again and (most is None or statements < most):
            reader.sweep(find_watermark(database, store))
            finish_reading_again(database, store)
    return SyncReport(statements, rows)


@contextmanager
def hold_reading(database: Database, store: StoreId, wait_s: float) -> Iterator[Callable[[], None]]:
    """Keep other processes from reading the Statements of a store; the block gets a function that renews the lock."""
    deadline = time.monotonic() + wait_s
    while (token := acquire_lock(database, store, LOCK, LEASE_S)) is None:
        if time.monotonic() >= deadline:
            raise SyncInProgressError(
                "The store's Statements are being read by another process; try again soon."
            )
        time.sleep(_PAUSE_S)
    held = token

    def renew() -> None:
        if not renew_lock(database, store, LOCK, held, LEASE_S):
            raise SyncInProgressError("This reading of the store's Statements took too long; start it again.")

    try:
        with renewed_lock(database, store, LOCK, held, LEASE_S):
            yield renew
    finally:
        release_lock(database, store, LOCK, held)


def forget_statements(database: Database, store: StoreId, statement_ids: Sequence[str]) -> None:
    """Remove what came from Statements that are about to be removed; only while the reading is held."""
    _Reader(database, store).forget(statement_ids)


def read_statements_again(database: Database, store: StoreId, statement_ids: Sequence[str]) -> None:
    """Replace what came from Statements that were rewritten or removed; only while the reading is held."""
    _Reader(database, store).read_again(statement_ids)


class _Reader:
    """Turns Statements into rows, traits and harvested nuggets."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self.vocabulary = find_vocabulary(database, store)
        self._database = database
        self._store = store
        self._harvester = Harvester(database, store)

    def write(self, batch: Sequence[FeedStatement]) -> int:
        """Write the interactions, traits and nuggets of a batch, and apply its voidings; return the number of rows."""
        reads = [_Read(parse_json(item.text), item) for item in batch if not item.voided]
        found = [one for read in reads for one in self._acts(read)]
        names: dict[str, str | None] = dict.fromkeys(identifiers_in(found))
        names.update(dict.fromkeys(one for read in reads for one in actors_of(read.statement["actor"])))
        seen, trusted = (
            {key: name for key, name in _names(some) if key in names}
            for some in (reads, [read for read in reads if read.feed.has_trusted_names])
        )
        personas = find_or_create_personas(self._database, self._store, {**names, **seen}, trusted)
        rows = [row_of(one, personas) for one in found]
        write_rows(self._database, self._store, rows)
        address_replies(
            self._database, self._store, rows, {row.item for row in rows if row.makes_post and row.item}
        )
        _write_traits(self._database, self._store, reads, personas)
        self._harvester.take(rows, (read.statement for read in reads), stored_us(batch[-1].seq))
        self._remove([target for read in reads if (target := _voided(read.statement))], batch[-1].seq)
        return len(rows)

    def forget(self, statement_ids: Sequence[str]) -> None:
        """Remove what came from Statements that are still stored and are about to go."""
        watermark = find_watermark(self._database, self._store)
        self._remove(statement_ids, watermark, frozenset(statement_ids))

    def read_again(self, statement_ids: Sequence[str]) -> None:
        """Replace what came from Statements; those that are not stored any more leave nothing."""
        watermark = find_watermark(self._database, self._store)
        before = find_rows_of_statements(self._database, self._store, statement_ids)
        stored = find_statements(self._database, self._store, statement_ids)
        items = [item for item in stored if not item.voided and item.seq <= watermark]
        found = [one for item in items for one in self._acts(_Read(parse_json(item.text), item))]
        personas = find_or_create_personas(self._database, self._store, dict.fromkeys(identifiers_in(found)))
        rows = [row_of(one, personas) for one in found]
        write_rows(self._database, self._store, rows)
        delete_keys(self._database, self._store, {row.key for row in before} - {row.key for row in rows})
        posts = {row.item for row in (*before, *rows) if row.makes_post and row.item}
        address_replies(self._database, self._store, rows, posts)
        self._harvester.drop(concerned([*before, *rows]), stored_us(watermark))
        for persona in self._staying(find_personas_by_source(self._database, self._store, statement_ids)):
            _read_traits_again(self._database, self._store, persona, watermark)

    def follow_people(self, renew: Callable[[], None]) -> None:
        """Read again what is kept of people who were joined or parted.

        One reading at a time follows: what it writes with people as they were before is read again by the next.
        """
        while changes := pending_changes(self._database, self._store):
            self._follow(changes, renew)
            settle_changes(self._database, self._store, changes)
            renew()

    def _follow(self, changes: Sequence[PersonaChange], renew: Callable[[], None]) -> None:
        database, store = self._database, self._store
        personas = sorted({one for change in changes for one in change.personas})
        for some in in_chunks(find_statements_with(database, store, personas)):
            self.read_again(some)
            renew()
        left, seen = describe_personas(database, store, personas), find_traits(database, store, personas)
        delete_traits(database, store, sorted(seen.keys() - left.keys()))
        acting = {one for change in changes if seen.keys() & set(change.personas) for one in change.personas}
        until = find_watermark(database, store)
        for persona in self._staying(sorted(acting & left.keys())):
            _read_traits_again(database, store, persona, until)
        names = {
            one: _newest_names(database, store, left[one].identifiers, until, ())
            for one in acting & left.keys()
        }
        correct_names(database, store, {one: found for one, found in names.items() if any(found)})

    def _staying(self, personas: Sequence[PersonaId]) -> list[PersonaId]:
        """Return the learners who are not erased just now: of those nothing is read again."""
        return staying(self._database, self._store, personas)

    def sweep(self, until: bytes) -> None:
        """Look again at the nuggets of an earlier reading; those without any row now are gone."""
        self._harvester.sweep(stored_us(until))

    def _remove(
        self, statement_ids: Sequence[str], until: bytes, without: Collection[str] = frozenset()
    ) -> None:
        """Remove what came from voided Statements, or `without` some; all Statements up to `until` have been read."""
        if not statement_ids:
            return
        rows = find_rows_of_statements(self._database, self._store, statement_ids)
        undone = [row.undoes for row in rows if row.undoes]
        rows += find_rows_of_statements(self._database, self._store, undone)
        delete_rows(self._database, self._store, statement_ids)
        address_replies(
            self._database, self._store, (), {row.item for row in rows if row.makes_post and row.item}
        )
        unplaced = {row.item for row in rows if row.in_course and row.item}
        self._harvester.drop(concerned(rows), stored_us(until), unplaced=unplaced)
        for persona in self._staying(find_personas_by_source(self._database, self._store, statement_ids)):
            _read_traits_again(self._database, self._store, persona, until, without)
        _read_names_again(self._database, self._store, statement_ids, until, without)

    def _acts(self, read: _Read) -> Sequence[Act]:
        return extract_interactions(read.statement, read.feed.timestamp, read.feed.seq, self.vocabulary)


def _voided(statement: Mapping[str, Any]) -> str:
    """Return the id of the Statement that this one voids; empty if it voids none."""
    target = statement["object"]
    is_voiding = statement["verb"]["id"] == VOIDED and target.get("objectType") == "StatementRef"
    return str(target["id"]).lower() if is_voiding else ""


def row_of(interaction: Act, personas: Mapping[str, PersonaId]) -> InteractionRow:
    """Return the interaction with personas instead of identifiers."""
    learner = personas[interaction.learner]
    peer = personas.get(interaction.peer) if interaction.peer else None
    return interaction.by(learner, None if peer == learner else peer)


def _names(reads: Sequence[_Read]) -> Iterator[tuple[str, str]]:
    """Yield identifiers with the names that Statements give them, the oldest first."""
    for read in reads:
        actor, target = read.statement["actor"], read.statement["object"]
        addressed = read.statement.get("context", {}).get("extensions", {}).get(ADDRESSED_TO)
        for person in (actor, *actor.get("member", ()), target, addressed):
            if isinstance(person, dict) and isinstance(person.get("name"), str):
                identifier = _identifier(person)
                if identifier:
                    yield identifier, person["name"]


def _identifier(person: dict[str, Any]) -> str | None:
    try:
        return identifier_of(person)
    except (AttributeError, TypeError, KeyError):
        return None  # an extension may hold anything


def _write_traits(
    database: Database, store: StoreId, reads: Sequence[_Read], personas: dict[str, PersonaId]
) -> None:
    news: dict[PersonaId, Traits] = {}
    for read in reads:
        traits = _traits_of(read.statement, read.feed.timestamp)
        for identifier in actors_of(read.statement["actor"]):
            persona = personas[identifier]
            news[persona] = merge(news.get(persona, {}), traits)
    known = find_traits(database, store, list(news))
    write_traits(database, store, known, {one: merge(known.get(one, {}), seen) for one, seen in news.items()})


def _traits_of(statement: Mapping[str, Any], at: int) -> Traits:
    """Return the traits of a Statement's Agent; the members of a Group get none."""
    return {} if statement["actor"].get("objectType") == "Group" else extract_traits(statement, at)


def _read_traits_again(
    database: Database,
    store: StoreId,
    persona: PersonaId,
    until: bytes,
    without: Collection[str] = frozenset(),
) -> None:
    """Read the traits of a learner again from scratch, as a Statement that stated some was voided or goes."""
    known_as = describe_personas(database, store, [persona]).get(persona)
    identifiers = known_as.identifiers if known_as else ()
    traits: Traits = {}
    for item in statements_of_agents(database, store, identifiers):
        statement = parse_json(item.text)
        if item.statement_id in without or item.voided or item.seq > until:
            continue
        if not set(actors_of(statement["actor"])) & set(identifiers):
            continue
        traits = merge(traits, _traits_of(statement, item.timestamp))
    known = find_traits(database, store, [persona])
    write_traits(database, store, known, {persona: traits})


def _read_names_again(
    database: Database, store: StoreId, statement_ids: Sequence[str], until: bytes, without: Collection[str]
) -> None:
    """Take back the names that learners have from voided Statements; the newest others count."""
    told: dict[str, str] = {}
    for item in find_statements(database, store, statement_ids):
        told.update(_names([_Read(parse_json(item.text), item)]))
    personas = find_personas(database, store, list(told))
    known = describe_personas(database, store, list(set(personas.values())))
    wrong = {
        persona
        for identifier, persona in personas.items()
        if told[identifier] in (known[persona].seen_name, known[persona].trusted_name)
    }
    names = {
        one: _newest_names(database, store, known[one].identifiers, until, without)
        for one in staying(database, store, list(wrong))
    }
    correct_names(database, store, names)


def _newest_names(
    database: Database, store: StoreId, identifiers: Sequence[str], until: bytes, without: Collection[str]
) -> tuple[str | None, str | None]:
    """Return the newest name of a learner, and the newest from a trusted credential."""
    names: dict[bool, str] = {}
    for item in statements_of_agents(database, store, identifiers):
        if item.voided or item.seq > until or item.statement_id in without:
            continue
        for identifier, name in _names([_Read(parse_json(item.text), item)]):
            if identifier in identifiers:
                names[False] = name
                if item.has_trusted_names:
                    names[True] = name
    return names.get(False), names.get(True)
