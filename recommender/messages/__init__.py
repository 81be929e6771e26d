"""What is said to learners, in their languages: one catalogue (`<language>.json`) each, and names of languages.

A text may name values in braces; one with forms for numbers (`one`, `other`) is given `count`.
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
"""Numbers that take the form `one`, where they are others than 1."""

Text = str | Mapping[str, str]


def say(language: str, key: str, /, **values: object) -> str:
    """Return the text of a key in a language (`de`, `de-AT`), in English where there is no catalogue for it.

    Raises KeyError for a key or a value that the text needs and does not have.
    """
    chosen = catalogue_language(language)
    text = catalogue(chosen)[key]
    if not isinstance(text, str):
        text = text["one" if values["count"] in _COUNTED_AS_ONE.get(chosen, (1,)) else "other"]
    return text.format_map(values)


def can_say(key: str) -> bool:
    """Tell whether there is a text with this key."""
    return key in catalogue(FALLBACK)


def catalogue_language(language: str) -> str:
    """Return the language of the catalogue that serves a language tag."""
    primary = language.lower().partition("-")[0]
    return primary if primary in LANGUAGES else FALLBACK


@cache
def catalogue(language: str) -> Mapping[str, Text]:
    """Return the texts of one of LANGUAGES, by key."""
    file = resources.files(__package__).joinpath(f"{language}.json")
    found: Mapping[str, Text] = json.loads(file.read_text(encoding="utf-8"))
    return found


def language_name(language: str, code: str) -> str:
    """Return what a language (`nl`, no region) is called in a language; its code where no name is known."""
    return _language_names().get(code, {}).get(catalogue_language(language), code)


@cache
def _language_names() -> Mapping[str, Mapping[str, str]]:
    file = resources.files(__package__).joinpath("languages.csv")
    with file.open(encoding="utf-8") as lines:
        return {row["code"]: row for row in csv.DictReader(lines)}
