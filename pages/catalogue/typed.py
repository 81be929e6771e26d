"""What is typed into the form of a nugget, and the values that it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from werkzeug.datastructures import MultiDict

from recommender.catalogue.durations import parse_duration
from schemas.catalogue import RULE
from schemas.errors import InvalidInputError
from schemas.timestamps import format_timestamp, parse_timestamp

PLAIN = ("format", "modality", "level", "language", "url", "owner", "type", "within")
LISTS = ("skills", "prerequisites")
FLAGS = ("hidden", "private")
NUMBERS = ("position", "mastery", "attempts")
BY_LANGUAGE = ("title", "description")
DAY_US, MINUTE_S = 86_400_000_000, 60
MOST_DIGITS, TO_THE_MINUTE = 9, len("2026-12-01T15:00")


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of the form as they are typed: texts, lists one value a line, texts by language."""

    texts: Mapping[str, str]
    by_language: Mapping[str, tuple[tuple[str, str], ...]]
    flags: frozenset[str]


def typed_of(values: Mapping[str, Any]) -> Typed:
    """Return how values that were entered are typed."""
    found = {name: str(values.get(name, "")) for name in (*PLAIN, *NUMBERS)}
    found |= {name: "\n".join(values.get(name, ())) for name in LISTS}
    found["duration"] = _minutes(str(values.get("duration", "")))
    found["valid_until"] = _day(str(values.get("valid_until", "")))
    found["starts"] = _minute(str(values.get("starts", "")))
    by_language = {name: tuple(values.get(name, {}).items()) for name in BY_LANGUAGE}
    return Typed(found, by_language, frozenset(name for name in FLAGS if values.get(name)))


def read_typed(sent: MultiDict[str, str]) -> Typed:
    """Return what was typed into a form that was sent."""
    plain = (*PLAIN, *NUMBERS, *LISTS, "duration", "starts", "valid_until")
    by_language = {
        name: tuple(
            (tag.strip(), text.strip())
            for tag, text in zip(sent.getlist(f"{name}_language"), sent.getlist(f"{name}_text"), strict=False)
            if tag.strip() or text.strip()
        )
        for name in BY_LANGUAGE
    }
    flags = frozenset(name for name in FLAGS if sent.get(name) == "yes")
    return Typed({name: sent.get(name, "").strip() for name in plain}, by_language, flags)


def meant(typed: Typed) -> dict[str, Any]:
    """Return the values that are meant, for the checks of the catalogue; what is empty is left out by these."""
    values: dict[str, Any] = {name: typed.texts[name] for name in (*PLAIN, "valid_until")}
    starts = typed.texts["starts"]
    values["starts"] = f"{starts}:00Z" if len(starts) == TO_THE_MINUTE else starts
    values["duration"] = _iso_duration(typed.texts["duration"])
    values |= {name: _number(typed.texts[name]) for name in NUMBERS}
    values |= {name: _lines(typed.texts[name]) for name in LISTS}
    values |= {name: _texts(name, typed.by_language[name]) for name in BY_LANGUAGE}
    return {**values, **dict.fromkeys(typed.flags, True)}


def _texts(name: str, typed: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return texts by language; raise InvalidInputError where one is given twice."""
    tags = [tag.lower() for tag, _ in typed]
    twice = next((tag for tag in tags if tags.count(tag) > 1), None)
    if twice is not None:
        raise InvalidInputError(f"there are two texts in {twice!r}; keep one", path=name, rule=RULE)
    return dict(typed)


def _lines(typed: str) -> list[str]:
    return [line.strip() for line in typed.splitlines() if line.strip()]


def _number(typed: str) -> int | float | str:
    """Return the number that was typed; the text as it is where it is none, which the checks refuse by name."""
    if typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS:
        return int(typed)
    try:
        number = float(typed)
    except ValueError:
        return typed
    return number if isfinite(number) else typed


def _iso_duration(typed: str) -> str:
    """Return a duration: a plain number is minutes."""
    is_minutes = typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS
    return f"PT{int(typed)}M" if is_minutes else typed


def _minutes(duration: str) -> str:
    seconds = parse_duration(duration)
    return str(seconds // MINUTE_S) if seconds and seconds % MINUTE_S == 0 else duration


def _minute(moment: str) -> str:
    """Return a time as a field for dates and times has it, in UTC; one with seconds as it is."""
    is_whole = moment[TO_THE_MINUTE:] == ":00.000000Z"
    return moment[:TO_THE_MINUTE] if is_whole else moment


def _day(moment: str) -> str:
    """Return the last day of a time that ends at midnight, as it was typed; any other time as it is."""
    us = parse_timestamp(moment) if moment else 0
    return moment if us % DAY_US or not moment else format_timestamp(us - DAY_US)[:10]
