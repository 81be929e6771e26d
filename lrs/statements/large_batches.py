"""Storing an array that is larger than one transaction should be: part by part, and published at once.

The whole of it is parsed and checked first, so that one bad Statement refuses it before anything is stored; then it
is parsed again and stored, so that no more than a part is ever held as Python values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from lrs.activities import ActivityDefinitions, definitions_in
from lrs.auth.credentials import Credential
from lrs.config import Settings
from lrs.errors import ServiceUnavailableError
from lrs.statements.attachments import declarations_in, require_file_urls
from lrs.statements.batches import (
    Part,
    SentArray,
    parse_statement,
    require_distinct,
    require_equal,
    require_size,
)
from lrs.statements.lifecycle import Origin, SentStatement, build_row, with_id
from lrs.storage.embedded_engine.weights import fitting
from lrs.storage.statements.documents import DuplicateStatementsError, StatementRow
from lrs.storage.statements.publication import Publication
from lrs.storage.statements.write import StatementWrites
from lrs.storage.stored_time import StoredClock, StoredTime
from schemas.json_text import parse_json

ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class LargeBatchWriter:
    """Stores large arrays into one store, under one authority."""

    settings: Settings
    clock: StoredClock
    definitions: ActivityDefinitions
    writes: StatementWrites
    credential: Credential
    origin: Origin

    def store(self, array: SentArray) -> list[str]:
        """Store the Statements of an array, all or nothing; return their ids in order."""
        given = [name for part in array.parts() for name in self._check(part)]
        require_distinct([name for name in given if name])
        ids = [name or str(uuid4()) for name in given]
        with self.clock.give() as time, self.writes.large_batch(time.seq(0)) as batch:
            known: set[str] = set()
            for part in array.parts():
                items = [_sent(text, given[position], ids[position]) for position, text in part]
                first = part[0][0]
                rows = [build_row(item, self.origin, time, first + n) for n, item in enumerate(items)]
                for some in fitting(rows):
                    known |= self._add(batch, some)
            batch.publish(partial(self.clock.require_lease, time))
        self._merge_definitions(
            array, time, {place for place, name in enumerate(ids) if name.lower() in known}
        )
        return ids

    def _check(self, part: Part) -> list[str | None]:
        """Return the ids of a part as they were given; raise for what the specification forbids."""
        checked: list[str | None] = []
        for position, text in part:
            sent = parse_statement(text, self.origin.rules, f"[{position}]")
            require_size(sent, position, self.settings)
            require_file_urls(declarations_in(sent.payload, f"[{position}]."))
            checked.append(sent.payload.get("id"))
        return checked

    def _add(self, batch: Publication, rows: Sequence[StatementRow]) -> set[str]:
        """Insert what is not there yet; what is there must be equal, and its ids are returned."""
        known: set[str] = set()
        for _ in range(ATTEMPTS):
            try:
                if rows:
                    batch.add(rows)
                return known
            except DuplicateStatementsError as error:
                require_equal(rows, error)
                self.writes.mend_links(error.fingerprints)
                batch.renew()
                known.update(error.fingerprints)
                rows = [row for row in rows if row.statement_id not in error.fingerprints]
        raise ServiceUnavailableError(
            "Other clients store the same Statements at this moment; send the batch again."
        )

    def _merge_definitions(self, array: SentArray, time: StoredTime, known: set[int]) -> None:
        """Merge what the Statements stored just now say of Activities."""
        if not self.credential.allows("define"):
            return
        for part in array.parts():
            brought = [
                one
                for position, text in part
                if b'"definition"' in text and position not in known
                for one in definitions_in(parse_json(text), time.seq(position))
            ]
            self.definitions.merge(self.credential.store.id, brought)


def _sent(text: bytes, given: str | None, statement_id: str) -> SentStatement:
    sent = SentStatement(parse_json(text), text)
    return sent if given else replace(with_id(sent, statement_id), has_new_id=True)
