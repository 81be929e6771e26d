"""Which Statements a credential may void: those stored with it, others by a scope of its own."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from lrs.auth.credentials import Credential
from lrs.errors import ForbiddenError
from lrs.logging import log_event
from lrs.storage.statement_documents import StatementRow
from lrs.storage.statements.write import StatementWrites

VOID_OTHERS = "statements/void/others"
RULE = "xAPI 1.0.3 Data 2.3.2"

_logger = logging.getLogger("lrs.statements")


def require_may_void(
    rows: Sequence[StatementRow], writes: StatementWrites, credential: Credential
) -> list[StatementRow]:
    """Return the voiding Statements among these whose target was stored with another credential.

    Raise ForbiddenError if there are any and the credential lacks the scope for them. A target that is not stored
    yet is judged when it comes.
    """
    voiding = [row for row in rows if row.voids and row.reference]
    stored_with = writes.find_credentials([row.reference or "" for row in voiding]) if voiding else {}
    foreign = [
        row for row in voiding if stored_with.get(row.reference or "", row.credential) != row.credential
    ]
    if foreign and not credential.allows(VOID_OTHERS):
        position = next(place for place, row in enumerate(rows) if row is foreign[0])
        raise ForbiddenError(
            f"Statement {foreign[0].reference} was stored with another credential; voiding it needs the scope "
            f"{VOID_OTHERS!r}. Use a credential that has it.",
            path=f"[{position}].object.id" if len(rows) > 1 else "object.id",
            rule=RULE,
        )
    return foreign


def log_voids_of_others(rows: Sequence[StatementRow]) -> None:
    """Write one line for each Statement that was voided by a credential which had not stored it."""
    for row in rows:
        log_event(
            _logger, "voided_of_others", key=row.credential, statement=row.reference, by=row.statement_id
        )
