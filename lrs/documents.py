"""Documents of the State, Agent Profile and Activity Profile Resources (xAPI 1.0.3 Communication 2.2).

A precondition and the write it guards are one step: a document is overwritten only if it has not changed since it was
read; otherwise it is read and checked again. So no merge is lost, and of two clients that create the same document one
is refused, even when they reach different processes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha1

from lrs.errors import (
    DocumentConflictError,
    NotFoundError,
    PayloadTooLargeError,
    PreconditionFailedError,
    RequestRefusedError,
    ServiceUnavailableError,
)
from lrs.storage.compare_and_swap import swap_until_done
from lrs.storage.database import Database, StoreId
from lrs.storage.documents import DocumentContent, DocumentsRepository, ListedDocument, StoredDocument
from lrs.storage.erased import ErasedPeople, require_not_erased
from lrs.storage.stored_time import now_us
from schemas.documents import DocumentKey, DocumentQuery
from schemas.errors import InvalidInputError
from schemas.json_text import dump_json, parse_json, require_few_values, split_object
from schemas.versions import VersionRules

JSON = "application/json"
UNKNOWN_TYPE = "application/octet-stream"
ANY = "*"
ATTEMPTS = 200
LONGEST_PAUSE_S = 0.05
RULE = "xAPI 1.0.3 Communication 2.2"
CONCURRENCY = "xAPI 1.0.3 Communication 3.1"


@dataclass(frozen=True, slots=True)
class Preconditions:
    """The ETags of If-Match and If-None-Match, `*` for any; None where the header was not sent."""

    if_match: frozenset[str] | None = None
    if_none_match: frozenset[str] | None = None

    @property
    def given(self) -> bool:
        """Return whether the client sent a precondition."""
        return self.if_match is not None or self.if_none_match is not None

    def check(self, etag: str | None) -> None:
        """Raise PreconditionFailedError unless a document with this ETag (None: no document) meets the headers."""
        if self.if_match is not None and not _names(self.if_match, etag):
            raise PreconditionFailedError(_unlike("If-Match", etag), rule=CONCURRENCY)
        if self.if_none_match is not None and _names(self.if_none_match, etag):
            raise PreconditionFailedError(_unlike("If-None-Match", etag), rule=CONCURRENCY)


@dataclass(frozen=True, slots=True)
class DocumentList:
    """The ids of a context, sorted, each once, and when the last of them was written (us)."""

    ids: list[str]
    updated: int | None

    @property
    def body(self) -> bytes:
        """The ids as JSON text, whose ETag is that of the list."""
        return dump_json(self.ids)


class Documents:
    """The documents of one store, under the rules of one version; `tick` gives the time (us) of each write."""

    def __init__(
        self,
        database: Database,
        store: StoreId,
        rules: VersionRules,
        limit: int,
        tick: Callable[[], int] = now_us,
        *,
        erased: ErasedPeople | None = None,
    ) -> None:
        self._repository = DocumentsRepository(database, store)
        self._store = store
        self._erased = erased or ErasedPeople(database)
        self._rules = rules
        self._limit = limit
        self._tick = tick

    def find_document(self, key: DocumentKey) -> StoredDocument:
        """Return a document; raise NotFoundError."""
        found = self._repository.find(key)
        if found is None:
            raise NotFoundError(f"There is no document {key.document_id!r} in this context.")
        return found

    def list_documents(self, query: DocumentQuery) -> DocumentList:
        """Return the ids of a context."""
        return list_of(self._repository.list_all(query))

    def put_document(
        self, key: DocumentKey, body: bytes, content_type: str, conditions: Preconditions
    ) -> None:
        """Store a document; raise for a failed precondition (412), or a missing one that is required (400, 409)."""
        content = self._content(body, content_type)
        if is_json(content_type):
            require_few_values(body)
            _require_mergeable(body)

        def attempt(current: StoredDocument | None) -> bool:
            conditions.check(_etag(current))
            if not conditions.given:
                self._check_unconditional(key, current)
            return self._swap(key, current, content)

        self._change(key, attempt)

    def merge_document(
        self, key: DocumentKey, body: bytes, content_type: str, conditions: Preconditions
    ) -> None:
        """Lay the properties of a JSON object over a document; keep it as it is where there was none."""
        news = self._content(body, content_type)
        if is_json(content_type):
            require_few_values(body)
            _require_object(body, "the posted document")

        def attempt(current: StoredDocument | None) -> bool:
            conditions.check(_etag(current))
            content = news
            if current is not None:
                content = self._content(merge_objects(current.content, news), content_type)
            return self._swap(key, current, content)

        self._change(key, attempt)

    def delete_document(self, key: DocumentKey, conditions: Preconditions) -> None:
        """Delete a document; one that is not there is deleted already."""

        def attempt(current: StoredDocument | None) -> bool:
            conditions.check(_etag(current))
            return current is None or self._repository.delete(key, current)

        self._change(key, attempt)

    def delete_documents(self, query: DocumentQuery, conditions: Preconditions) -> None:
        """Delete all documents of a context; preconditions are judged on the list of their ids.

        With a precondition only what was there when it was judged is deleted.
        """
        if not conditions.given:
            self._repository.delete_all(query)
            return
        found = self._repository.list_all(query)
        conditions.check(etag_of(list_of(found).body))
        self._repository.delete_listed(query, found)

    def _change(self, key: DocumentKey, attempt: Callable[[StoredDocument | None], bool]) -> None:
        """Call `attempt` with the current document until its change is written."""
        if not swap_until_done(lambda: attempt(self._repository.find(key)), ATTEMPTS, LONGEST_PAUSE_S):
            raise ServiceUnavailableError(
                "Too many writers at the same document; send the request again shortly."
            )

    def _swap(self, key: DocumentKey, current: StoredDocument | None, content: DocumentContent) -> bool:
        now = self._tick()
        if key.agent is not None:
            require_not_erased(self._erased, self._store, [key.agent])
        if current is None:
            return self._repository.insert(key, content, now)
        return self._repository.replace(key, current, content, max(now, current.updated + 1))

    def _content(self, body: bytes, content_type: str) -> DocumentContent:
        if len(body) > self._limit:
            raise PayloadTooLargeError(
                f"The document has {len(body)} bytes; this service keeps up to {self._limit}."
            )
        return DocumentContent(body, content_type or UNKNOWN_TYPE, etag_of(body))

    def _check_unconditional(self, key: DocumentKey, current: StoredDocument | None) -> None:
        """Apply the rules for a PUT with neither If-Match nor If-None-Match."""
        is_state = key.kind == "state"
        if current is not None and (self._rules.requires_preconditions_for_state or not is_state):
            raise DocumentConflictError(
                "There is a document already. Get its current state, then send its ETag as If-Match to write over it.",
                rule=CONCURRENCY,
            )
        if current is None and self._rules.requires_preconditions_for_new_profiles and not is_state:
            raise RequestRefusedError(
                "A profile is put with If-Match (its ETag, to change it) or If-None-Match: * (to create it); add one.",
                rule=CONCURRENCY,
            )


def list_of(found: Sequence[ListedDocument]) -> DocumentList:
    """Return the ids of documents, sorted, each once."""
    ids = sorted({item.document_id for item in found})
    return DocumentList(ids, max((item.updated for item in found), default=None))


def iterate_profiles(
    database: Database, store: StoreId, document_id: str, identifier: str | None = None
) -> Iterator[tuple[str, bytes]]:
    """Stream the Agent Profile documents of this id with the Agent's identifier: of everybody, or of one."""
    return DocumentsRepository(database, store).iterate_profiles(document_id, identifier)


