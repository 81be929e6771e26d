"""Agents and Groups: who acts, who vouches, who is meant (xAPI 1.0.3 Data 2.4.2)."""

from typing import Any

from schemas.breaches import JsonSchema
from schemas.fields import ConstantField, IriField, MailtoField, Sha1Field, TextField
from schemas.identifiers import KINDS
from schemas.structure import CrossRule, Json, ListField, ObjectField, XapiSchema

_AGENT = "xAPI 1.0.3 Data 2.4.2.1"
_GROUP = "xAPI 1.0.3 Data 2.4.2.2"
_IFI = "xAPI 1.0.3 Data 2.4.2.3"
_AUTHORITY = "xAPI 1.0.3 Data 2.4.9"
_WITH: list[JsonSchema] = [{"required": [kind]} for kind in KINDS]
_MEMBERS: JsonSchema = {"required": ["member"], "properties": {"member": {"minItems": 1}}}
_CHOICE = "exactly one of mbox, mbox_sha1sum, openid, account"


def _identifiers(actor: Json) -> int:
    return sum(kind in actor for kind in KINDS)


class AccountSchema(XapiSchema):
    """An account: a name on a system."""

    rule = "xAPI 1.0.3 Data 2.4.2.4"
    homePage = IriField(required=True)
    name = TextField(required=True)


def _one_identifier(rule: str) -> CrossRule:
    return CrossRule(
        name="one-identifier",
        sentence=f"{{value}} must carry {_CHOICE}",
        rule=rule,
        holds=lambda actor: _identifiers(actor) == 1,
        fragment={"oneOf": _WITH},
    )


class AgentSchema(XapiSchema):
    """A person or system with exactly one inverse functional identifier."""

    rule = _AGENT
    cross_rules = (_one_identifier(_AGENT),)
    objectType = ConstantField("Agent")
    name = TextField()
    mbox = MailtoField(rule=_IFI)
    mbox_sha1sum = Sha1Field(rule=_IFI)
    openid = IriField(rule=_IFI)
    account = ObjectField(AccountSchema, rule=_IFI)


def _is_group(group: Json) -> bool:
    found = _identifiers(group)
    return found == 1 or (found == 0 and bool(group.get("member")))


class IdentifiedGroupSchema(XapiSchema):
    """A Group that is known by an identifier; it may keep its members to itself."""

    rule = _GROUP
    cross_rules = (_one_identifier(_GROUP),)
    objectType = ConstantField("Group", required=True)
    name = TextField()
    member = ListField(ObjectField(AgentSchema))
    mbox = MailtoField(rule=_IFI)
    mbox_sha1sum = Sha1Field(rule=_IFI)
    openid = IriField(rule=_IFI)
    account = ObjectField(AccountSchema, rule=_IFI)


class GroupSchema(IdentifiedGroupSchema):
    """A Group, identified or anonymous; an anonymous one names its members."""

    cross_rules = (
        CrossRule(
            name="group-identity",
            sentence=f"{{value}} must carry {_CHOICE}, or none of them and `member` with at least one Agent",
            rule=_GROUP,
            holds=_is_group,
            fragment={"oneOf": [*_WITH, {"not": {"anyOf": _WITH}, **_MEMBERS}]},
        ),
    )


def _is_pair(group: Json) -> bool:
    return len(group["member"]) == 2


class AuthorityGroupSchema(XapiSchema):
    """An application and a user who vouch together (three-legged OAuth)."""

    rule = _AUTHORITY
    cross_rules = (
        CrossRule(
            name="two-authorities",
            sentence="{value} must hold exactly two Agents: the application and the user",
            rule=_AUTHORITY,
            holds=_is_pair,
            at="member",
            fragment={"properties": {"member": {"minItems": 2, "maxItems": 2}}},
        ),
    )
    objectType = ConstantField("Group", required=True)
    name = TextField()
    member = ListField(ObjectField(AgentSchema), required=True)


def actor_field(**options: Any) -> ObjectField:
    """Return a field for an Agent or any Group."""
    return ObjectField(AgentSchema, GroupSchema, **options)
