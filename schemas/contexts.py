"""The surroundings of a Statement: Context, its Activities, Agents and Groups (xAPI 1.0.3 Data 2.4.6)."""

from schemas.activities import ActivitySchema
from schemas.actors import AgentSchema, GroupSchema, actor_field
from schemas.fields import ConstantField, IriField, LanguageTagField, TextField, UuidField
from schemas.structure import ExtensionsField, ListField, ObjectField, XapiSchema

_CONTEXT = "xAPI 1.0.3 Data 2.4.6"
_CONTEXT_AGENTS = "xAPI 2.0 Data 4.2.2.7 (contextAgents)"
_CONTEXT_GROUPS = "xAPI 2.0 Data 4.2.2.7 (contextGroups)"


class StatementRefSchema(XapiSchema):
    """A pointer to another Statement."""

    rule = "xAPI 1.0.3 Data 2.4.4.3"
    objectType = ConstantField("StatementRef", required=True)
    id = UuidField(required=True)


def _activities() -> ListField:
    return ListField(ObjectField(ActivitySchema), or_single=True)


class ContextActivitiesSchema(XapiSchema):
    """The Activities around, by the way they relate; a single one counts as an array of one."""

    rule = "xAPI 1.0.3 Data 2.4.6.2"
    parent = _activities()
    grouping = _activities()
    category = _activities()
    other = _activities()


class ContextAgentSchema(XapiSchema):
    """An Agent around, and in what capacity."""

    rule = _CONTEXT_AGENTS
    objectType = ConstantField("contextAgent", required=True)
    agent = ObjectField(AgentSchema, required=True)
    relevantTypes = ListField(IriField(), least=1)


class ContextGroupSchema(XapiSchema):
    """A Group around, and in what capacity."""

    rule = _CONTEXT_GROUPS
    objectType = ConstantField("contextGroup", required=True)
    group = ObjectField(GroupSchema, required=True)
    relevantTypes = ListField(IriField(), least=1)


class ContextSchema(XapiSchema):
    """Where, with whom and as part of what a Statement came to be."""

    rule = _CONTEXT
    registration = UuidField()
    instructor = actor_field()
    team = ObjectField(GroupSchema)
    contextActivities = ObjectField(ContextActivitiesSchema)
    contextAgents = ListField(
        ObjectField(ContextAgentSchema), rule=_CONTEXT_AGENTS, only_with="allows_context_agents"
    )
    contextGroups = ListField(
        ObjectField(ContextGroupSchema), rule=_CONTEXT_GROUPS, only_with="allows_context_agents"
    )
    revision = TextField()
    platform = TextField()
    language = LanguageTagField()
    statement = ObjectField(StatementRefSchema)
    extensions = ExtensionsField(rule="xAPI 1.0.3 Data 4.1")
