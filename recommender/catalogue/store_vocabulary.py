"""A store's own meanings of verbs and Activity types, imported and exported as CSV; they override the defaults."""

from __future__ import annotations

from lrs.storage.database import Database, StoreId
from recommender.storage.entries import note_harvest
from recommender.storage.vocabulary import find_own_rows, write_own_rows
from recommender.vocabulary.tables import (
    TableName,
    check_names,
    default_rows,
    effective_rows,
    parse_rows,
    write_rows,
)


def import_rows(database: Database, store: StoreId, name: TableName, body: bytes) -> int:
    """Replace the store's own rows by those of a CSV that differ from the defaults; return their number.

    The next sync reads all Statements again. Raises InvalidInputError, which names every invalid line.
    """
    defaults = default_rows(name)
    own = {
        iri: row for iri, row in parse_rows(name, body).items() if _plain(row) != _plain(defaults.get(iri))
    }
    if name == "verbs":
        check_names({**defaults, **own})
    write_own_rows(database, store, name, own)
    note_harvest(database, store)  # the same definitions are shown in another way
    return len(own)


def export_rows(database: Database, store: StoreId, name: TableName) -> bytes:
    """Return all rows that apply, own and default ones, as a CSV that can be imported again."""
    return write_rows(name, effective_rows(name, find_own_rows(database, store, name)))


def reset_rows(database: Database, store: StoreId, name: TableName) -> None:
    """Remove the store's own rows, so that the defaults apply."""
    write_own_rows(database, store, name, {})
    note_harvest(database, store)


def _plain(row: object) -> dict[str, object]:
    """Return a row without the cells whose value means the same as an empty cell."""
    items = row.items() if isinstance(row, dict) else ()
    return {name: value for name, value in items if value not in ("no", False, 0) or name == "strength"}
