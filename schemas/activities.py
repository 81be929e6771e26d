"""Activities, their definitions and their interaction components (xAPI 1.0.3 Data 2.4.4.1)."""

from collections.abc import Callable

from schemas.breaches import JsonSchema
from schemas.fields import ConstantField, IriField, TextField
from schemas.structure import (
    CrossRule,
    ExtensionsField,
    Json,
    LanguageMapField,
    ListField,
    ObjectField,
    XapiSchema,
)
from schemas.vocabulary import INTERACTION_TYPES

_DEFINITION = "xAPI 1.0.3 Data 2.4.4.1"
_EXTENSIONS = "xAPI 1.0.3 Data 4.1"
_LANGUAGE_MAP = "xAPI 1.0.3 Data 4.2"
COMPONENT_TYPES = {
    "choices": ("choice", "sequencing"),
    "scale": ("likert",),
    "source": ("matching",),
    "target": ("matching",),
    "steps": ("performance",),
}


class InteractionComponentSchema(XapiSchema):
    """One choice, step, or point of a scale."""

    rule = _DEFINITION
    id = TextField(required=True)
    description = LanguageMapField(rule=_LANGUAGE_MAP)


def _fits(components: str) -> CrossRule:
    types = COMPONENT_TYPES[components]

    def holds(definition: Json) -> bool:
        return definition.get("interactionType") in types

    fitting: JsonSchema = {
        "required": ["interactionType"],
        "properties": {"interactionType": {"enum": list(types)}},
    }
    return CrossRule(
        name=f"{components}-fit",
        sentence=f"is only allowed with interactionType {' or '.join(types)}; change it or leave this out",
        rule=_DEFINITION,
        holds=holds,
        at=components,
        needs=components,
        fragment={"dependentSchemas": {components: fitting}},
    )


def _is_distinct(components: str) -> Callable[[Json], bool]:
    def holds(definition: Json) -> bool:
        ids = [component["id"] for component in definition[components]]
        return len(set(ids)) == len(ids)

    return holds


def _distinct(components: str) -> CrossRule:
    return CrossRule(
        name=f"{components}-distinct",
        sentence="{value} uses an id twice; give each component its own id",
        rule=_DEFINITION,
        holds=_is_distinct(components),
        at=components,
        needs=components,
    )


_RESPONSES_NEED_TYPE = CrossRule(
    name="responses-need-type",
    sentence="is only allowed together with interactionType; add it",
    rule=_DEFINITION,
    holds=lambda definition: "interactionType" in definition,
    at="correctResponsesPattern",
    needs="correctResponsesPattern",
    fragment={"dependentRequired": {"correctResponsesPattern": ["interactionType"]}},
)


class ActivityDefinitionSchema(XapiSchema):
    """What an Activity is: names, type, and for a question how it is answered."""

    rule = _DEFINITION
    cross_rules = (
        _RESPONSES_NEED_TYPE,
        *(make(components) for components in COMPONENT_TYPES for make in (_fits, _distinct)),
    )
    name = LanguageMapField(rule=_LANGUAGE_MAP)
    description = LanguageMapField(rule=_LANGUAGE_MAP)
    type = IriField()
    moreInfo = IriField()
    extensions = ExtensionsField(rule=_EXTENSIONS)
    interactionType = ConstantField(*INTERACTION_TYPES)
    correctResponsesPattern = ListField(TextField())
    choices = ListField(ObjectField(InteractionComponentSchema))
    scale = ListField(ObjectField(InteractionComponentSchema))
    source = ListField(ObjectField(InteractionComponentSchema))
    target = ListField(ObjectField(InteractionComponentSchema))
    steps = ListField(ObjectField(InteractionComponentSchema))


class ActivitySchema(XapiSchema):
    """Something that can be done, known by its IRI."""

    rule = _DEFINITION
    objectType = ConstantField("Activity")
    id = IriField(required=True)
    definition = ObjectField(ActivityDefinitionSchema)
