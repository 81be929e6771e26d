"""What pages say, in five languages: one JSON file an area, `{"key": {"en": "...", "ca": ..., ...}}`.

`text("learner.not_for_me")` is the text `not_for_me` of `texts/learner.json`. Numbers and dates are written as the
language writes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

from babel.dates import format_date, format_datetime, format_skeleton, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent
from flask import g, has_request_context, request
from markupsafe import Markup, escape

from lrs.resources.requests import requested_language
from recommender.messages import FALLBACK, LANGUAGES

FOLDER = Path(__file__).with_name("texts")
COOKIE = "learnerprise-language"
NAMES: Mapping[str, str] = {
    "en": "English",
    "ca": "Català",
    "es": "Español",
    "de": "Deutsch",
    "fr": "Français",
}
"""Each language by its own name, as the choice of languages shows it."""
_COUNTED_AS_ONE: Mapping[str, tuple[int, ...]] = {"fr": (0, 1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

Forms = str | Mapping[str, str]
"""A text, or one with forms for numbers (`one`, `other`), which needs the value `count`."""


def language() -> str:
    """Return the language of this request: the one chosen, else the best of Accept-Language, else English."""
    if not has_request_context():
        return FALLBACK
    if "language" not in g:
        chosen = request.cookies.get(COOKIE)
        g.language = chosen if chosen in LANGUAGES else requested_language(LANGUAGES) or FALLBACK
    found: str = g.language
    return found


def text(key: str, /, **values: object) -> str:
    """Return a text in the language of the request; values that are markup stay markup, the rest is escaped."""
    return text_in(language(), key, **values)


def text_in(chosen: str, key: str, /, **values: object) -> str:
    """Return a text in a language; raise KeyError for an unknown key and for a missing value."""
    area, _, name = key.partition(".")
    found = area_texts(area)[name][chosen]
    if not isinstance(found, str):
        found = found["one" if values["count"] in _COUNTED_AS_ONE.get(chosen, (1,)) else "other"]
    shown = {
        key: number_in(chosen, value) if isinstance(value, int) else value for key, value in values.items()
    }
    if any(isinstance(value, Markup) for value in shown.values()):
        return escape(found).format_map(shown)
    return found.format_map(shown)


@cache
def area_texts(area: str) -> Mapping[str, Mapping[str, Forms]]:
    """Return the texts of an area, by key and language."""
    found: Mapping[str, Mapping[str, Forms]] = json.loads((FOLDER / f"{area}.json").read_text("utf-8"))
    return found


def number_in(chosen: str, value: float) -> str:
    """Return a number as a language writes it."""
    return format_decimal(value, locale=chosen)


def number(value: float, digits: int = 0) -> str:
    """Return a number as the language of the request writes it, with at most some digits after the point."""
    return format_decimal(round(value, digits), locale=language())


def percent(share: float, digits: int = 0) -> str:
    """Return a share (0 to 1) as a percentage."""
    return format_percent(round(share, digits + 2), locale=language(), decimal_quantization=False)


def day(number_of_day: int) -> str:
    """Return a day (days since 1970) as a date."""
    return format_date(_EPOCH + timedelta(days=number_of_day), format="medium", locale=language())


def short_day(number_of_day: int) -> str:
    """Return a day (days since 1970) as a date without its year."""
    return format_skeleton("MMMd", _EPOCH + timedelta(days=number_of_day), locale=language())


def moment(time_us: int) -> str:
    """Return a time (microseconds since 1970) as date and time of day, UTC."""
    return format_datetime(_from_us(time_us), format="medium", locale=language())


def minute(time_us: int) -> str:
    """Return a time (microseconds since 1970) as date and time of day without seconds, UTC."""
    at = _from_us(time_us)
    day_named = format_date(at, format="medium", locale=language())
    return f"{day_named}, {format_time(at, format='short', locale=language())} UTC"


def time_named(written: str) -> str:
    """Return a day, or a time in UTC, that is written as ISO 8601 in the words of the language."""
    if len(written) == len("2026-11-30"):
        return format_date(date.fromisoformat(written), format="medium", locale=language())
    return format_datetime(datetime.fromisoformat(written[:19]), format="medium", locale=language())


def ago(time_us: int, now: datetime | None = None) -> str:
    """Return how long ago a time was, or how soon it will be."""
    passed = _from_us(time_us) - (now or datetime.now(timezone.utc))
    return format_timedelta(passed, add_direction=True, locale=language())


def _from_us(time_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=time_us)
