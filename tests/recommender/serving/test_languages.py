from __future__ import annotations

import pytest

from recommender.serving.languages import language_name


@pytest.mark.parametrize(("code", "name"), [("de", "German"), ("ca", "Catalan"), ("tlh", "tlh")])
def test_a_language_has_its_english_name_or_its_code(code: str, name: str) -> None:
    assert language_name(code) == name
