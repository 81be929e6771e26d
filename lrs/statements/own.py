"""What a credential that stands for one learner may ask for and store: what is the learner's own."""

from __future__ import annotations

from collections.abc import Iterable

from lrs.auth.credentials import Credential
from lrs.errors import ForbiddenError
from lrs.personas import find_personas
from lrs.statements.extraction import is_voiding
from lrs.statements.lifecycle import SentStatement
from lrs.storage.database import Database
from schemas.identifiers import identifier_of, identifiers_implied
from schemas.queries import StatementQuery


def require_own(
    database: Database, credential: Credential, identifiers: Iterable[str | None], path: str = "agent"
) -> None:
    """Raise ForbiddenError if a learner's credential speaks of anybody else, or of everybody (None).

    Other identifiers of the same persona are the learner's own. A tool's credential may speak of anybody.
    """
    learner = credential.learner
    if learner is None:
        return
    others = set(identifiers).difference({learner, *identifiers_implied(learner)})
    named = [identifier for identifier in others if identifier is not None]
    known = find_personas(database, credential.store.id, [learner, *named]) if named else {}
    if len(named) < len(others) or any(one not in known or known[one] != known.get(learner) for one in named):
        raise ForbiddenError(
            f"This credential stands for one learner; name that learner as the {path}, and nobody else.",
            path=path,
        )


def require_own_query(database: Database, credential: Credential, query: StatementQuery) -> None:
    """Raise ForbiddenError if a learner's credential asks for Statements that may be about anybody else."""
    require_own(database, credential, [None if query.related_agents else query.agent])


def require_own_statements(
    database: Database, credential: Credential, batch: Iterable[SentStatement]
) -> None:
    """Raise ForbiddenError unless the learner is the actor of all Statements, and none voids another."""
    if credential.learner is None:
        return
    payloads = [sent.payload for sent in batch]
    require_own(
        database,
        credential,
        {identifier_of(one["actor"]) if _is_one_person(one["actor"]) else None for one in payloads},
        "actor",
    )
    if any(map(is_voiding, payloads)):
        raise ForbiddenError(
            "The credential of a learner cannot void Statements; ask for it where the Statement was stored.",
            path="verb",
        )


def _is_one_person(actor: dict[str, object]) -> bool:
    return actor.get("objectType", "Agent") == "Agent"
