"""The fields of what we answer, and the answers that every resource gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, fields, validate

from schemas.breaches import JsonSchema
from schemas.payloads import Answer, reference
from schemas.timestamps import format_timestamp


class Texts(fields.List[str]):
    """A list of texts: they are texts already, so none is looked at when they are written."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(fields.String(), **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[str]:
        return list(value)


class Instant(fields.String):
    """A point in time: in us since the epoch here, as a timestamp in the answer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"format": "date-time"}, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format_timestamp(value)


class Rounded(fields.Float):
    """A number with so many decimals."""

    def __init__(self, places: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = places

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> float | None:
        return None if value is None else round(float(value), self.places)


class Rows(fields.Nested):
    """Objects of one schema that have all of its attributes.

    Each is written by the fields alone: what marshmallow does around them (attributes that may be missing, keys
    with dots, hooks) takes longer than the fields themselves.
    """

    def __init__(self, schema: type[Answer], **kwargs: Any) -> None:
        super().__init__(schema, many=True, **kwargs)

    def _serialize(  # type: ignore[override]  # marshmallow names the first argument otherwise
        self, nested_obj: Any, attr: str | None, obj: Any, **kwargs: Any
    ) -> list[dict[str, Any]]:
        writers = [(name, field._serialize) for name, field in self.schema.dump_fields.items()]
        return [{name: write(getattr(row, name), name, row) for name, write in writers} for row in nested_obj]


class StatementPart(fields.Field[Mapping[str, Any]]):
    """A part of a Statement as it is, described by the schema that judges Statements."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.part = name

    def description(self) -> JsonSchema:
        """Return what the OpenAPI description says of it."""
        return reference(self.part)


class ShownActivity(StatementPart):
    """An Activity, of which there is the id here and the `definition` beside it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("Activity", **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"objectType": "Activity", "id": value}
        return {**body, "definition": obj.definition} if obj.definition else body


class ErrorSchema(Answer):
    """The one shape of every error."""

    code = fields.String(required=True)
    message = fields.String(required=True)
    path = fields.String(required=True)
    rule = fields.String(required=True)

    class Meta:
        """This, and nothing else."""

        unknown = RAISE


class HealthSchema(Answer):
    """Whether the service is alive, or ready."""

    status = fields.String(required=True, validate=validate.OneOf(("alive", "ready", "read-only")))
    warnings = Texts(metadata={"description": "what works less well than it could, with the remedy"})


class AboutSchema(Answer):
    """The About Resource of the xAPI."""

    version = Texts(required=True)
    extensions = fields.Dict()
