from __future__ import annotations

from string import Formatter
from typing import Any

import pytest

from recommender.messages import LANGUAGES, can_say, catalogue, language_name, say

OTHERS = [language for language in LANGUAGES if language != "en"]


def _forms(text: Any) -> dict[str, str]:
    return {"": text} if isinstance(text, str) else dict(text)


def _values_by_form(language: str) -> dict[tuple[str, str], set[str | None]]:
    return {
        (key, form): {name for _, name, _, _ in Formatter().parse(text)} - {None}
        for key, each in catalogue(language).items()
        for form, text in _forms(each).items()
    }


@pytest.mark.parametrize("language", OTHERS)
def test_every_catalogue_has_the_same_keys_in_the_same_order(language: str) -> None:
    assert list(catalogue(language)) == list(catalogue("en"))


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_has_the_same_forms_and_names_the_same_values(language: str) -> None:
    assert _values_by_form(language) == _values_by_form("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: str) -> None:
    texts = [text for each in catalogue(language).values() for text in _forms(each).values()]
    assert all(text.strip() for text in texts)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", 'Because you completed "{x}"'),
        ("de-AT", "Weil Sie „{x}“ abgeschlossen haben"),
        ("CA", "Perquè heu completat «{x}»"),
        ("nl", 'Because you completed "{x}"'),
        ("", 'Because you completed "{x}"'),
    ],
)
def test_texts_are_in_the_language_asked_for_or_english(language: str, text: str) -> None:
    assert say(language, "because.completed", name="{x}") == text


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [
        ("en", 1, "Taken by one learner in your organisation"),
        ("en", 0, "Taken by 0 learners in your organisation"),
        ("es", 2, "Lo han hecho 2 personas de su organización"),
        ("fr", 1, "Suivi par une personne de votre organisation"),
    ],
)
def test_numbers_have_their_forms(language: str, count: int, text: str) -> None:
    assert say(language, "taken", count=count) == text


def test_keys_may_be_asked_for() -> None:
    assert can_say("because.read")
    assert not can_say("because.pondered")


@pytest.mark.parametrize(
    ("language", "code", "name"),
    [
        ("en", "de", "German"),
        ("de", "de", "Deutsch"),
        ("ca-ES", "en", "anglès"),
        ("fr", "ca", "catalan"),
        ("es", "xx", "xx"),
        ("nl", "nl", "Dutch"),
    ],
)
def test_languages_have_names(language: str, code: str, name: str) -> None:
    assert language_name(language, code) == name
