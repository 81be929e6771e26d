"""The audit trail: who read or changed data of a person, when, by which route, and how much of it.

A line is noted in memory and written in the background, so that requests do not wait. A process that ends writes what
is waiting; one that is killed loses the lines of its last second.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lrs.batched_writes import BatchedWrites
from lrs.errors import LrsError
from lrs.logging import log_failure
from lrs.personas import find_person
from lrs.storage.audit import EVERYBODY, START, AuditRepository, Block, Line
from lrs.storage.database import Database, StoreId
from lrs.storage.personal_data import Person
from lrs.storage.stored_time import now_us
from lrs.storage.stores import find_credential_rows
from schemas.identifiers import identifiers_implied
from schemas.json_text import dump_json
from schemas.timestamps import format_timestamp

PAUSE_S = 1.0
MOST_WAITING = 20_000
MOST_NAMED = 50
"""People that one line names; a line about more is about everybody."""
OPERATOR = "operator"
"""In place of a credential: who may run commands; the operating system knows which user that is."""
IDENTIFIER, PERSONA = "identifier", "persona"

Named = tuple[str, str]
"""A person by the kind of name (identifier or persona) and the name."""

_logger = logging.getLogger("lrs.audit")


class Access(NamedTuple):
    """One request about people; `learner` is whom the credential stands for, `about` is empty for everybody.

    `number` is how many Statements, documents or people were given out. A tuple, since every request makes one.
    """

    store: StoreId
    at: int
    key: str
    learner: str | None
    method: str
    route: str
    about: tuple[Named, ...]
    number: int


class AuditTrail:
    """Writes lines in the background. `stop` it at the end."""

    def __init__(self, database: Database, kept_days: int, pause_s: float = PAUSE_S) -> None:
        self._database = database
        self._kept_days = kept_days
        self._pause_s = pause_s
        self._writes = BatchedWrites("audit", self._write, pause_s, MOST_WAITING)
        self.stop = self._writes.flush

    def note(self, access: Access) -> None:
        """Let one line be written."""
        self._writes.add(access)

    def _write(self, noted: Sequence[Access]) -> None:
        """Write lines by store; those that the database does not take now are tried again after the pause."""
        by_store: dict[StoreId, list[Access]] = defaultdict(list)
        for access in noted:
            by_store[access.store].append(access)
        for store, accesses in by_store.items():
            try:
                trail = AuditRepository(self._database, store)
                digests = _Digests(trail)
                trail.append([_line(digests, access) for access in accesses], self._kept_days)
            except LrsError as error:
                log_failure(_logger, "audit_waits", error=type(error).__name__, lines=len(accesses))
                for access in accesses if self._pause_s else ():
                    self._writes.add(access)


def note_command(
    database: Database, store: StoreId, kept_days: int, command: str, about: str | None, count: int
) -> None:
    """Write a line about a command of an operator that read or changed data of a person (None: of everybody)."""
    named = ((IDENTIFIER, about),) if about else ()
    noted = Access(store, now_us(), OPERATOR, None, "COMMAND", f"learnerprise {command}", named, count)
    AuditTrail(database, kept_days, pause_s=0).note(noted)


class _Digests(dict[Named, str]):
    """The digests of those whom some lines name: most are named by several lines."""

    def __init__(self, trail: AuditRepository) -> None:
        self._trail = trail

    def __missing__(self, named: Named) -> str:
        found = self[named] = self._trail.digest(*named)
        return found


def _line(digests: _Digests, access: Access) -> Line:
    """Return what is kept of a request: people by digests."""
    about = sorted({digests[named] for named in access.about})
    return {
        "at": access.at,
        "key": access.key,
        "by": digests[IDENTIFIER, access.learner] if access.learner else None,
        "method": access.method,
        "route": access.route,
        "count": access.number,
        "about": about if 0 < len(about) <= MOST_NAMED else [EVERYBODY],
    }


def names_of_person(database: Database, store: StoreId, identifier: str) -> list[Named]:
    """Return all names under which lines may be about the person of an identifier."""
    person = find_person(database, store, identifier)
    known = {identifier, *(person.identifiers if person else ())}
    implied = {other for one in known for other in identifiers_implied(one)}
    named = [(IDENTIFIER, one) for one in sorted(known | implied)]
    return [*named, *((PERSONA, str(one)) for one in person.ids)] if person else named


def digests_of(database: Database, store: StoreId, named: Iterable[Named]) -> set[str]:
    """Return by what lines name these people."""
    trail = AuditRepository(database, store)
    return {trail.digest(kind, name) for kind, name in named}


def names_of_credentials(database: Database, lines: Iterable[Line]) -> dict[str, str]:
    """Return the names of the credentials of lines, by key."""
    keys = sorted({line["key"] for line in lines})
    return {row.key: row.name for row in find_credential_rows(database, keys)}


def key_shown(line: Line, own: Collection[str]) -> str:
    """Return the key of a line for the person of these digests: empty where it stands for another learner."""
    return str(line["key"]) if line["by"] is None or line["by"] in own else ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, newest first, and where the next ones begin: after this line of this block (None: at the end)."""

    lines: tuple[Line, ...]
    more: tuple[int, int] | None


