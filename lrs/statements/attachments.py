"""Attachments: what Statements declare must agree with the bytes that come along (xAPI 1.0.3 Data 2.4.11)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lrs.config import MEBIBYTE, Settings
from lrs.errors import PayloadTooLargeError, ServiceUnavailableError
from lrs.statements.lifecycle import SentStatement
from lrs.statements.signatures import check_signature, is_signature
from lrs.storage.attachments import AttachmentFile, AttachmentsRepository, FileId
from lrs.storage.database import Database, StoreId
from schemas.errors import InvalidInputError
from schemas.json_text import parse_json
from schemas.versions import VersionRules

RULE = "xAPI 1.0.3 Communication 1.5.2"
ALGORITHMS = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""The SHA-2 algorithm by the number of hex digits."""
_HEX_DIGITS = b"0123456789abcdefABCDEF"


@dataclass(frozen=True, slots=True)
class SentAttachment:
    """A part of a request as it arrives; `sha2` in lower case, `length` as its Content-Length says or None."""

    sha2: str
    content_type: str
    length: int | None
    chunks: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """An attachment to answer with: as its Statement declares it, and its bytes as a stream."""

    sha2: str
    content_type: str
    length: int
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Declaration:
    """One entry of a Statement's `attachments`, and where it stands in the request."""

    path: str
    attachment: Mapping[str, Any]
    statement: Mapping[str, Any]

    @property
    def sha2(self) -> str:
        """The hash in lower case."""
        return str(self.attachment["sha2"]).lower()

    @property
    def signs(self) -> bool:
        """Whether it is the signature of its Statement; a SubStatement is not signed by itself."""
        return is_signature(self.attachment) and self.statement.get("objectType") != "SubStatement"


def declarations_in(payload: Mapping[str, Any], path: str = "") -> list[Declaration]:
    """Return what a Statement declares, and the SubStatement in it."""
    found = [
        Declaration(f"{path}attachments[{position}]", attachment, payload)
        for position, attachment in enumerate(payload.get("attachments", []))
    ]
    target = payload.get("object", {})
    return found + (declarations_in(target, f"{path}object.") if "attachments" in target else [])


def declarations_of(batch: Sequence[SentStatement]) -> list[Declaration]:
    """Return what all Statements of a request declare."""
    return [
        declaration
        for position, sent in enumerate(batch)
        for declaration in declarations_in(sent.payload, f"[{position}]." if len(batch) > 1 else "")
    ]


def require_file_urls(declarations: Iterable[Declaration]) -> None:
    """Raise unless every attachment can be had from elsewhere: nothing came along with these Statements."""
    for declaration in declarations:
        _require(declaration, received=False)


def _require(declaration: Declaration, *, received: bool) -> None:
    if received or ("fileUrl" in declaration.attachment and not declaration.signs):
        return
    raise _refusal(
        f"no part with the hash {declaration.attachment['sha2']!r} came along; send the bytes as a part of "
        "multipart/mixed with that X-Experience-API-Hash, or a fileUrl (a signature needs its part)",
        declaration.path,
    )


@dataclass(slots=True)
class MeasuredBytes:
    """Passes the bytes of a part on while it counts and hashes them; keeps those of a signature."""

    sent: SentAttachment
    limit: int
    keep: bool
    length: int = 0
    only_hex_digits: bool = True
    kept: bytearray = field(default_factory=bytearray)

    def __iter__(self) -> Iterator[bytes]:
        digest = hashlib.new(ALGORITHMS[len(self.sent.sha2)])
        for chunk in self.sent.chunks:
            self._take(chunk)
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != self.sent.sha2:
            raise _refusal(
                f"the bytes of the part have the {digest.name} {digest.hexdigest()}, its X-Experience-API-Hash says "
                f"{self.sent.sha2}; send the bytes that were hashed, unchanged"
            )

    def _take(self, chunk: bytes) -> None:
        self.length += len(chunk)
        if self.length > self.limit:
            kind = "signature" if self.keep else "attachment"
            message = f"The {kind} {self.sent.sha2} is larger than {self.limit} bytes; send a smaller one."
            raise PayloadTooLargeError(message, rule=RULE)
        self.only_hex_digits = self.only_hex_digits and not chunk.translate(None, _HEX_DIGITS)
        if self.keep:
            self.kept += chunk

    def has_length(self, said: int) -> bool:
        """Return whether a length fits. Hex digits may be counted as the octets that they spell (XAPI-00127)."""
        return said == self.length or (self.only_hex_digits and 2 * said == self.length)


