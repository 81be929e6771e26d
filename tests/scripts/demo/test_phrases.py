from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from scripts.demo.phrases import answer_in, comment_in, question_in, remark_in


@pytest.mark.parametrize("language", ["en", "es", "ca", "de", "fr"])
@pytest.mark.parametrize("phrase", [answer_in, comment_in, question_in, remark_in])
def test_there_is_something_to_say_in_every_language(
    phrase: Callable[[str, Random], str], language: str
) -> None:
    said = {phrase(language, Random(seed)) for seed in range(40)}
    assert len(said) >= 2
