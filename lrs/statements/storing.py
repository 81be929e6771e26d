"""Storing Statements: the one way in for every source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from lrs.activities import ActivityDefinitions, activities_in
from lrs.auth.credentials import Credential
from lrs.config import Settings
from lrs.errors import (
    PayloadTooLargeError,
    RequestRefusedError,
    ServiceUnavailableError,
    StatementConflictError,
)
from lrs.statements.attachments import (
    AttachmentReceiver,
    Reception,
    SentAttachment,
    declarations_of,
    require_file_urls,
)
from lrs.statements.fingerprint import fingerprint
from lrs.statements.lifecycle import (
    Origin,
    SentStatement,
    build_row,
    repeated_ids,
    with_id,
    with_new_id,
)
from lrs.storage.clock import StoredClock
from lrs.storage.database import Database
from lrs.storage.landmarks import Landmarks
from lrs.storage.statements.rows import DuplicateStatementsError, StatementRow
from lrs.storage.statements.writes import StatementWrites
from schemas.compiled import check_statement, check_statements
from schemas.errors import InvalidInputError
from schemas.json_text import parse_json, split_array
from schemas.versions import VersionRules

ATTEMPTS = 10
ID_RULE = "xAPI 1.0.3 Communication 2.1.1"


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one text: stored, there already, or refused (then `reason` says why)."""

    statement_id: str | None
    duplicate: bool = False
    reason: str = ""


