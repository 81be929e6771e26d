from __future__ import annotations

from typing import Any

import pytest

from schemas import checks
from schemas.checks import Check
from schemas.errors import InvalidInputError


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2027-01-01", "2027-01-02T00:00:00.000000Z"),
        ("2027-01-01T12:00:00+02:00", "2027-01-01T10:00:00.000000Z"),
        ("9999-12-31", "9999-12-31T00:00:00.000000Z"),
    ],
)
def test_a_date_lasts_until_its_end(sent: str, kept: str) -> None:
    assert checks.moment(sent) == kept


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (checks.moment, "2027-02-30"),
        (checks.moment, "tomorrow"),
        (checks.moment, 20270101),
        (checks.text(3), "four"),
        (checks.text(), "  "),
        (checks.text(), "nul\x00"),
        (checks.text(), 7),
        (checks.iri, "no iri"),
        (checks.iri, "https://a.example/" + "x" * 2000),
        (checks.duration, "1h"),
        (checks.one_of("a", "b"), "c"),
        (checks.boolean, "true"),
        (checks.whole(1, 3), True),
        (checks.whole(1, 3), 4),
        (checks.number(0, 1), "0.5"),
        (checks.many(checks.text(), 2), "abc"),
        (checks.many(checks.text(), 2), ["a", "b", "c"]),
        (checks.mapping(checks.text(), checks.text(), 1), {"a": "b", "c": "d"}),
        (checks.mapping(checks.text(), checks.text(), 1), ["a"]),
    ],
)
def test_what_does_not_fit_is_refused(check: Check, value: Any) -> None:
    with pytest.raises(InvalidInputError):
        check(value)


def test_lists_keep_each_value_once_in_order() -> None:
    assert checks.many(checks.text(plain=True), 5)(["B", "a ", "b"]) == ["b", "a"]
