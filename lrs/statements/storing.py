"""Storing Statements: the one way in for every source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from lrs.activities import ActivityDefinitions, definitions_in
from lrs.auth.credentials import Credential
from lrs.auth.pseudonyms import StorePseudonyms
from lrs.auth.stores import Store
from lrs.config import MEBIBYTE, Settings
from lrs.errors import (
    ErasedPersonError,
    InsufficientStorageError,
    PayloadTooLargeError,
    RequestRefusedError,
    ServiceUnavailableError,
)
from lrs.statements.attachments import (
    AttachmentReceiver,
    Reception,
    SentAttachment,
    declarations_of,
    require_file_urls,
)
from lrs.statements.batches import (
    ID_RULE,
    parse_batch,
    parse_statement,
    require_distinct,
    require_equal,
    require_few_facets,
)
from lrs.statements.erasures import admit, may_name_erased
from lrs.statements.fingerprint import fingerprint
from lrs.statements.lifecycle import Origin, SentStatement, build_row, with_id, with_new_id
from lrs.statements.own import require_own_statements
from lrs.statements.pseudonymity import Hiding, refuse_files
from lrs.statements.voiding import VOID_OTHERS, log_voids_of_others, require_may_void
from lrs.storage.database import Database, StoreId
from lrs.storage.disk_space import DiskSpace
from lrs.storage.erased import ErasedPeople
from lrs.storage.statement_documents import DuplicateStatementsError
from lrs.storage.statements.write import StatementWrites
from lrs.storage.stored_time import StoredClock
from schemas.errors import InvalidInputError
from schemas.statements import StatementSchema
from schemas.versions import XAPI_2_0_0, VersionRules

ATTEMPTS = 10
PARTS = frozenset(StatementSchema(XAPI_2_0_0).fields)


@dataclass(frozen=True, slots=True)
class Stored:
    """The outcome for one text: stored, stored earlier, or refused (then `reason` says why).

    Of one that `is_withheld` nothing may be kept, not even as a bad line: it may name somebody.
    """

    statement_id: str | None
    duplicate: bool = False
    reason: str = ""
    is_withheld: bool = False


class StatementWriter:
    """Stores Statements into any store."""

    def __init__(self, database: Database, settings: Settings, clock: StoredClock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._writes: dict[StoreId, StatementWrites] = {}
        self.definitions = ActivityDefinitions(database)
        self.erased = ErasedPeople(database)
        self.pseudonyms = StorePseudonyms(settings)
        self._attachments = AttachmentReceiver(database, settings)
        self.disk_space = DiskSpace(database.engine, settings.data_folder, settings.min_free_mb * MEBIBYTE)

    def require_room(self, store: Store) -> None:
        """Raise InsufficientStorageError if the disk is nearly full, or the store holds as much as it may."""
        self.disk_space.require()
        held = self._database.usage.of(store.id) if store.quota_mb else 0
        if store.quota_mb and held >= store.quota_mb * MEBIBYTE:
            raise InsufficientStorageError(
                f"The store holds {held:,} bytes, and its quota is {store.quota_mb:,} MiB; delete documents, or ask "
                "for a larger quota."
            )

    def hiding(self, store: Store) -> Hiding | None:
        """Return what puts pseudonyms in the place of people; None for a store that keeps identifiers.

        Raise ServiceUnavailableError where the key of the store is missing.
        """
        pseudonym_of = self.pseudonyms.of(store)
        return Hiding(pseudonym_of) if pseudonym_of else None

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
        batch = parse_batch(body, rules, self._settings)
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
        sent = parse_statement(body, rules, self._settings)
        if sent.statement_id is None:
            sent = with_id(sent, statement_id)
        elif sent.statement_id != statement_id.lower():
            raise RequestRefusedError(
                f"The Statement's id {sent.sent_id!r} differs from statementId {statement_id!r}; "
                "send the same id.",
                path="id",
                rule=ID_RULE,
            )
        self._store([sent], credential, rules, attachments)

    def _store(
        self,
        batch: list[SentStatement],
        credential: Credential,
        rules: VersionRules,
        attachments: Iterable[SentAttachment] | None = None,
        *,
        whole: bool = True,
    ) -> list[str]:
        """Store a batch as a whole, or each Statement on its own; return the ids in order."""
        if hiding := self.hiding(credential.store):
            batch = hiding.statements(batch)
            attachments = refuse_files(attachments or ())
        require_own_statements(self._database, credential, batch)
        require_distinct([item.statement_id for item in batch if item.statement_id])
        for position, item in enumerate(batch):
            require_few_facets(item, position)
        batch = [item if item.statement_id else with_new_id(item) for item in batch]
        batch = admit(batch, credential.store.id, self.erased)
        with self._attachments.receive(batch, attachments, credential.store.id, rules) as reception:
            origin = self._origin(credential, rules)
            seqs = self._store_missing(batch, credential, origin, reception, whole=whole)
        if credential.allows("define"):
            self._merge_definitions(batch, seqs, credential)
        return [str(item.sent_id) for item in batch]

    def _merge_definitions(
        self, batch: Sequence[SentStatement], seqs: Mapping[str, bytes], credential: Credential
    ) -> None:
        """Merge what the Statements that are stored just now say of Activities."""
        brought = [
            one
            for item in batch
            if b'"definition"' in item.text and (seq := seqs.get(item.statement_id or ""))
            for one in definitions_in(item.payload, seq)
        ]
        self.definitions.merge(credential.store.id, brought)

    def _origin(self, credential: Credential, rules: VersionRules) -> Origin:
        authority = credential.authority(self._settings.authority)
        voids_others, has_trusted_names = map(credential.allows, (VOID_OTHERS, "names"))
        return Origin(authority, credential.key, rules, voids_others, has_trusted_names)

    def _store_missing(
        self,
        batch: list[SentStatement],
        credential: Credential,
        origin: Origin,
        reception: Reception,
        *,
        whole: bool,
    ) -> dict[str, bytes]:
        """Store what is not there yet, and return its order keys by id; what is there must be equal."""
        writes, seqs = self._writes_of(credential), dict[str, bytes]()
        for _ in range(ATTEMPTS):
            if not batch:
                return seqs
            with self._clock.give(credential.store.id) as time:
                # Again: an erasure waits only for what was given a time before every process knew of it.
                batch = admit(batch, credential.store.id, self.erased)
                rows = [
                    build_row(item, origin, time, position, reception.hashes_of(item))
                    for position, item in enumerate(batch)
                ]
                voided = require_may_void(rows, writes, credential)
                in_time = partial(self._clock.require_lease, time)
                parts = [rows] if whole else writes.parts(rows)
                try:
                    for part in parts:
                        writes.store_rows(part, reception.files_of(batch) if whole else [], in_time)
                        seqs |= {row.statement_id: row.seq for row in part}
                    log_voids_of_others(voided)
                    return seqs
                except DuplicateStatementsError as error:
                    require_equal(rows, error)
                    batch = [item for item in batch if item.statement_id not in {*seqs, *error.fingerprints}]
                    writes.mend_links(error.fingerprints)
        raise ServiceUnavailableError("Other clients are storing the same Statements; send the batch again.")

    def store_texts(
        self, texts: Sequence[bytes], credential: Credential, rules: VersionRules
    ) -> list[Stored]:
        """Store each Statement text on its own; invalid ones are reported, those stored already are skipped.

        Raises InsufficientStorageError while there is no room.
        """
        self.require_room(credential.store)
        hiding = self.hiding(credential.store)
        outcomes: list[Stored | None] = []
        fresh: dict[str, SentStatement] = {}
        for text in texts:
            try:
                sent = self._accept(text, fresh, rules, hiding)
                [sent] = admit([sent], credential.store.id, self.erased)
            except ErasedPersonError as error:
                outcomes.append(Stored(None, reason=error.message, is_withheld=True))
                continue
            except (InvalidInputError, RequestRefusedError, PayloadTooLargeError) as error:
                outcomes.append(self._refused(error, text, credential.store))
                continue
            name = str(sent.statement_id)
            known = name in fresh
            fresh.setdefault(name, sent)
            outcomes.append(Stored(sent.sent_id, duplicate=True) if known else None)
        results = self._store_fresh(fresh, credential, rules)
        order = iter(results)
        return [outcome or next(order) for outcome in outcomes]

    def must_withhold(self, store: Store, text: bytes) -> bool:
        """Return whether a text that is not stored may name somebody whom nothing of the store may name."""
        return bool(store.key_check) or may_name_erased(text, store.id, self.erased)

    def _refused(
        self, error: InvalidInputError | RequestRefusedError | PayloadTooLargeError, text: bytes, store: Store
    ) -> Stored:
        if not self.must_withhold(store, text):
            return Stored(None, reason=str(error))
        part = re.split(r"[.\[]", error.path)[0]
        where = f"{part}: " if part in PARTS else ""
        plain = f"{where}it breaks {error.rule or error.code}; what stands there may name somebody, and is not kept"
        reason = (
            plain if isinstance(error, InvalidInputError) else error.message
        )  # which says no value that was sent
        return Stored(None, reason=reason, is_withheld=True)

    def _accept(
        self, text: bytes, fresh: dict[str, SentStatement], rules: VersionRules, hiding: Hiding | None
    ) -> SentStatement:
        sent = parse_statement(text, rules, self._settings)
        if hiding:
            [sent] = hiding.statements([sent])
        require_few_facets(sent, 0)
        require_file_urls(declarations_of([sent]))
        if sent.statement_id is None:
            raise RequestRefusedError(
                "The Statement has no id; without one it could be stored twice.", path="id"
            )
        earlier = fresh.get(sent.statement_id)
        if earlier and fingerprint(earlier.payload) != fingerprint(sent.payload):
            raise RequestRefusedError(
                f"The id {sent.statement_id} stands above with other content.", path="id"
            )
        return sent

    def _store_fresh(
        self, fresh: dict[str, SentStatement], credential: Credential, rules: VersionRules
    ) -> list[Stored]:
        writes = self._writes_of(credential)
        stored = writes.find_fingerprints(list(fresh))
        writes.mend_links(stored)
        new = [item for name, item in fresh.items() if name not in stored]
        if new:
            self._store(new, credential, rules, whole=False)
        outcomes = [_outcome(name, item, stored) for name, item in fresh.items()]
        return [
            replace(one, is_withheld=bool(one.reason) and self.must_withhold(credential.store, item.text))
            for one, item in zip(outcomes, fresh.values(), strict=True)
        ]

    def _writes_of(self, credential: Credential) -> StatementWrites:
        store = credential.store.id
        if store not in self._writes:
            self._writes.setdefault(store, StatementWrites(self._database, store))
        return self._writes[store]


def _outcome(name: str, item: SentStatement, stored: dict[str, bytes]) -> Stored:
    if name not in stored:
        return Stored(name)
    if stored[name] == fingerprint(item.payload):
        return Stored(name, duplicate=True)
    return Stored(None, reason=f"id: a different Statement with the id {name} is stored already")
