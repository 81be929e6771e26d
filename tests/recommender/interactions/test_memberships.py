"""What is said of communities and events is kept, and counts as no act on a nugget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from recommender.interactions.extract import extract_interactions
from recommender.vocabulary.tables import make_vocabulary

VOCABULARY = make_vocabulary(b"{}", b"{}")
AT = 1_760_000_000_000_000
SEQ = (2 * AT).to_bytes(8, "big")
SCHEMA = "http://activitystrea.ms/schema/1.0/"
HOST = {"id": "https://acme.example/makers", "definition": {"type": f"{SCHEMA}group"}}


@pytest.mark.parametrize(
    ("type_", "verb", "kept"),
    [
        ("group", "join", "joined"),
        ("group", "follow", "joined"),
        ("group", "leave", "left"),
        ("group", "stop-following", "left"),
        ("event", "rsvp-yes", "registered"),
        ("event", "rsvp-no", "missed"),
        ("event", "attend", "attended"),
        ("event", "checkin", "attended"),
    ],
)
def test_joining_and_coming_is_kept_without_strength(
    act: Callable[..., dict[str, Any]], type_: str, verb: str, kept: str
) -> None:
    statement = act("ann", "completed", "x")
    statement["verb"] = {"id": f"{SCHEMA}{verb}"}
    statement["object"]["definition"] = {"type": f"{SCHEMA}{type_}"}
    statement["context"] = {"contextActivities": {"grouping": [HOST]}}
    (found,) = extract_interactions(statement, AT, SEQ, VOCABULARY)
    assert (found.verb, found.strength, found.item, found.activity, found.peer) == (kept, 0, None, "", None)
    assert list(found.within) == ["https://acme.example/x", HOST["id"]]


@pytest.mark.parametrize(
    ("type_", "verb"), [("event", "rsvp-maybe"), ("group", "rsvp-yes"), ("badge", "join")]
)
def test_nothing_else_is_a_membership(act: Callable[..., dict[str, Any]], type_: str, verb: str) -> None:
    statement = act("ann", "completed", "x")
    statement["verb"] = {"id": f"{SCHEMA}{verb}"}
    statement["object"]["definition"] = {"type": f"{SCHEMA}{type_}"}
    assert extract_interactions(statement, AT, SEQ, VOCABULARY) == ()
