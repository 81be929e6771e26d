"""The sentence in which a schema refuses a value, and the rule that it cites."""

import json
from typing import Any

from marshmallow import ValidationError

JsonSchema = dict[str, Any]
_SHOWN_LENGTH = 80


class Breach(str):
    """A sentence naming value, rule and remedy; `rule` is where the rule is written."""

    rule: str
    urgency: int

    def __new__(cls, sentence: str, rule: str = "", urgency: int = 1) -> "Breach":
        """Make the sentence; the lowest urgency among several breaches is reported first."""
        breach = super().__new__(cls, sentence)
        breach.rule = rule
        breach.urgency = urgency
        return breach


def breach_error(sentence: str, rule: str, *keys: str) -> ValidationError:
    """Return the marshmallow error for a breach, placed at the nested `keys`."""
    content: Any = [Breach(sentence, rule)]
    for key in reversed(keys):
        content = {key: content}
    return ValidationError(content)


def shown(value: Any) -> str:
    """Return a value as short JSON text for a message."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}..."