def find_lines(
    database: Database,
    store: StoreId,
    about: Iterable[Named] | None,
    limit: int,
    after: tuple[int, int] | None = None,
) -> Page:
    """Return the newest lines, if given those about a person or about everybody."""
    trail = AuditRepository(database, store)
    wanted = None if about is None else {EVERYBODY, *digests_of(database, store, about)}
    found: list[tuple[tuple[int, int], Line]] = []
    for place, line in _newest(trail, wanted, after):
        if len(found) == limit:
            return Page(tuple(line for _, line in found), found[-1][0])
        found.append((place, line))
    return Page(tuple(line for _, line in found), None)


def _newest(
    trail: AuditRepository, wanted: set[str] | None, after: tuple[int, int] | None
) -> Iterator[tuple[tuple[int, int], Line]]:
    """Yield lines with their places, newest first."""
    for block in trail.iterate_newest(wanted, after[0] + 1 if after else None):
        for position, line in reversed(list(enumerate(block.lines))):
            place = (block.number, position)
            if (after is None or place < after) and (wanted is None or wanted.intersection(line["about"])):
                yield place, line


def export_lines(database: Database, person: Person) -> Iterator[bytes]:
    """Yield the lines about a person as JSON, newest first, without those about everybody."""
    trail = AuditRepository(database, person.store)
    named = [(IDENTIFIER, one) for one in person.identifiers]
    named += [(PERSONA, str(one)) for one in person.personas]
    wanted = digests_of(database, person.store, named)
    for _, line in _newest(trail, wanted, None):
        told = {name: line[name] for name in ("method", "route", "count")}
        key = key_shown(line, wanted)
        yield dump_json({"timestamp": format_timestamp(line["at"]), "key": key, **told})


@dataclass(frozen=True, slots=True)
class DayOfTrail:
    """What was noted on a day: how many lines, the hash of its last block, and what is wrong (empty: nothing)."""

    day: str
    lines: int
    last_hash: str
    fault: str = ""


def verify_trail(database: Database, store: StoreId) -> list[DayOfTrail]:
    """Return each day of a trail, oldest first, checked: no block changed, left out, or put in.

    Of the first block that is kept, the ones before have expired or were removed: nobody can tell. Nor does the trail
    tell whether its last blocks were removed, unless somebody kept a later hash elsewhere.
    """
    days: dict[str, DayOfTrail] = {}
    before: Block | None = None
    for block in AuditRepository(database, store).iterate():
        known = days.get(block.day) or DayOfTrail(block.day, 0, "")
        fault = known.fault or _fault(block, before)
        lines = len(block.lines) if block.is_true() else 0
        days[block.day] = DayOfTrail(block.day, known.lines + lines, block.hash, fault)
        before = block
    return list(days.values())


def _fault(block: Block, before: Block | None) -> str:
    if not block.is_true():
        return f"block {block.number} was changed"
    if before is not None and block.number != before.number + 1:
        return f"block {before.number + 1} is missing"
    previous = before.hash if before else START
    if (before is not None or block.number == 1) and block.previous != previous:
        return f"block {block.number} does not follow the one before it"
    return ""
