"""The outcome of a Statement: Result and Score (xAPI 1.0.3 Data 2.4.5)."""

from schemas.fields import DurationField, TextField
from schemas.quantities import BooleanField, NumberField
from schemas.structure import CrossRule, ExtensionsField, Json, ObjectField, XapiSchema

_SCORE = "xAPI 1.0.3 Data 2.4.5.1"


def _is_above(low: str, high: str, *, equal: bool, remedy: str = "") -> CrossRule:
    def holds(score: Json) -> bool:
        if high not in score:
            return True
        return bool(score[low] < score[high] or (equal and score[low] == score[high]))

    return CrossRule(
        name=f"{low}-{high}-order",
        sentence=f"{{value}} is refused: `{low}` must be {'at most' if equal else 'less than'} `{high}`{remedy}",
        rule=_SCORE,
        holds=holds,
        needs=low,
    )


class ScoreSchema(XapiSchema):
    """How well it went; min < max, and raw lies between them."""

    rule = _SCORE
    cross_rules = (
        _is_above("min", "max", equal=False, remedy="; leave both out where there is no range"),
        _is_above("min", "raw", equal=True),
        _is_above("raw", "max", equal=True),
    )
    scaled = NumberField(minimum=-1, maximum=1)
    raw = NumberField()
    min = NumberField()
    max = NumberField()


class ResultSchema(XapiSchema):
    """The outcome of the act."""

    rule = "xAPI 1.0.3 Data 2.4.5"
    score = ObjectField(ScoreSchema)
    success = BooleanField()
    completion = BooleanField()
    response = TextField()
    duration = DurationField(rule="xAPI 1.0.3 Data 4.6")
    extensions = ExtensionsField(rule="xAPI 1.0.3 Data 4.1")
