"""Statements in canonical format, with the store's definitions: no more of these are held than a chunk of bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lrs.activities import find_definitions, iterate_definition_texts, read_definition
from lrs.definitions import Definition
from lrs.statements.formats import ChooseLanguage, activity_ids, format_canonical
from lrs.storage.chunks import first_chunk, in_chunks
from lrs.storage.database import Database, StoreId

NAMES_AT_ONCE = 50  # of definitions that have 1 MiB at most, and the database holds what it is asked for


def canonical_texts(
    database: Database, store: StoreId, texts: Sequence[bytes], choose: ChooseLanguage
) -> Iterator[bytes]:
    """Yield Statements in canonical format, with the definitions of as many at once as fit."""
    named = [activity_ids(text) for text in texts]
    start = 0
    while start < len(texts):
        definitions, count = _definitions_of_first(database, store, named[start:])
        for text in texts[start : start + count]:
            yield format_canonical(text, definitions, choose)
        start += count


def _definitions_of_first(
    database: Database, store: StoreId, named: Sequence[Sequence[str]]
) -> tuple[Mapping[str, Definition], int]:
    """Return the definitions of the first Statements, and how many these are; `named` are the Activities of each."""
    count = len(named)
    while count > 1:
        wanted = list(dict.fromkeys(name for names in named[:count] for name in names))
        texts = (
            text
            for names in in_chunks(wanted, NAMES_AT_ONCE)
            for text in iterate_definition_texts(database, store, names)
        )
        found, has_more = first_chunk(texts, len(wanted), lambda item: len(item[1]))
        if not has_more:
            return {name: read_definition(text) for name, text in found}, count
        count = max(1, min(count // 2, _count_naming(named, len(found))))
    return find_definitions(database, store, list(dict.fromkeys(named[0]))), 1


def _count_naming(named: Sequence[Sequence[str]], most: int) -> int:
    """Return how many of the first Statements name no more than so many Activities."""
    seen: set[str] = set()
    for count, names in enumerate(named):
        seen.update(names)
        if len(seen) > most:
            return count
    return len(named)
