"""The Statements of a request: counted before anything else is done, then parsed and checked some at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lrs.config import MEBIBYTE, Settings
from lrs.errors import PayloadTooLargeError, RequestRefusedError, StatementConflictError
from lrs.statements.extraction import extract_facets
from lrs.statements.lifecycle import SentStatement, repeated_ids
from lrs.storage.statements.documents import DuplicateStatementsError, StatementRow
from lrs.storage.statements.facets import MOST_VALUES
from schemas.compiled import check_statement
from schemas.errors import InvalidInputError
from schemas.json_text import parse_json, split_array
from schemas.versions import VersionRules

MOST_IN_A_TRANSACTION = 1_000
MOST_BYTES_IN_A_TRANSACTION = 3 * MEBIBYTE
SURELY_FOUND_BY_LITTLE = 32 * 1024  # a Statement of so many bytes
PART = 500
PART_BYTES = 2 * 1024 * 1024
ID_RULE = "xAPI 1.0.3 Communication 2.1.1"
_ARRAY = re.compile(rb"[ \t\r\n]*\[")

Part = list[tuple[int, bytes]]
"""Some Statements of an array: their positions and their texts."""


def is_array(body: bytes) -> bool:
    """Tell whether a JSON text is an array, or is meant to be one."""
    return _ARRAY.match(body) is not None


class SentArray:
    """The texts of a JSON array; raises PayloadTooLargeError if there are more than the service takes."""

    def __init__(self, body: bytes, settings: Settings) -> None:
        self._texts = split_array(body)
        self._bytes = len(body)
        most = settings.max_batch
        if len(self._texts) > most:
            raise PayloadTooLargeError(
                f"The batch has {len(self._texts)} Statements, the limit is {most}; send fewer."
            )

    @property
    def is_large(self) -> bool:
        """Whether it is more than one transaction should hold."""
        return len(self._texts) > MOST_IN_A_TRANSACTION or self._bytes > MOST_BYTES_IN_A_TRANSACTION

    def whole(self, rules: VersionRules) -> list[SentStatement]:
        """Parse and check all of it."""
        return [parse_statement(text, rules, f"[{position}]") for position, text in enumerate(self._texts)]

    def parts(self) -> Iterator[Part]:
        """Yield some Statements at a time, by number and by size."""
        part: Part = []
        size = 0
        for position, text in enumerate(self._texts):
            part.append((position, text))
            size += len(text)
            if len(part) == PART or size >= PART_BYTES:
                yield part
                part, size = [], 0
        if part:
            yield part


def parse_statement(text: bytes, rules: VersionRules, path: str = "") -> SentStatement:
    """Return a Statement; raise InvalidInputError, with its path in the request, unless it is valid."""
    try:
        payload = parse_json(text)
    except InvalidInputError as error:
        raise InvalidInputError(error.message, path=path, rule=error.rule, code=error.code) from error
    check_statement(payload, rules, path)
    return SentStatement(payload, text)


def require_distinct(ids: Sequence[str]) -> None:
    """Raise RequestRefusedError if an id stands more than once in a batch."""
    repeated = repeated_ids(ids)
    if repeated:
        raise RequestRefusedError(
            f"The batch has the id {repeated[0]!r} more than once; give each Statement its own id.",
            rule=ID_RULE,
        )


def require_size(sent: SentStatement, position: int, settings: Settings) -> None:
    """Raise PayloadTooLargeError if a Statement is larger than the service takes, or found by too much."""
    size, limit = len(sent.text), settings.max_statement_bytes
    if size > limit:
        message = f"Statement {position} has {size} bytes, the limit is {limit}; send less."
        raise PayloadTooLargeError(message, path=f"[{position}]")
    if size > SURELY_FOUND_BY_LITTLE:
        _require_facets(sent, position)


def _require_facets(sent: SentStatement, position: int) -> None:
    number = extract_facets(sent.payload, {}).number + 1  # the authority
    if number > MOST_VALUES:
        message = (
            f"Statement {position} could be found by {number} values, the limit is {MOST_VALUES}: each Agent, member "
            "and Activity in it counts once for each filter that finds it. Send Groups with fewer members, or by "
            "their own identifier alone."
        )
        raise PayloadTooLargeError(message, path=f"[{position}]")


def too_large_with_attachments() -> PayloadTooLargeError:
    """Return the refusal of a large batch that came with attachments: they are published in its one transaction."""
    mebibytes = MOST_BYTES_IN_A_TRANSACTION // MEBIBYTE
    return PayloadTooLargeError(
        f"A batch sent as multipart/mixed may have {MOST_IN_A_TRANSACTION} Statements and {mebibytes} MiB of JSON; "
        "send the Statements that have attachments by themselves, the others as application/json."
    )


def require_equal(rows: Sequence[StatementRow], error: DuplicateStatementsError) -> None:
    """Raise StatementConflictError if a Statement is stored already with other content."""
    for row in rows:
        stored = error.fingerprints.get(row.statement_id)
        if stored is not None and stored != row.fingerprint:
            raise StatementConflictError(
                f"A different Statement with the id {row.statement_id} is stored already; Statements never change. "
                "Send the same content, or give this one another id.",
                rule=ID_RULE,
            )
