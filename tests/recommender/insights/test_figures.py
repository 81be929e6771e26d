"""The figures as data."""

from __future__ import annotations

import pytest

from lrs.auth.scopes import SCOPES
from lrs.errors import RequestRefusedError
from recommender.insights.answers import Question
from recommender.insights.asking import check, find_figure
from recommender.insights.figures import FIGURES, WINDOWS
from recommender.messages import LANGUAGES

EVERY = pytest.mark.parametrize("name", FIGURES)


@EVERY
def test_figure_is_said_in_five_languages(name: str) -> None:
    figure = FIGURES[name]
    for texts in (figure.titles, figure.sentences):
        assert tuple(texts) == LANGUAGES
        assert len(set(texts.values())) >= 4 or name == "modalities"
    assert all(text.endswith(".") for text in figure.sentences.values())
    assert tuple(figure.numerators) == LANGUAGES
    assert tuple(figure.denominators) in ((), LANGUAGES)
    for texts in (figure.numerators, figure.denominators):
        assert len(set(texts.values())) == len(texts) and all(texts.values())


@EVERY
def test_figure_has_a_scope_a_window_and_a_floor_that_are_known(name: str) -> None:
    figure = FIGURES[name]
    assert figure.scope in SCOPES
    assert figure.window_days in WINDOWS
    assert figure.floor >= 5
    assert figure.by and figure.columns


@pytest.mark.parametrize(
    ("name", "question", "sentence"),
    [
        ("beauty", Question(), "There is no figure 'beauty'"),
        ("reach", Question(window_days=31), "A window of 31 days is not kept"),
        ("reach", Question(by=("sin",)), "reach cannot be split by sin"),
        ("reach", Question(by=("team", "role")), "reach cannot be split by team, role"),
    ],
)
def test_what_a_figure_cannot_be_asked_is_refused(name: str, question: Question, sentence: str) -> None:
    with pytest.raises(RequestRefusedError, match=sentence):
        check(find_figure(name), question)
