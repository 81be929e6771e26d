from __future__ import annotations

import pytest
from bson import ObjectId

from recommender.serving.peers.social_evidence import SocialEvidence

BEN = ObjectId()


@pytest.mark.parametrize(
    ("received", "given", "knows", "needs"),
    [
        ({"mentored": 4}, {}, 0.5, 0.0),
        ({}, {"mentored": 4}, 0.0, 0.5),
        ({"asked": 4}, {}, 0.0, 0.5),
        ({}, {"followed": 4}, 0.5, 0.0),
        ({"answered": 4}, {"asked": 4}, 1.0, 0.0),
        ({"blocked": -4}, {}, 0.0, 0.0),
        ({}, {}, 0.0, 0.0),
    ],
)
def test_helping_or_being_asked_shows_knowledge_and_being_helped_or_asking_shows_need(
    received: dict[str, int], given: dict[str, int], knows: float, needs: float
) -> None:
    evidence = SocialEvidence({BEN: received}, {BEN: given})
    assert (evidence.shows_help(BEN), evidence.shows_need(BEN)) == (knows, needs)


def test_acts_become_reasons_in_a_language() -> None:
    evidence = SocialEvidence({BEN: {"answered": 2}}, {BEN: {"followed": 4, "blocked": -4}})
    assert evidence.reasons(BEN, "es") == ["Ha respondido a su pregunta", "Usted sigue a esta persona"]
    assert evidence.is_unwanted(BEN)
    assert evidence.reasons(ObjectId(), "es") == []
