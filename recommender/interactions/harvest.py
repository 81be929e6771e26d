"""Harvests nuggets: keeps what Statements say of Activities up to date, and raises the catalogue's version."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha1
from typing import Any

from lrs.activities import iterate_definitions
from lrs.storage.database import Database, StoreId
from recommender.interactions.threads import is_waiting
from recommender.storage.entries import find_revision, note_harvest
from recommender.storage.harvested import (
    Harvested,
    all_harvested,
    find_harvested,
    touch_harvested,
    write_harvested,
)
from recommender.storage.interactions import (
    InteractionRow,
    find_rows_of_post,
    find_rows_of_statements,
    find_undoing_rows,
    is_placed_in_course,
    with_rows,
)
from schemas.json_text import dump_json


class Harvester:
    """Harvests the Activities of one sync; looks again only at new or changed ones."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._database = database
        self._store = store
        self._seen: dict[str, int] = {}
        self._in_course: dict[str, bool] = {}

    def take(self, rows: Sequence[InteractionRow], statements: Iterable[Mapping[str, Any]], at: int) -> None:
        """Harvest the Activities of rows just written, read from these Statements, stored until a time (us)."""
        items = {row.item for row in rows if row.item is not None}
        seen = {name: definition for name, definition in _definitions(statements) if name in items}
        news = {name for name in items if self._is_news(name, seen.get(name, {}))}
        placed = {
            row.item for row in rows if row.item and row.in_course and not self._in_course.get(row.item)
        }
        self._in_course.update(dict.fromkeys(placed, True))
        posts = {row.item for row in rows if row.item and row.min_valued}
        judged = {row.item for row in rows if row.item and (row.makes_post or row.takes_back)}
        judged |= {row.values for row in rows if row.values}
        taken_back = [row.undoes for row in rows if row.undoes]
        undone = find_rows_of_statements(self._database, self._store, taken_back)
        self._refresh(news | placed, posts, judged | concerned(undone), at)
        touch_harvested(self._database, self._store, items, at)
        dropped = concerned(undone) | {row.item for row in rows if row.item and row.takes_back}
        touch_harvested(self._database, self._store, dropped, at, dropped=True)

    def drop(
        self, items: Iterable[str], at: int, *, unplaced: Collection[str] | None = None, marks: bool = True
    ) -> None:
        """Look again at Activities that lost rows at a stored time (us); those without any row are gone.

        The `unplaced` ones (None: all) lost rows by which they were in a course, too: only of these all rows are read
        until one says so. Unless it `marks` them, servers do not count them again.
        """
        found = set(items)
        for name in found:
            self._seen.pop(name, None)
        left = found - with_rows(self._database, self._store, found)
        before = find_harvested(self._database, self._store, sorted(left))
        self._write(before, {name: replace(row, waiting=False, gone=True) for name, row in before.items()})
        kept = found - left
        unsure = kept if unplaced is None else kept.intersection(unplaced)
        self._in_course.update(
            {name: is_placed_in_course(self._database, self._store, name) for name in unsure}
        )
        self._refresh(kept, set(), kept, at)
        touch_harvested(self._database, self._store, found, at, dropped=marks)

    def sweep(self, at: int) -> None:
        """Look again at all Activities, after all Statements were read again.

        Those that lost acts were marked while the Statements were read.
        """
        self.drop(all_harvested(self._database, self._store), at, marks=False)

    def _is_news(self, name: str, definition: Mapping[str, Any]) -> bool:
        mark = hash(dump_json(definition))
        if self._seen.get(name) == mark:
            return False
        self._seen[name] = mark
        return True

    def _refresh(self, news: set[str], posts: set[str], judged: set[str], at: int) -> None:
        """Write new and changed Activities, and judge again all posts, also those that were posts before.

        Those that were not known were born at a stored time (us).
        """
        before = find_harvested(self._database, self._store, sorted(news | posts | judged))
        again = posts | {name for name in judged if name in before and before[name].post}
        names = sorted(news | again)
        digests = {
            name: _digest(definition)
            for name, definition in iterate_definitions(self._database, self._store, names)
        }
        after = {}
        for name in names:
            known = before.get(name, Harvested(name, "", born=at))
            digest, in_course = digests.get(name) or _digest({}), self._in_course.get(name, known.in_course)
            known = replace(known, digest=digest, in_course=in_course, gone=False)
            after[name] = self._judge(known) if name in again else known
        self._write(before, after)

    def _judge(self, known: Harvested) -> Harvested:
        rows = find_rows_of_post(self._database, self._store, known.activity)
        undoing = find_undoing_rows(self._database, self._store, [row.statement_id for row in rows])
        post = any(row.min_valued for row in rows if row.item == known.activity)
        return replace(known, post=post, waiting=is_waiting(known.activity, rows, undoing))

    def _write(self, before: Mapping[str, Harvested], after: Mapping[str, Harvested]) -> None:
        changed = [row for name, row in after.items() if row != before.get(name)]
        if changed:
            # Only this sync harvests now, so the number is free; who reads it finds the rows written before.
            number = find_revision(self._database, self._store).harvests + 1
            write_harvested(self._database, self._store, changed, number)
            note_harvest(self._database, self._store)


def concerned(rows: Iterable[InteractionRow]) -> set[str]:
    """Return the items that rows are about, and the posts that they value."""
    return {name for row in rows for name in (row.item, row.values) if name}


def _digest(definition: Mapping[str, Any]) -> str:
    return sha1(dump_json(definition), usedforsecurity=False).hexdigest()


def _definitions(statements: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for statement in statements:
        target = statement["object"]
        if "definition" in target and "id" in target:
            yield target["id"], target["definition"]
