"""Questions for peers, their answers, and a learner's choice."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from schemas.errors import InvalidInputError
from schemas.peers import (
    NewPeerChoiceSchema,
    PeerChoiceSchema,
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


@pytest.mark.parametrize("choice", [True, False, None])
def test_a_choice_is_read_and_answered(choice: bool | None) -> None:
    assert NewPeerChoiceSchema().read({"suggest_me": choice}) == {"suggest_me": choice}
    body = {"suggest_me": choice, "store": "opt_in", "is_suggested": choice is True}
    assert PeerChoiceSchema().dump(body) == body


@pytest.mark.parametrize(
    ("sent", "path", "said"),
    [
        ({"suggest_me": 1}, "suggest_me", "1 is refused: must be true, false or null"),
        ({"suggest_me": "true"}, "suggest_me", '"true" is refused: must be true, false or null'),
        ({}, "", 'send an object with one property: {"suggest_me": true}, false or null'),
        ({"suggest_me": True, "x": 1}, "", "one property"),
        ([], "", "one property"),
        (None, "", "one property"),
    ],
)
def test_another_choice_is_refused(sent: Any, path: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        NewPeerChoiceSchema().read(sent)
    assert caught.value.path == path
    assert said in caught.value.message
