"""The Statements of a request: counted before anything else is done, then parsed and checked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lrs.config import Settings
from lrs.errors import PayloadTooLargeError, RequestRefusedError, StatementConflictError
from lrs.statements.extraction import extract_facets
from lrs.statements.lifecycle import SentStatement, repeated_ids
from lrs.storage.statement_documents import DuplicateStatementsError, StatementRow
from lrs.storage.statement_facets import MOST_VALUES
from lrs.storage.transactions import IMPORT_COMMAND
from schemas.compiled import check_statement
from schemas.errors import InvalidInputError
from schemas.json_text import parse_json, require_few_values, split_array
from schemas.versions import VersionRules

SURELY_FOUND_BY_LITTLE = 32 * 1024  # a Statement of so many bytes
LARGEST_HELD_PARSED = 1024 * 1024  # bytes of a batch
ID_RULE = "xAPI 1.0.3 Communication 2.1.1"
_ARRAY = re.compile(rb"[ \t\r\n]*\[")


def parse_batch(body: bytes, rules: VersionRules, settings: Settings) -> list[SentStatement]:
    """Return the Statements of a request, an array or a single one.

    Number and sizes are judged before anything is parsed; raise PayloadTooLargeError for too many or one too large.
    """
    if not _ARRAY.match(body):
        return [parse_statement(body, rules, settings)]
    texts, most = split_array(body, settings.max_batch), settings.max_batch
    if texts is None or len(texts) > most:
        number = f"more than {most}" if texts is None else len(texts)
        raise PayloadTooLargeError(
            f"The batch has {number} Statements, the limit is {most} (LEARNERPRISE_MAX_BATCH); send fewer at once, "
            f"or import them: {IMPORT_COMMAND}"
        )
    for position, text in enumerate(texts):
        require_size(text, settings, position)
    parsed = (parse_statement(text, rules, settings, f"[{position}]") for position, text in enumerate(texts))
    return list(parsed) if len(body) <= LARGEST_HELD_PARSED else [item.packed() for item in parsed]


def parse_statement(text: bytes, rules: VersionRules, settings: Settings, path: str = "") -> SentStatement:
    """Return a Statement; raise InvalidInputError, with its path in the request, unless it is valid.

    Raise PayloadTooLargeError or TooManyValuesError before it is parsed.
    """
    require_size(text, settings)
    try:
        require_few_values(text)
        payload = parse_json(text)
    except InvalidInputError as error:
        raise type(error)(error.message, path=path, rule=error.rule, code=error.code) from error
    check_statement(payload, rules, path)
    return SentStatement(payload, text)


def require_size(text: bytes, settings: Settings, position: int = 0) -> None:
    """Raise PayloadTooLargeError if a Statement is larger than the service takes."""
    size, limit = len(text), settings.max_statement_bytes
    if size > limit:
        message = f"Statement {position} has {size} bytes, the limit is {limit}; send less."
        raise PayloadTooLargeError(message, path=f"[{position}]")


def require_distinct(ids: Sequence[str]) -> None:
    """Raise RequestRefusedError if an id stands more than once in a batch."""
    repeated = repeated_ids(ids)
    if repeated:
        raise RequestRefusedError(
            f"The batch has the id {repeated[0]!r} more than once; give each Statement its own id.",
            rule=ID_RULE,
        )


def require_few_facets(sent: SentStatement, position: int) -> None:
    """Raise PayloadTooLargeError if a Statement could be found by too many values."""
    if len(sent.text) <= SURELY_FOUND_BY_LITTLE:
        return
    number = extract_facets(sent.payload, {}).number + 1  # the authority
    if number > MOST_VALUES:
        message = (
            f"Statement {position} could be found by {number} values, the limit is {MOST_VALUES}: each Agent, member "
            "and Activity in it counts once for each filter that finds it. Send Groups with fewer members, or by "
            "their own identifier alone."
        )
        raise PayloadTooLargeError(message, path=f"[{position}]")


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
