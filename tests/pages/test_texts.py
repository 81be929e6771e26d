"""Every text is there in five languages with the same values; none is missing, and none is left over."""

import json
import re
from pathlib import Path
from string import Formatter

import pytest
from flask import Flask

import pages
from pages import texts
from pages.texts import FOLDER, text_in
from recommender.messages import LANGUAGES

TEXTS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
KEYS = {f"{area}.{key}": forms for area, found in TEXTS.items() for key, forms in found.items()}
SOURCES = "\n".join(
    path.read_text("utf-8")
    for path in sorted(Path(pages.__file__).parent.rglob("*"))
    if path.suffix in (".py", ".html", ".txt")
)
NAMED = set(re.findall(rf"[\"']((?:{'|'.join(TEXTS)})\.[a-z0-9_]*[a-z0-9])[\"']", SOURCES))
FILES = (".html", ".css", ".js", ".json")
BEGUN = set(re.findall(rf"[\"']((?:{'|'.join(TEXTS)})\.[a-z0-9_]*)(?:[\"'] ?~|{{)", SOURCES))
"""Keys that are put together: `t("errors.help_" ~ status)` and `f"errors.title_{status}"`."""


def forms_of(text):
    return [text] if isinstance(text, str) else list(text.values())


def values_of(text):
    return {name for form in forms_of(text) for _, name, _, _ in Formatter().parse(form) if name is not None}


@pytest.mark.parametrize("key", KEYS)
def test_a_text_is_there_in_every_language_with_the_same_values(key):
    texts = KEYS[key]
    assert tuple(texts) == LANGUAGES
    assert all(form.strip() for text in texts.values() for form in forms_of(text))
    assert len({frozenset(values_of(text)) for text in texts.values()}) == 1


def test_every_text_that_is_named_exists():
    assert {key for key in NAMED - KEYS.keys() if not key.endswith(FILES)} == set()


def test_no_text_is_left_over():
    assert {key for key in KEYS.keys() - NAMED if not key.startswith(tuple(BEGUN))} == set()


def test_numbers_are_written_as_the_language_writes_them():
    assert text_in("de", "frame.signed_in_as", name=5000) == "Angemeldet als 5.000"


def test_days_and_times_of_tables_are_written_as_the_language_does() -> None:
    app = Flask(__name__)
    with app.test_request_context(headers={"Accept-Language": "de"}):
        assert texts.time_named("2026-11-30") == "30.11.2026"
        assert texts.time_named("2026-11-30T18:30:33.000Z") == "30.11.2026, 18:30:33"