class Reception:
    """The attachments of one request: their bytes as far as they came."""

    def __init__(self, repository: AttachmentsRepository, settings: Settings, batch: Sequence[SentStatement]):
        self._repository = repository
        self._settings = settings
        self._declarations = declarations_of(batch)
        self._files: dict[str, AttachmentFile] = {}
        self._signatures: dict[str, bytes] = {}
        self.uploads: list[FileId] = []

    def take_all(self, attachments: Iterable[SentAttachment], rules: VersionRules) -> None:
        """Upload every part, and check that parts and declarations agree."""
        for count, sent in enumerate(attachments, start=1):
            if count > len(self._declarations):
                raise _refusal("there are more parts than attachments declared; send each once")
            self._take(sent, [item for item in self._declarations if item.sha2 == sent.sha2])
        for item in self._declarations:
            _require(item, received=item.sha2 in self._files)
            if item.signs:
                check_signature(
                    self._signatures[item.sha2], item.attachment, item.statement, rules, item.path
                )

    def _take(self, sent: SentAttachment, declared: Sequence[Declaration]) -> None:
        if len(sent.sha2) not in ALGORITHMS or not declared:
            raise _refusal(
                f"the X-Experience-API-Hash {sent.sha2!r} matches no attachment of these Statements; send the "
                "SHA-224, 256, 384 or 512 that the Statement declares, in hex, or leave the part out"
            )
        signs = any(item.signs for item in declared)
        settings = self._settings
        limit = 2 * settings.max_statement_bytes + MEBIBYTE if signs else settings.max_attachment_bytes
        measured = MeasuredBytes(sent, limit, keep=signs)
        if sent.sha2 in self._files:
            for _ in measured:  # a second copy: checked, not kept
                pass
        else:
            self._upload(sent.sha2, measured)
        _check_agreement(measured, declared)
        self._signatures[sent.sha2] = bytes(measured.kept)

    def _upload(self, sha2: str, measured: MeasuredBytes) -> None:
        file_id = self._repository.begin_upload()
        self.uploads.append(file_id)
        self._repository.write_chunks(file_id, measured)
        self._files[sha2] = AttachmentFile(file_id, sha2, measured.length)

    def hashes_of(self, sent: SentStatement) -> tuple[str, ...]:
        """Return the hashes of the bytes that came with a Statement."""
        if not self._files:
            return ()
        return tuple({item.sha2 for item in declarations_in(sent.payload)} & self._files.keys())

    def files_of(self, batch: Sequence[SentStatement]) -> list[AttachmentFile]:
        """Return the files that these Statements need, each once."""
        if not self._files:
            return []
        wanted = dict.fromkeys(item.sha2 for item in declarations_of(batch))
        return [self._files[sha2] for sha2 in wanted if sha2 in self._files]


def _check_agreement(measured: MeasuredBytes, declared: Sequence[Declaration]) -> None:
    sent = measured.sent
    if sent.length not in (None, measured.length):
        raise _refusal(
            f"a part has {measured.length} bytes, its Content-Length says {sent.length}; send as many"
        )
    for item in declared:
        said = item.attachment["length"]
        if not measured.has_length(said):
            message = (
                f"the attachment is declared with {said} bytes, its part has {measured.length}; declare those"
            )
            raise _refusal(message, f"{item.path}.length", "xAPI 1.0.3 Data 2.4.11")
    kinds = [_media_type(item.attachment["contentType"]) for item in declared]
    if sent.content_type and _media_type(sent.content_type) not in kinds:
        message = (
            f"the attachment is declared as {kinds[0]!r}, its part as {sent.content_type!r}; send the same"
        )
        raise _refusal(message, f"{declared[0].path}.contentType")


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip().lower()


class AttachmentReceiver:
    """Receives the attachments of requests, for any store."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    @contextmanager
    def receive(
        self,
        batch: Sequence[SentStatement],
        attachments: Iterable[SentAttachment] | None,
        store: StoreId,
        rules: VersionRules,
    ) -> Iterator[Reception]:
        """Have all bytes ready for the block that stores the Statements; afterwards remove what it did not use.

        `attachments` is None where none could come along. Raises InvalidInputError, PayloadTooLargeError.
        """
        repository = AttachmentsRepository(self._database, store)
        reception = Reception(repository, self._settings, batch)
        try:
            if attachments is None:
                require_file_urls(declarations_of(batch))
            else:
                reception.take_all(attachments, rules)
            yield reception
        except ServiceUnavailableError:
            reception.uploads.clear()  # perhaps they are published: remove_abandoned_uploads will see
            raise
        finally:
            repository.finish_uploads(reception.uploads)


def find_attachments(
    database: Database, store: StoreId, texts: Sequence[bytes], hashes: Collection[str]
) -> list[StoredAttachment]:
    """Return the attachments of Statements (JSON texts), each content once, of those with these hashes.

    The hashes are of the bytes that came with the Statements: who knows a hash only does not get what others brought.
    """
    payloads = [parse_json(text) for text in texts] if hashes else []
    declared = {
        item.sha2: item
        for payload in payloads
        for item in reversed(declarations_in(payload))
        if item.sha2 in hashes
    }
    repository = AttachmentsRepository(database, store)
    files = repository.find_files(list(declared)) if declared else {}
    return [
        StoredAttachment(
            item.attachment["sha2"],
            item.attachment["contentType"],
            files[sha2].length,
            repository.read_chunks(files[sha2]),
        )
        for sha2, item in declared.items()
        if sha2 in files
    ]


def _refusal(message: str, path: str = "", rule: str = RULE) -> InvalidInputError:
    return InvalidInputError(message, path=path, rule=rule, code="invalid_attachment")
