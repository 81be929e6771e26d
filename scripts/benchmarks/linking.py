"""Linking of people in one job: seconds beside pymongo inserting the same rows, growth, and memory of the job."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from lrs.auth.stores import Store, create_store
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database
from scripts.benchmarks.clients import Clients
from scripts.benchmarks.endpoint import BenchmarkError
from scripts.benchmarks.memory import MIB
from scripts.benchmarks.report import Row, Target, compare
from scripts.benchmarks.servers import Site, connected
from scripts.people import join_table

LIMIT_COLLECTION = "people_limit"
LINES_EACH = 2
"""A line joins two identifiers, so two lines make one person of three."""
SOME = 10_000
INSERTED_AT_ONCE = 500
GROWTH, FLAT = Target("<=", 1.5), Target("<=", 1.1)


@dataclass(frozen=True, slots=True)
class Mark:
    """How many lines of the table were done after how many seconds, and the memory (bytes) of the job then."""

    lines: int
    seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class LinkPeople:
    """Join the people of a table as `learnerprise people import` does; gives marks."""

    uri: str
    store: Store
    table: Path

    @contextmanager
    def open(self) -> Iterator[Callable[[], list[Mark]]]:
        """Connect; then join them."""
        with connected(self.uri) as database:

            def link() -> list[Mark]:
                process, started = psutil.Process(), time.monotonic()
                marks = [Mark(0, 0.0, process.memory_info().rss)]

                def note(lines: int, _told: str) -> None:
                    marks.append(Mark(lines, time.monotonic() - started, process.memory_info().rss))

                join_table(database, self.store, self.table, note)
                return marks

            yield link


def measure_linking(clients: Clients, site: Site, folder: Path, sizes: Sequence[int]) -> Iterator[Row]:
    """Link people of three identifiers each, in a store of its own for each size."""
    for people in sizes:
        table = folder / "people.csv"
        _write_table(table, people)
        with site.database() as database:
            store = create_store(database, f"people-{uuid.uuid4().hex[:12]}")
        [marks], _ = clients.run([LinkPeople(site.uri, store, table)])
        with site.database() as database:
            limit = _insert_again(database, store, people)
        yield from linking_rows(people, marks, limit)


def linking_rows(people: int, marks: Sequence[Mark], limit_s: float) -> Iterator[Row]:
    """Yield the time beside the limit, and the last quarter of the job beside its first one: time and memory."""
    quarter = max(2, len(marks) // 4)
    first, last = marks[:quarter], marks[-quarter:]
    work, unit = f"people linked by a table, {people:,} with 3 identifiers", f"s per {SOME:,}"
    yield compare(work, _pace(marks), limit_s / people * SOME, unit)
    yield compare(f"growth: {work}, last quarter against first", _pace(last), _pace(first), unit, GROWTH)
    most, before = (max(mark.memory for mark in some) / MIB for some in (last, first))
    yield compare(f"memory: {work}, last quarter against first", most, before, "MiB", FLAT)


def _pace(marks: Sequence[Mark]) -> float:
    """Return the seconds in which so many people (`SOME`) were linked."""
    people = (marks[-1].lines - marks[0].lines) / LINES_EACH
    return (marks[-1].seconds - marks[0].seconds) / people * SOME


def _write_table(table: Path, people: int) -> None:
    with table.open("w", encoding="utf-8") as file:
        file.write("agent,same_as\n")
        for number in range(people):
            for site in ("lms", "chat"):
                account = f'{{""homePage"":""https://{site}.benchmark.example"",""name"":""p{number}""}}'
                file.write(f'"{{""account"":{account}}}",p{number}@benchmark.example\n')


def _insert_again(database: Database, store: Store, people: int) -> float:
    """Return the seconds that pymongo alone takes to insert the rows of these people, with the same indexes."""
    rows, target = database.db["personas"], database.db[LIMIT_COLLECTION]
    for index in rows.list_indexes():
        if index["name"] != "_id_":
            target.create_index(list(index["key"].items()), unique=index.get("unique", False))
    seconds, found = 0.0, 0
    for some in in_chunks(rows.find({"store": store.id}), INSERTED_AT_ONCE):
        started = time.monotonic()
        target.insert_many(some)
        seconds, found = seconds + time.monotonic() - started, found + len(some)
    if found != people:
        raise BenchmarkError(f"Of {people:,} people only {found:,} were found to be one.")
    target.drop()
    return seconds
