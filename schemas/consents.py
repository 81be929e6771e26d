"""What learners agree to, kind by kind: the defaults, what can be chosen, and how it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from marshmallow import fields, validate

from schemas import parameter_fields as asked
from schemas.answers import Instant, StatementPart
from schemas.errors import InvalidInputError
from schemas.payloads import Answer, Payload, Values
from schemas.recommendations import RULE, AboutLearner
from schemas.values import Flag

Kind = Literal[
    "recommendations",
    "peer",
    "name",
    "contact",
    "activity",
    "goals",
    "figures",
    "managers",
    "roles",
    "private",
]
Policy = Literal["opt_in", "opt_out", "off"]
KINDS: tuple[Kind, ...] = get_args(Kind)
POLICIES: tuple[Policy, ...] = get_args(Policy)


@dataclass(frozen=True, slots=True)
class Consent:
    """What a store does that sets nothing else, and the version of the words that learners agree to."""

    policy: Policy
    version: int = 1


CONSENTS: Mapping[Kind, Consent] = {
    "recommendations": Consent("opt_out"),
    "peer": Consent("opt_in"),
    "name": Consent("opt_out"),
    "contact": Consent("opt_out"),
    "activity": Consent("opt_out"),
    "goals": Consent("opt_out"),
    "figures": Consent("opt_out"),
    "managers": Consent("opt_in"),
    "roles": Consent("opt_in"),
    "private": Consent("opt_in"),
}
"""Raise a version when purpose or words of a kind change: an agreement to an earlier one counts no longer."""


def permits(policy: Policy, choice: bool | None) -> bool:
    """Return whether something is allowed by the store's policy and the learner's own choice (None: no choice)."""
    return choice is True if policy == "opt_in" else policy == "opt_out" and choice is not False


@dataclass(frozen=True, slots=True)
class ConsentQuery:
    """Whose consents, and the language of the words; empty for that of the learner."""

    agent: dict[str, Any]
    identifier: str
    speaks: str = ""


class ConsentQuerySchema(AboutLearner[ConsentQuery]):
    """Whose consents."""

    speaks = asked.AnswerLanguage(data_key="answer_language")

    def make(self, values: Values) -> ConsentQuery:
        """Return the query of these values."""
        return ConsentQuery(**values)


class Agreement(Flag):
    """True, false, or null for neither."""

    expects = "true, false or null"


class NewConsentsSchema(Payload):
    """A learner's own choices by kind: true, false, or null for none; kinds left out stay as they are."""

    rule = RULE
    recommendations = Agreement(allow_none=True)
    peer = Agreement(allow_none=True)
    name = Agreement(allow_none=True)
    contact = Agreement(allow_none=True)
    activity = Agreement(allow_none=True)
    goals = Agreement(allow_none=True)
    figures = Agreement(allow_none=True)
    managers = Agreement(allow_none=True)
    roles = Agreement(allow_none=True)
    private = Agreement(allow_none=True)

    def read(self, sent: Any) -> Values:
        """Return the choices; raise InvalidInputError unless there is one at least."""
        values = super().read(sent)
        if not values:
            message = 'name a kind of consent, such as {"peer": true}; false and null are possible, too'
            raise InvalidInputError(message, rule=RULE)
        return values


class ConsentSchema(Answer):
    """One kind: the learner's choice and when it was made, the store's policy, what follows, and what it is about."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    choice = fields.Boolean(required=True, allow_none=True)
    chosen = Instant(required=True, allow_none=True)
    store = fields.String(required=True, validate=validate.OneOf(POLICIES))
    is_allowed = fields.Boolean(required=True)
    version = fields.Integer(required=True, validate=validate.Range(min=1))
    words = fields.String(required=True)
    purpose = fields.String(required=True)


class ConsentsSchema(Answer):
    """All kinds of consent of a learner, in the language of the words."""

    agent = StatementPart("Agent", required=True)
    language = fields.String(required=True)
    consents = fields.Nested(ConsentSchema, many=True, required=True)
