"""Statements, SubStatements and Attachments (xAPI 1.0.3 Data 2.4)."""

from schemas.activities import ActivitySchema
from schemas.actors import AgentSchema, AuthorityGroupSchema, GroupSchema, IdentifiedGroupSchema, actor_field
from schemas.contexts import ContextSchema, StatementRefSchema
from schemas.fields import (
    ConstantField,
    IriField,
    MediaTypeField,
    Sha2Field,
    TimestampField,
    UuidField,
    VersionField,
)
from schemas.quantities import SizeField
from schemas.results import ResultSchema
from schemas.structure import CrossRule, Json, LanguageMapField, ListField, ObjectField, XapiSchema
from schemas.vocabulary import VOIDED

_LANGUAGE_MAP = "xAPI 1.0.3 Data 4.2"
_TIMESTAMP = "xAPI 1.0.3 Data 4.5"
_IS_ACTIVITY = {"properties": {"object": {"properties": {"objectType": {"const": "Activity"}}}}}
_IS_STATEMENT_REF = {
    "properties": {
        "object": {"required": ["objectType"], "properties": {"objectType": {"const": "StatementRef"}}}
    }
}
_IS_NOT_VOIDING = {"properties": {"verb": {"properties": {"id": {"not": {"const": VOIDED}}}}}}


class VerbSchema(XapiSchema):
    """A Verb, identified by its IRI."""

    rule = "xAPI 1.0.3 Data 2.4.3"
    id = IriField(required=True)
    display = LanguageMapField(rule=_LANGUAGE_MAP)


class AttachmentSchema(XapiSchema):
    """A file that belongs to a Statement: sent along, or found at `fileUrl`."""

    rule = "xAPI 1.0.3 Data 2.4.11"
    usageType = IriField(required=True)
    display = LanguageMapField(rule=_LANGUAGE_MAP, required=True)
    description = LanguageMapField(rule=_LANGUAGE_MAP)
    contentType = MediaTypeField(required=True)
    length = SizeField(required=True)
    sha2 = Sha2Field(required=True)
    fileUrl = IriField()


def _activity_only(name: str) -> CrossRule:
    def holds(statement: Json) -> bool:
        return (
            name not in statement.get("context", {})
            or statement["object"].get("objectType", "Activity") == "Activity"
        )

    return CrossRule(
        name=f"{name}-of-activity",
        sentence="{value} is refused: only a Statement about an Activity may say this; leave it out",
        rule="xAPI 1.0.3 Data 2.4.6",
        holds=holds,
        at=f"context.{name}",
        needs="context",
        fragment={"anyOf": [{"properties": {"context": {"properties": {name: False}}}}, _IS_ACTIVITY]},
    )


def _voids_a_statement(statement: Json) -> bool:
    return bool(statement["verb"]["id"] != VOIDED or statement["object"].get("objectType") == "StatementRef")


_STATEMENT_RULES = (
    CrossRule(
        name="voided-statement",
        sentence="{value} is refused: the verb 'voided' needs a StatementRef as its object",
        rule="xAPI 1.0.3 Data 2.3.2",
        holds=_voids_a_statement,
        at="object",
        fragment={"anyOf": [_IS_NOT_VOIDING, _IS_STATEMENT_REF]},
    ),
    _activity_only("revision"),
    _activity_only("platform"),
)


class SubStatementSchema(XapiSchema):
    """A Statement told inside another one; it has no identity of its own and holds no third one."""

    rule = "xAPI 1.0.3 Data 2.4.4.3"
    cross_rules = _STATEMENT_RULES
    objectType = ConstantField("SubStatement", required=True)
    actor = actor_field(required=True)
    verb = ObjectField(VerbSchema, required=True)
    object = ObjectField(ActivitySchema, AgentSchema, GroupSchema, StatementRefSchema, required=True)
    result = ObjectField(ResultSchema)
    context = ObjectField(ContextSchema)
    timestamp = TimestampField(rule=_TIMESTAMP)
    attachments = ListField(ObjectField(AttachmentSchema))


class StatementSchema(XapiSchema):
    """Someone did something."""

    rule = "xAPI 1.0.3 Data 2.4"
    cross_rules = _STATEMENT_RULES
    id = UuidField(rule="xAPI 1.0.3 Data 2.4.1")
    actor = actor_field(required=True, rule="xAPI 1.0.3 Data 2.4.2")
    verb = ObjectField(VerbSchema, required=True)
    object = ObjectField(
        ActivitySchema,
        AgentSchema,
        GroupSchema,
        StatementRefSchema,
        SubStatementSchema,
        required=True,
        rule="xAPI 1.0.3 Data 2.4.4",
    )
    result = ObjectField(ResultSchema)
    context = ObjectField(ContextSchema)
    timestamp = TimestampField(rule=_TIMESTAMP)
    stored = TimestampField(rule=_TIMESTAMP)
    authority = ObjectField(AgentSchema, AuthorityGroupSchema, rule="xAPI 1.0.3 Data 2.4.9")
    version = VersionField(rule="xAPI 1.0.3 Data 2.4.10")
    attachments = ListField(ObjectField(AttachmentSchema))


class AgentParameterSchema(XapiSchema):
    """The `agent` parameter of a query: an Agent or an Identified Group."""

    rule = "xAPI 1.0.3 Communication 2.1.3"
    value = ObjectField(AgentSchema, IdentifiedGroupSchema, required=True)
