"""Booleans and numbers: strict types, of any size."""

import math
from collections.abc import Mapping
from typing import Any

from schemas.breaches import JsonSchema
from schemas.fields import Definitions, XapiField


class BooleanField(XapiField):
    """true or false and nothing like it."""

    expects = "true or false, without quotes"

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        return {"type": "boolean"}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, bool):
            raise self.refuse(value)
        return value


class NumberField(XapiField):
    """A JSON number of any size, within bounds if given; booleans and strings are not numbers."""

    def __init__(self, *, minimum: int | None = None, maximum: int | None = None, rule: str = "") -> None:
        super().__init__(rule=rule)
        self.bounds = {"minimum": minimum, "maximum": maximum}
        self.expects = "a number" if minimum is None else f"a number from {minimum} to {maximum}"

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        return {"type": "number", **{word: bound for word, bound in self.bounds.items() if bound is not None}}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not is_number(value) or not self._is_within(value):
            raise self.refuse(value)
        return value

    def _is_within(self, value: float) -> bool:
        low, high = self.bounds["minimum"], self.bounds["maximum"]
        return (low is None or value >= low) and (high is None or value <= high)


class SizeField(XapiField):
    """A whole number from zero on; 27.0 is the same JSON number as 27."""

    expects = "a whole number from 0 on"

    def fragment(self, definitions: Definitions) -> JsonSchema:
        """Return the JSON Schema that accepts the same values."""
        return {"type": "integer", "minimum": 0}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not is_number(value) or value < 0 or value % 1 != 0:
            raise self.refuse(value)
        return value


def is_number(value: Any) -> bool:
    """Return whether a Python value stands for a JSON number."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
