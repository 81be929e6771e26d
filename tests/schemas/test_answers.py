"""How the fields of answers are written."""

from __future__ import annotations

from types import SimpleNamespace

from schemas.answers import (
    AboutSchema,
    ErrorSchema,
    HealthSchema,
    Instant,
    Rounded,
    Rows,
    ShownActivity,
    Texts,
)
from schemas.errors import InvalidInputError
from schemas.payloads import Answer


class ThingSchema(Answer):
    activity = ShownActivity()
    at = Instant()
    share = Rounded(2)
    reasons = Texts()


def test_fields_are_written_as_clients_read_them() -> None:
    thing = SimpleNamespace(
        activity="https://a.b/x", definition={"name": {"en": "X"}}, at=10**6, share=1 / 3, reasons=("a", "b")
    )
    assert ThingSchema().dump(thing) == {
        "activity": {"objectType": "Activity", "id": "https://a.b/x", "definition": {"name": {"en": "X"}}},
        "at": "1970-01-01T00:00:01.000000Z",
        "share": 0.33,
        "reasons": ["a", "b"],
    }


def test_what_is_not_known_is_left_out_or_null() -> None:
    thing = SimpleNamespace(activity="https://a.b/x", definition={}, at=None)
    found = ThingSchema().dump(thing)
    assert found == {"activity": {"objectType": "Activity", "id": "https://a.b/x"}, "at": None}


class ThingsSchema(Answer):
    things = Rows(ThingSchema)


def test_rows_are_written_as_their_schema_writes_one() -> None:
    things = [
        SimpleNamespace(activity=f"a:{number}", definition={}, at=number, share=number / 3, reasons=["a"])
        for number in range(3)
    ]
    assert ThingsSchema().dump({"things": things}) == {"things": ThingSchema(many=True).dump(things)}


def test_an_error_has_one_shape() -> None:
    error = InvalidInputError("is wrong", path="x", rule="a rule", code="invalid")
    assert ErrorSchema().dump(error) == {
        "code": "invalid",
        "message": "is wrong",
        "path": "x",
        "rule": "a rule",
    }


def test_health_and_about_are_written() -> None:
    assert HealthSchema().dump({"status": "alive"}) == {"status": "alive"}
    about = {"version": ["1.0.3"], "extensions": {"https://a.b/limits": {"maxPage": 5}}}
    assert AboutSchema().dump(about) == about
