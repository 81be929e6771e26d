"""Writes the Statements of a store for research: each person stands under one pseudonym, made with a key kept apart.

The same key gives the same pseudonyms again, so that exports of different days can be joined; without it nobody finds
out who is meant. All identifiers of a persona are one pseudonym.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from lrs.auth.pseudonym_keys import new_key, read_key, write_key
from lrs.auth.pseudonyms import HOME_PAGE, pseudonym_of
from lrs.personas import find_personas
from lrs.privacy.others import is_tool
from lrs.statements.pseudonyms import Rewriting, identifiers_anywhere, without_names
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from lrs.storage.statements.erase import ErasableStatement, StatementErasures
from lrs.storage.stores import list_credential_rows
from schemas.json_text import parse_json

AT_ONCE = 100
Tell = Callable[[str], None]


def key_in(path: Path) -> bytes:
    """Return the key in a file, a new one if there is no file; only its owner may read it."""
    if not path.exists():
        write_key(path, new_key())
    return read_key(path)


def pseudonymous_statements(
    database: Database, store: StoreId, key: bytes, tell: Tell = lambda line: None
) -> Iterator[bytes]:
    """Yield the texts of all Statements of a store with pseudonyms; all else stays as it was sent."""
    tools = {row.key for row in list_credential_rows(database, store)}
    done = 0
    for some in in_chunks(StatementErasures(database, store).iterate(), AT_ONCE, lambda one: len(one.text)):
        names = _pseudonyms(database, store, key, some)
        names |= dict.fromkeys((name for name in names if is_tool(name, tools)), "")
        find = partial(_find, names)
        rewriting = Rewriting(find, home_page=HOME_PAGE)
        for one in some:
            yield without_names(parse_json(one.text), rewriting.statement(one.text), find)
        done += len(some)
        tell(f"{done} Statements")


def _pseudonyms(
    database: Database, store: StoreId, key: bytes, statements: Sequence[ErasableStatement]
) -> dict[str, str]:
    """Return the pseudonym of everybody in some Statements."""
    named = {name for one in statements for name in identifiers_anywhere(parse_json(one.text))}
    personas = find_personas(database, store, sorted(named))
    return {name: pseudonym_of(key, str(personas.get(name, name))) for name in named}


def _find(names: Mapping[str, str], identifier: str) -> str:
    return names.get(identifier, "")
