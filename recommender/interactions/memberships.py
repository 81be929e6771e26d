"""What people say of communities and events: that they join or leave, come, and whether they will."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recommender.storage.interactions import Interaction
from recommender.vocabulary.extensions import is_kept_id
from recommender.vocabulary.meanings import VerbMeaning, Vocabulary

JOINED, LEFT = "joined", "left"
CAME, AGREED, DECLINED = "attended", "registered", "missed"
COMMUNITY_TYPES = frozenset({"group", "community site", "collaboration_space", "learning_space"})
EVENT_TYPES = frozenset({"event", "meeting"})
_OF_COMMUNITY = {JOINED: JOINED, "followed": JOINED, LEFT: LEFT, "unfollowed": LEFT}
_OF_EVENT = {
    CAME: CAME,
    JOINED: CAME,
    AGREED: AGREED,
    "befriended": AGREED,
    DECLINED: DECLINED,
    LEFT: DECLINED,
}
MEMBERSHIP = "system"
"""The kind of what is said of communities and events: it is no act on a nugget, and has no strength."""


def read_membership(
    statement: Mapping[str, Any], meaning: VerbMeaning, vocabulary: Vocabulary, at: int, seq: bytes
) -> Interaction[str] | None:
    """Return what a Statement says of a community or an event, which is the first place `within`; else None."""
    target = statement["object"]
    kind = vocabulary.activity_type(str(target.get("definition", {}).get("type", "")))
    verbs = {**dict.fromkeys(COMMUNITY_TYPES, _OF_COMMUNITY), **dict.fromkeys(EVENT_TYPES, _OF_EVENT)}
    verb = verbs.get(kind.name, {}).get(meaning.canonical)
    if verb is None or not is_kept_id(target.get("id")):
        return None
    return Interaction(
        statement["id"].lower(),
        *(0, "", seq, at, None, verb, MEMBERSHIP, 0, 0.0, False, False, ""),
        within=(target["id"],),
        private=meaning.private or kind.private,
    )
