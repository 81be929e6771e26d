"""Checks of single values that people enter: each returns the value to keep, or says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schemas import patterns
from schemas.breaches import shown
from schemas.errors import InvalidInputError
from schemas.timestamps import format_timestamp, parse_timestamp

Check = Callable[[Any], Any]

DAY_US = 86_400_000_000
LONGEST_TEXT = 100


def refused(value: Any, expected: str, rule: str = "") -> InvalidInputError:
    """Return the error for a value that is not what is expected."""
    return InvalidInputError(f"{shown(value)} is refused: must be {expected}", rule=rule)


def text(longest: int = LONGEST_TEXT, *, plain: bool = False) -> Check:
    """Take a text of 1 to `longest` characters, trimmed; `plain` ones are kept in lower case."""

    def check(value: Any) -> str:
        found = value.strip() if isinstance(value, str) else ""
        if not 0 < len(found) <= longest or "\x00" in found:
            raise refused(value, f"a text of 1 to {longest} characters")
        return found.lower() if plain else found

    return check


def pattern(expression: str, expected: str, rule: str) -> Check:
    """Take a text of one form."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or len(value) > 2000 or not patterns.matches(expression, value):
            raise refused(value, expected, rule)
        return value

    return check


iri = pattern(patterns.IRI, 'an IRI with a scheme and no spaces, such as "https://example.org/x"', "RFC 3987")
language_tag = pattern(patterns.LANGUAGE_TAG, 'a language tag, such as "en" or "pt-BR"', "RFC 5646")
duration = pattern(patterns.DURATION, 'an ISO 8601 duration, such as "PT1H30M"', "ISO 8601")


def moment(value: Any) -> str:
    """Take a date, which lasts until its end, or a point in time; return the point in UTC."""
    if not isinstance(value, str):
        raise refused(value, 'a date such as "2027-12-31" or a point in time', "ISO 8601")
    is_date = len(value) == 10
    try:
        us = parse_timestamp(f"{value}T00:00:00Z" if is_date else value)
    except InvalidInputError as error:
        expected = 'a date such as "2027-12-31" or a point in time such as "2027-12-31T12:00:00Z"'
        raise refused(value, expected, "ISO 8601") from error
    return format_timestamp(us + DAY_US if is_date and us < _LAST_DAY else us)


_LAST_DAY = parse_timestamp("9999-12-31T00:00:00Z")


def one_of(*words: str) -> Check:
    """Take one of a few words."""
    expected = " or ".join(f'"{word}"' for word in words)

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise refused(value, expected)
        return value

    return check


def boolean(value: Any) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise refused(value, "true or false")
    return value


def whole(least: int, most: int) -> Check:
    """Take a whole number within bounds."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise refused(value, f"a whole number from {least} to {most}")
        return value

    return check


def many(each: Check, most: int) -> Check:
    """Take a list of at most so many values, each once."""

    def check(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise refused(value, "a list")
        if len(value) > most:
            raise InvalidInputError(f"{len(value)} values are too many: send at most {most}")
        return list(dict.fromkeys(each(one) for one in value))

    return check


def mapping(key: Check, each: Check, most: int) -> Check:
    """Take an object of at most so many properties."""

    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise refused(value, "an object")
        if len(value) > most:
            raise InvalidInputError(f"{len(value)} values are too many: send at most {most}")
        return {key(name): each(one) for name, one in value.items()}

    return check


def number(least: float, most: float) -> Check:
    """Take a number within bounds."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise refused(value, f"a number from {least} to {most}")
        return float(value)

    return check
