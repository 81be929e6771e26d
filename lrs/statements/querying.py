"""Querying Statements: the one way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lrs.activities import definitions_in
from lrs.auth.credentials import Credential
from lrs.auth.tokens import token_secret
from lrs.config import Settings
from lrs.definitions import Definition, State, merge_definition, shown_definition
from lrs.errors import NotFoundError
from lrs.statements.canonical import canonical_texts
from lrs.statements.continuation import Continuation, ContinuationTokens
from lrs.statements.formats import ChooseLanguage, format_canonical, format_ids
from lrs.statements.own import require_own, require_own_query
from lrs.storage.chunks import first_chunk
from lrs.storage.database import Database
from lrs.storage.statement_documents import HIGHEST_SEQ, LOWEST_SEQ, FoundStatement, SeqRange
from lrs.storage.statement_filters import StatementFilter
from lrs.storage.statements.read import StatementReads
from lrs.storage.stored_time import NO_WORKER, StoredClock, StoredTime
from schemas.json_text import parse_json
from schemas.queries import StatementQuery

HOUR_US = 3_600_000_000
FAR_FUTURE = 2**62
RECENT = 20


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer: the texts of its Statements, and the token of the next page or None.

    `attachments` are the hashes of the bytes that came with its Statements.
    """

    texts: list[bytes]
    next_token: str | None
    newest_stored: int | None
    attachments: frozenset[str] = frozenset()


class StatementReader:
    """Answers queries from any store."""

    def __init__(self, database: Database, settings: Settings, clock: StoredClock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._tokens = ContinuationTokens(token_secret(database, settings.secret_key))

    def find_statement(self, query: StatementQuery, credential: Credential, choose: ChooseLanguage) -> Page:
        """Return the one Statement asked for by id; raise NotFoundError."""
        require_own(self._database, credential, [None])
        wanted = query.statement_id or query.voided_statement_id or ""
        found = self._reads(credential).find_statement(
            wanted, voided=query.voided_statement_id is not None, credential=self._mine(credential)
        )
        if found is None:
            state = "voided Statement" if query.voided_statement_id else "Statement"
            raise NotFoundError(f"There is no {state} {wanted} in this store.")
        return self._page([found], query, credential, choose)

    def query_statements(self, query: StatementQuery, credential: Credential, choose: ChooseLanguage) -> Page:
        """Return the first page of the Statements that match."""
        through = (
            self._clock.newest_consistent_through(credential.store.id) if query.ascending else FAR_FUTURE
        )
        store_start = credential.store.created - HOUR_US
        low = max(store_start, query.since if query.since is not None else store_start)
        high = min(through, query.until) if query.until is not None else through
        span = SeqRange(order_key_after(low), order_key_after(high))
        return self._read(Continuation(query, span), credential, choose)

    def continue_query(
        self, token: str, credential: Credential, choose: ChooseLanguage
    ) -> tuple[StatementQuery, Page]:
        """Return the page that a `more` token stands for, and the query it came from."""
        item = self._tokens.read(credential.store.id, token)
        return item.query, self._read(item, credential, choose)

    def definition_in_own_statements(self, credential: Credential, activity: str) -> Definition | None:
        """Return what the newest Statements stored with a credential say of an Activity, merged; None if nothing."""
        wanted = StatementFilter(activity=activity, related_activities=True, credential=credential.key)
        span = SeqRange(LOWEST_SEQ, HIGHEST_SEQ)
        found = self._reads(credential).query_statements(wanted, span, ascending=False, limit=RECENT)
        brought = (
            one for item in found.statements for one in definitions_in(parse_json(item.text), item.seq)
        )
        state: State = {}
        for one in brought:
            state = merge_definition(state, one) if one.activity == activity else state
        return shown_definition(state) if state else None

    def _read(self, item: Continuation, credential: Credential, choose: ChooseLanguage) -> Page:
        query, span = item.query, item.span
        require_own_query(self._database, credential, query)
        found = self._reads(credential).query_statements(
            filter_of(query, self._mine(credential)),
            span,
            ascending=query.ascending,
            limit=min(query.limit or self._settings.max_page, self._settings.max_page),
        )
        page = self._page(found.statements, query, credential, choose)
        shown = len(page.texts)
        if shown == len(found.statements) and not found.has_more:
            return page
        rest = span.beyond(found.statements[shown - 1].seq, ascending=query.ascending)
        return replace(page, next_token=self._tokens.write(credential.store.id, Continuation(query, rest)))

    def _page(
        self,
        found: Sequence[FoundStatement],
        query: StatementQuery,
        credential: Credential,
        choose: ChooseLanguage,
    ) -> Page:
        """Return the first of these Statements as they are shown: all, unless they grow too large that way."""
        shown: Iterable[bytes] = (item.text for item in found)
        if query.format == "ids":
            shown = map(format_ids, shown)
        elif query.format == "canonical":
            shown = self._canonical(list(shown), credential, choose)
        texts, _ = first_chunk(shown, max(1, len(found)), len)
        found = found[: len(texts)]
        ends = {item.stored for item in (*found[:1], *found[-1:])}  # in stored order, either way
        brought = frozenset(name for item in found for name in item.attachments)
        return Page(texts, None, max(ends, default=None), brought)

    def _canonical(
        self, texts: Sequence[bytes], credential: Credential, choose: ChooseLanguage
    ) -> Iterator[bytes]:
        """Yield Statements in canonical format: by their own definitions where only these may be read."""
        if self._mine(credential) is not None:
            return (format_canonical(text, {}, choose) for text in texts)
        return canonical_texts(self._database, credential.store.id, texts, choose)

    def _reads(self, credential: Credential) -> StatementReads:
        return StatementReads(self._database, credential.store.id)

    def _mine(self, credential: Credential) -> str | None:
        """Return the key of the credential to restrict reading to, or None for all; raise ForbiddenError."""
        if credential.allows("statements/read"):
            return None
        credential.require("statements/read/mine")
        return credential.key


def filter_of(query: StatementQuery, key: str | None, *, with_voided: bool = False) -> StatementFilter:
    """Return what a query asks for, of the Statements that one key stored, or of all."""
    return StatementFilter(
        verb=query.verb,
        agent=query.agent,
        related_agents=query.related_agents,
        activity=query.activity,
        related_activities=query.related_activities,
        registration=query.registration,
        credential=key,
        with_voided=with_voided,
    )


def order_key_after(stored: int) -> bytes:
    """Return the order key below which all that is stored at or before a time (us) lies."""
    return StoredTime(max(0, min(stored + 1, 2**63)), NO_WORKER).seq(0)
