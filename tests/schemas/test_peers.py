"""Questions for peers, and their answers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from schemas.errors import InvalidInputError
from schemas.peers import (
    PeerQuery,
    PeerQuerySchema,
    PeerRecommendationsSchema,
)

AGENT = '{"mbox":"mailto:ada@example.org"}'
ADA = ({"mbox": "mailto:ada@example.org"}, "mbox|mailto:ada@example.org")


def _read(**more: str) -> PeerQuery:
    return PeerQuerySchema(100, ("en", "de")).read([("agent", AGENT), *more.items()])


def test_a_question_for_peers_is_read() -> None:
    assert _read() == PeerQuery(*ADA)
    wished = _read(limit="5", team="other", topic=" SQL ", more="abc", answer_language="de-AT")
    assert wished == PeerQuery(*ADA, 5, "other", "SQL", "abc", "de")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("team", "mine", "send any, same or other"),
        ("topic", " ", "is empty or too long; send a skill"),
        ("topic", "x" * 201, "1 to 200 characters"),
        ("more", "", "is empty"),
        ("answer_language", "nl", "send en, de"),
        ("limit", "101", "from 1 to 100"),
        ("colour", "red", "is not a parameter of this resource"),
    ],
)
def test_another_wish_is_refused(name: str, value: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        _read(**{name: value})
    assert caught.value.path == name
    assert said in caught.value.message


def test_people_are_answered_without_what_is_not_for_clients() -> None:
    one = SimpleNamespace(rank=1, score=0.5, agent=ADA[0], reasons=("Knows SQL",), persona="secret")
    body = {"agent": ADA[0], "model": None, "recommendations": (one,), "more": ""}
    assert PeerRecommendationsSchema().dump(body) == {
        "agent": ADA[0],
        "model": None,
        "recommendations": [{"rank": 1, "score": 0.5, "agent": ADA[0], "reasons": ["Knows SQL"]}],
        "more": "",
    }
