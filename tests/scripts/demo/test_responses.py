"""People act on what they were shown, each in the same way every time."""

from __future__ import annotations

from collections import Counter

from schemas.identifiers import identifier_of
from scripts.demo import Organisation
from scripts.demo.responses import Shown, act_on


def _all_shown(organisation: Organisation) -> list[Shown]:
    names = [nugget.id for nugget in organisation.catalogue.nuggets if nugget.format == "article"][:6]
    peers = tuple(identifier_of(one.agent) or "" for one in organisation.learners[:3])
    return [Shown(one, tuple(names), peers) for one in organisation.learners[6:]]


def test_fewer_start_than_open_and_fewer_complete_than_start(organisation: Organisation) -> None:
    acts = [act for one in _all_shown(organisation) for act in act_on(one, organisation, 1)]
    verbs = Counter(act.verb for act in acts)
    assert verbs["viewed"] > verbs["read"] > verbs["completed"] > verbs["liked"] > 5
    assert min(verbs["followed"], verbs["disliked"]) > 5


def test_the_same_person_does_the_same(organisation: Organisation) -> None:
    one = _all_shown(organisation)[0]
    assert list(act_on(one, organisation, 1)) == list(act_on(one, organisation, 1))


def test_nobody_acts_on_what_is_unknown(organisation: Organisation) -> None:
    shown = Shown(organisation.learners[0], ("https://example.org/none",), ("mailto:nobody@example.org",))
    assert list(act_on(shown, organisation, 1)) == []