def etag_of(body: bytes) -> str:
    """Return the ETag without quotes: the SHA-1 of the content, as xAPI 1.0.3 Communication 3.1 wants it."""
    return sha1(body, usedforsecurity=False).hexdigest()


def is_json(content_type: str) -> bool:
    """Return whether a content type, with or without parameters, is JSON."""
    return content_type.partition(";")[0].strip().lower() == JSON


def merge_objects(current: DocumentContent, news: DocumentContent) -> bytes:
    """Return the current object with the news laid over it, top-level properties only, values as they were sent."""
    for content, name in ((news, "the posted document"), (current, "the document that is there")):
        if not is_json(content.content_type):
            raise RequestRefusedError(
                f"{name} is {content.content_type!r}; only {JSON} can be merged. Use PUT to replace the document.",
                rule=RULE,
            )
        _require_object(content.body, name)
    merged = {**split_object(current.body), **split_object(news.body)}
    return b"{" + b",".join(dump_json(name) + b":" + text for name, text in merged.items()) + b"}"


def _require_mergeable(body: bytes) -> None:
    """Refuse what a lenient reader accepts as JSON but no merge can read: half a surrogate pair, a repeated key.

    Content that is not JSON at all is stored unchanged, even if its content type says JSON.
    """
    try:
        parse_json(body)
    except InvalidInputError as error:
        if _is_lenient_json(body):
            message = f"The document cannot be read: {error.message}, or send it with another Content-Type."
            raise RequestRefusedError(message, rule=RULE) from error


def _is_lenient_json(body: bytes) -> bool:
    try:
        json.loads(body.decode("utf-8-sig", "surrogateescape"))
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _require_object(body: bytes, name: str) -> None:
    try:
        value = parse_json(body)
    except InvalidInputError as error:
        raise RequestRefusedError(f"{name} cannot be read: {error.message}", rule=RULE) from error
    if not isinstance(value, dict):
        raise RequestRefusedError(f"{name} is not a JSON object; use PUT to replace it whole.", rule=RULE)


def _etag(current: StoredDocument | None) -> str | None:
    return current.content.etag if current else None


def _names(tags: frozenset[str], etag: str | None) -> bool:
    return etag is not None and (ANY in tags or etag in tags)


def _unlike(header: str, etag: str | None) -> str:
    stands = f'its ETag is "{etag}"' if etag else "there is none"
    return f"The document is not as {header} wants it ({stands}). Get its current state, then decide again."
