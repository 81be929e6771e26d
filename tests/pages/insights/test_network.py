"""Teams that help each other stand near each other; the same data give the same drawing; hidden pairs are not drawn."""

import json
from html import unescape

import numpy as np
import pytest

from pages.insights.network import draw_network, positions
from recommender.insights.answers import FEW, Answer, Cell, Question, Row
from recommender.insights.figures import FIGURES


def test_those_who_help_each_other_stand_nearer_than_others():
    places = positions(4, [(0, 1, 50), (2, 3, 50), (1, 2, 5)])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert apart[0, 1] < apart[0, 2] < apart[0, 3]
    assert (places == positions(4, [(0, 1, 50), (2, 3, 50), (1, 2, 5)])).all()


@pytest.mark.parametrize("count", [1, 2, 60])
def test_no_two_teams_stand_on_each_other(count):
    places = positions(count, [])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(count)
    assert np.isfinite(places).all()
    assert apart.min() > 0.3 / np.sqrt(count)


def _answer(*rows: tuple[str, str, Cell]) -> Answer:
    made = tuple(Row((giving, receiving), {"pairs": cell}) for giving, receiving, cell in rows)
    labels = ("from_team", "to_team")
    return Answer(FIGURES["who-helps-whom"], Question(), 0, 90, labels, ("pairs",), made, None, None, 5)


def test_pairs_that_are_hidden_are_not_drawn():
    drawn = draw_network(_answer(("a", "b", Cell(10.0, 10)), ("b", "c", FEW), ("a", "a", Cell(5.0, 5))))
    data = json.loads(unescape(drawn.split('data-live="')[1].split('"')[0]))
    assert [node["name"] for node in data["nodes"]] == ["a", "b"]
    assert data["links"] == [[0, 1, 10], [0, 0, 5]]


def test_nothing_is_drawn_where_no_team_helps_another():
    assert draw_network(_answer(("a", "a", Cell(5.0, 5)), ("a", "b", FEW))) == ""