class StatementWriter:
    """Stores Statements into any store."""

    def __init__(self, database: Database, settings: Settings, clock: StoredClock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._landmarks = Landmarks(database)
        self._definitions = ActivityDefinitions(database)
        self._attachments = AttachmentReceiver(database, settings)

    def store_statements(
        self,
        body: bytes,
        credential: Credential,
        rules: VersionRules,
        attachments: Iterable[SentAttachment] | None = None,
    ) -> list[str]:
        """Store the Statement or the batch in a JSON text, all or nothing; return the ids in order.

        `attachments` are read while they arrive; None where none could come along.

        Raises InvalidInputError (400), StatementConflictError (409), PayloadTooLargeError (413).
        """
        value = parse_json(body)
        if isinstance(value, list):
            check_statements(value, rules)
            batch = [SentStatement(*pair) for pair in zip(value, split_array(body), strict=True)]
        else:
            check_statement(value, rules)
            batch = [SentStatement(value, body)]
        return self._store(batch, credential, rules, attachments)

    def put_statement(
        self,
        body: bytes,
        statement_id: str,
        credential: Credential,
        rules: VersionRules,
        attachments: Iterable[SentAttachment] | None = None,
    ) -> None:
        """Store one Statement under the id given beside it."""
        value = parse_json(body)
        check_statement(value, rules)
        sent = SentStatement(value, body)
        if sent.statement_id is None:
            sent = with_id(sent, statement_id)
        elif sent.statement_id != statement_id.lower():
            raise RequestRefusedError(
                f"The Statement's id {value['id']!r} differs from statementId {statement_id!r}; send the same id.",
                path="id",
                rule="xAPI 1.0.3 Communication 2.1.1",
            )
        self._store([sent], credential, rules, attachments)

    def _store(
        self,
        batch: list[SentStatement],
        credential: Credential,
        rules: VersionRules,
        attachments: Iterable[SentAttachment] | None = None,
    ) -> list[str]:
        self._check_batch(batch)
        batch = [item if item.statement_id else with_new_id(item) for item in batch]
        authority = credential.authority(self._settings.authority_home_page)
        with self._attachments.receive(batch, attachments, credential.store.id, rules) as reception:
            self._store_missing(batch, credential, Origin(authority, credential.key, rules), reception)
        if credential.allows("define"):
            self._definitions.merge(credential.store.id, _definitions_in(batch))
        return [str(item.payload["id"]) for item in batch]

    def _check_batch(self, batch: Sequence[SentStatement]) -> None:
        repeated = repeated_ids(batch)
        if repeated:
            raise RequestRefusedError(
                f"The batch has the id {repeated[0]!r} more than once; give each Statement its own id.",
                rule="xAPI 1.0.3 Communication 2.1.1",
            )
        most = self._settings.max_batch
        if len(batch) > most:
            raise PayloadTooLargeError(
                f"The batch has {len(batch)} Statements, the limit is {most}; send fewer."
            )
        limit = self._settings.max_statement_bytes
        for position, item in enumerate(batch):
            if len(item.text) > limit:
                message = f"Statement {position} has {len(item.text)} bytes, the limit is {limit}; send less."
                raise PayloadTooLargeError(message, path=f"[{position}]")

    def _store_missing(
        self, batch: list[SentStatement], credential: Credential, origin: Origin, reception: Reception
    ) -> None:
        """Store what is not there yet; what is there must be equal."""
        writes = self._writes(credential)
        for _ in range(ATTEMPTS):
            if not batch:
                return
            with self._clock.give() as time:
                rows = [build_row(item, origin, time, position) for position, item in enumerate(batch)]
                try:
                    writes.store_rows(
                        rows, reception.files_of(batch), partial(self._clock.require_lease, time)
                    )
                    return
                except DuplicateStatementsError as error:
                    batch = _without_equal(batch, rows, error)
                    writes.mend_links([row for row in rows if row.statement_id in error.fingerprints])
        raise ServiceUnavailableError(
            "Other clients store the same Statements at this moment; send the batch again."
        )

    def store_texts(
        self, texts: Sequence[bytes], credential: Credential, rules: VersionRules
    ) -> list[Stored]:
        """Store each Statement text on its own merits: bad ones are told, those there already skipped."""
        outcomes: list[Stored | None] = []
        fresh: dict[str, SentStatement] = {}
        for text in texts:
            try:
                sent = self._accept(text, fresh, rules)
            except (InvalidInputError, RequestRefusedError, PayloadTooLargeError) as error:
                outcomes.append(Stored(None, reason=str(error)))
                continue
            known = sent.payload["id"].lower() in fresh
            fresh.setdefault(sent.payload["id"].lower(), sent)
            outcomes.append(Stored(sent.payload["id"], duplicate=True) if known else None)
        results = self._store_fresh(fresh, credential, rules)
        order = iter(results)
        return [outcome or next(order) for outcome in outcomes]

    def _accept(self, text: bytes, fresh: dict[str, SentStatement], rules: VersionRules) -> SentStatement:
        payload = parse_json(text)
        check_statement(payload, rules)
        sent = SentStatement(payload, text)
        self._check_batch([sent])
        require_file_urls(declarations_of([sent]))
        if sent.statement_id is None:
            raise RequestRefusedError(
                "The Statement has no id; without one it could be stored twice.", path="id"
            )
        earlier = fresh.get(sent.statement_id)
        if earlier and fingerprint(earlier.payload) != fingerprint(payload):
            raise RequestRefusedError(
                f"The id {sent.statement_id} stands above with other content.", path="id"
            )
        return sent

    def _store_fresh(
        self, fresh: dict[str, SentStatement], credential: Credential, rules: VersionRules
    ) -> list[Stored]:
        stored = self._writes(credential).find_fingerprints(list(fresh))
        new = [item for name, item in fresh.items() if name not in stored]
        if new:
            self._store(new, credential, rules)
        return [_outcome(name, item, stored) for name, item in fresh.items()]

    def _writes(self, credential: Credential) -> StatementWrites:
        return StatementWrites(self._database, credential.store.id, self._landmarks)


def _outcome(name: str, item: SentStatement, stored: dict[str, bytes]) -> Stored:
    if name not in stored:
        return Stored(name)
    if stored[name] == fingerprint(item.payload):
        return Stored(name, duplicate=True)
    return Stored(None, reason=f"id: a different Statement with the id {name} is stored already")


def _without_equal(
    batch: list[SentStatement], rows: Sequence[StatementRow], error: DuplicateStatementsError
) -> list[SentStatement]:
    """Drop the Statements stored already with equal content; raise StatementConflictError for unequal."""
    for row in rows:
        stored = error.fingerprints.get(row.statement_id)
        if stored is not None and stored != row.fingerprint:
            raise StatementConflictError(
                f"A different Statement with the id {row.statement_id} is stored already; Statements never change. "
                "Send the same content, or give this one another id.",
                rule="xAPI 1.0.3 Communication 2.1.1",
            )
    return [item for item in batch if item.statement_id not in error.fingerprints]


def _definitions_in(batch: Sequence[SentStatement]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (activity["id"], activity["definition"])
        for item in batch
        for activity in activities_in(item.payload)
        if activity.get("definition")
    ]
