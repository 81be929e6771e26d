"""Erasures over HTTP: who is to be erased and how, and what an erasure answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from marshmallow import fields, post_load

from schemas import parameter_fields as asked
from schemas.answers import Instant
from schemas.identifiers import identifier_of
from schemas.payloads import Answer, Query, Values

RULE = "docs/privacy.md"
Handling = Literal["remove", "pseudonymise"]
HANDLINGS: tuple[Handling, ...] = get_args(Handling)


@dataclass(frozen=True, slots=True)
class ErasureQuery:
    """Whom to erase, and what happens to own Statements and to those of others; a dry run changes nothing."""

    identifier: str
    own: Handling
    mentions: Handling
    dry_run: bool


class ErasureQuerySchema(Query[ErasureQuery]):
    """Whom to erase, and how."""

    rule = RULE
    agent = asked.Agent(required=True)
    own = asked.Word(*HANDLINGS, load_default="remove")
    mentions = asked.Word(*HANDLINGS, load_default="pseudonymise")
    dry_run = asked.Boolean(load_default=False)

    @post_load
    def make(self, values: Values, **kwargs: Any) -> ErasureQuery:
        """Return the query."""
        identifier = str(identifier_of(values["agent"]))
        return ErasureQuery(identifier, values["own"], values["mentions"], values["dry_run"])


class ErasuresQuerySchema(Query[Values]):
    """Nothing: all erasures are listed."""

    rule = RULE


@dataclass(frozen=True, slots=True)
class ExportQuery:
    """Whose data to export."""

    identifier: str


class ExportQuerySchema(Query[ExportQuery]):
    """Whose data to export."""

    rule = RULE
    agent = asked.Agent(required=True)

    @post_load
    def make(self, values: Values, **kwargs: Any) -> ExportQuery:
        """Return the query."""
        return ExportQuery(str(identifier_of(values["agent"])))


class ErasureSchema(Answer):
    """An erasure: how many documents changed so far, by collection; the receipt once it has finished.

    That of a dry run has no id and says how many would change, and the ids of some Statements.
    """

    erasure = fields.String(required=True, allow_none=True)
    started = Instant(required=True, allow_none=True)
    finished = Instant(required=True, allow_none=True)
    documents = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    samples = fields.List(fields.String())
    receipt = fields.Dict(keys=fields.String(), required=True, allow_none=True)


class ErasuresSchema(Answer):
    """All erasures of a store, the newest first."""

    erasures = fields.Nested(ErasureSchema, many=True, required=True)
