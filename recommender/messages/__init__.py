"""The texts that learners read: a catalogue for each language (`<language>.json`), and the names of languages.

A text may contain values in braces. One with forms for numbers (`one`, `other`) needs the value `count`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

LANGUAGES = ("en", "ca", "es", "de", "fr")
FALLBACK = "en"
_COUNTED_AS_ONE: Mapping[str, tuple[int, ...]] = {"fr": (0, 1)}
"""Numbers that take the form `one`, in languages where it is not 1 alone."""

Text = str | Mapping[str, str]


def say(language: str, key: str, /, **values: object) -> str:
    """Return the text of a key in a language (`de`, `de-AT`), in English if the language has no catalogue.

    Raises KeyError for an unknown key, and for a missing value.
    """
    chosen = catalogue_language(language)
    text = catalogue(chosen)[key]
    if not isinstance(text, str):
        text = text["one" if values["count"] in _COUNTED_AS_ONE.get(chosen, (1,)) else "other"]
    return text.format_map(values)


def can_say(key: str) -> bool:
    """Return whether there is a text with this key."""
    return key in catalogue(FALLBACK)


def catalogue_language(language: str) -> str:
    """Return the language whose catalogue is used for a language tag."""
    primary = language.lower().partition("-")[0]
    return primary if primary in LANGUAGES else FALLBACK


@cache
def catalogue(language: str) -> Mapping[str, Text]:
    """Return the texts of one of LANGUAGES, by key."""
    file = resources.files(__package__).joinpath(f"{language}.json")
    found: Mapping[str, Text] = json.loads(file.read_text(encoding="utf-8"))
    return found


def language_name(language: str, code: str) -> str:
    """Return the name of a language (`nl`, without region) in another language; its code if no name is known."""
    return _language_names().get(code, {}).get(catalogue_language(language), code)


@cache
def _language_names() -> Mapping[str, Mapping[str, str]]:
    file = resources.files(__package__).joinpath("languages.csv")
    with file.open(encoding="utf-8") as lines:
        return {row["code"]: row for row in csv.DictReader(lines)}
