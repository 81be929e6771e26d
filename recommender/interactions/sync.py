"""Keeps the stored interactions up to date with the Statements: only what is new is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lrs.personas import PersonaId, describe_personas, find_or_create_personas
from lrs.statements.feed import FeedStatement, iterate_statements, statements_of_agents, voided_since
from lrs.storage.database import Database, StoreId
from recommender.errors import SyncInProgressError
from recommender.extensions import ADDRESSED_TO
from recommender.interactions.extract import (
    Interaction,
    actors_of,
    extract_interactions,
    identifiers_in,
)
from recommender.interactions.traits import extract_traits
from recommender.storage.interactions import (
    InteractionRow,
    advance_watermark,
    delete_all,
    delete_rows,
    find_watermark,
    write_rows,
)
from recommender.storage.locks import acquire_lock, release_lock, renew_lock
from recommender.storage.user_features import (
    Traits,
    find_personas_by_source,
    find_traits,
    merge,
    write_traits,
)
from schemas.identifiers import identifier_of
from schemas.json_text import parse_json

BATCH = 4000
FEED_PAGE = 1000
LEASE_S = 120
LOCK = "sync"
WAIT_S = 30.0
_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How many Statements were read, and rows written."""

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
    """Read the Statements after the watermark (`most` of them at most) and bring the interactions up to date.

    `from_scratch` drops every interaction first and reads all Statements again; the outcome is the same.
    Raise SyncInProgressError when another process is at it for longer than `wait_s`.
    """
    with _locked(database, store, wait_s) as renew:
        if from_scratch:
            delete_all(database, store)
        start = find_watermark(database, store)
        feed = islice(iterate_statements(database, store, after=start, batch=FEED_PAGE), most)
        statements = rows = 0
        while batch := list(islice(feed, BATCH)):
            rows += _write_batch(database, store, batch)
            statements += len(batch)
            advance_watermark(database, store, batch[-1].seq)
            renew()
            progress(f"{statements} Statements read, {rows} interactions")
        _remove_voided(database, store, voided_since(database, store, start))
    return SyncReport(statements, rows)


@contextmanager
def _locked(database: Database, store: StoreId, wait_s: float) -> Iterator[Callable[[], None]]:
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
        yield renew
    finally:
        release_lock(database, store, LOCK, held)


def _write_batch(database: Database, store: StoreId, batch: Sequence[FeedStatement]) -> int:
    reads = [_Read(parse_json(item.raw), item) for item in batch if not item.voided]
    found = [
        one
        for read in reads
        for one in extract_interactions(read.statement, read.feed.timestamp, read.feed.seq)
    ]
    names: dict[str, str | None] = dict.fromkeys(identifiers_in(found))
    names.update(dict.fromkeys(one for read in reads for one in actors_of(read.statement["actor"])))
    names.update({key: name for key, name in _names(reads) if key in names})
    personas = find_or_create_personas(database, store, names)
    rows = [row_of(one, personas) for one in found]
    write_rows(database, store, rows)
    _write_traits(database, store, reads, personas)
    return len(rows)


def row_of(interaction: Interaction, personas: dict[str, PersonaId]) -> InteractionRow:
    """Put the personas in the place of the identifiers."""
    names = InteractionRow.__dataclass_fields__.keys() - {"persona", "peer"}
    values = {name: getattr(interaction, name) for name in names}
    peer = personas.get(interaction.peer) if interaction.peer else None
    return InteractionRow(**values, persona=personas[interaction.identifier], peer=peer)


def _names(reads: Sequence[_Read]) -> Iterator[tuple[str, str]]:
    """Yield the names that people are given, oldest first."""
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
        actor = read.statement["actor"]
        told = (
            {} if actor.get("objectType") == "Group" else extract_traits(read.statement, read.feed.timestamp)
        )
        for identifier in actors_of(actor):
            persona = personas[identifier]
            news[persona] = merge(news.get(persona, {}), told)
    known = find_traits(database, store, list(news))
    write_traits(database, store, known, {one: merge(known.get(one, {}), seen) for one, seen in news.items()})


def _remove_voided(database: Database, store: StoreId, statement_ids: Sequence[str]) -> None:
    delete_rows(database, store, statement_ids)
    for persona in find_personas_by_source(database, store, statement_ids):
        _read_traits_again(database, store, persona)


def _read_traits_again(database: Database, store: StoreId, persona: PersonaId) -> None:
    """Find out anew what is known of a learner of whom a telling Statement was voided."""
    identifiers = describe_personas(database, store, [persona])[persona].identifiers
    until = find_watermark(database, store)
    traits: Traits = {}
    for item in statements_of_agents(database, store, identifiers):
        statement = parse_json(item.raw)
        if item.voided or item.seq > until or not set(actors_of(statement["actor"])) & set(identifiers):
            continue
        traits = merge(traits, extract_traits(statement, item.timestamp))
    known = find_traits(database, store, [persona])
    write_traits(database, store, known, {persona: traits})
