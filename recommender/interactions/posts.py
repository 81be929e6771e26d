"""Posts: whether a Statement writes one or values one, decided by the Statement alone.

So the order in which Statements arrive changes nothing, and no author counts as somebody who values the own post.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from recommender.vocabulary.meanings import ActivityTypeMeaning, VerbMeaning, Vocabulary

ADDRESSED_VERBS = frozenset({"commented", "answered", "liked", "voted", "reviewed"})
"""Canonical verbs of acts that are done for the maker of a post when the Statement names nobody."""

Activity = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Post:
    """What a Statement has to do with posts: the meaning of its object's type, and whether the post `is_own`.

    `valued` is the id of the post or thread that the act values, empty if none. `about` are the ids of the posts and
    threads whose maker the act is done for: the first one that has a maker counts.
    """

    kind: ActivityTypeMeaning
    is_own: bool = False
    valued: str = ""
    about: list[str] = field(default_factory=list)


def read_post(statement: Mapping[str, Any], meaning: VerbMeaning, vocabulary: Vocabulary) -> Post:
    """Read what a Statement has to do with posts."""
    target = statement["object"]
    kind = _kind_of(target, vocabulary)
    if target.get("objectType", "Activity") != "Activity":
        return Post(kind)
    around = _places_of(statement, vocabulary)
    thread = next((name for name, place in around.items() if _holds(place, kind)), "")
    # A question about a video does not make the video; of a reply the type may be missing.
    is_post = kind.kind == "social" or bool(kind.thread or kind.min_valued)
    is_reply = bool(thread) and kind.kind in ("", "social")
    is_own = {"yes": is_post, "reply": is_reply}.get(meaning.makes_post, False)
    valued = (thread if is_own else target["id"]) if meaning.values_post else ""
    about = [target["id"], *around] if meaning.canonical in ADDRESSED_VERBS else []
    return Post(kind, is_own, valued, about)


def activities_of(statement: Mapping[str, Any], relation: str) -> list[Activity]:
    """Return the context Activities of a Statement in a relation (parent, grouping, ...)."""
    found = statement.get("context", {}).get("contextActivities", {}).get(relation, [])
    return found if isinstance(found, list) else [found]


def _places_of(statement: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, ActivityTypeMeaning]:
    """Return the posts and threads in which the act took place, parents first, each with its type's meaning."""
    found = dict(
        _typed([*activities_of(statement, "parent"), *activities_of(statement, "grouping")], vocabulary)
    )
    found.pop(statement["object"]["id"], None)
    return found


def _typed(activities: list[Activity], vocabulary: Vocabulary) -> Iterator[tuple[str, ActivityTypeMeaning]]:
    for activity in activities:
        kind = _kind_of(activity, vocabulary)
        if kind.thread or kind.kind == "social":
            yield activity["id"], kind


def _kind_of(activity: Activity, vocabulary: Vocabulary) -> ActivityTypeMeaning:
    return vocabulary.activity_type(activity.get("definition", {}).get("type", ""))


def _holds(place: ActivityTypeMeaning, kind: ActivityTypeMeaning) -> bool:
    """Return whether posts of a kind are written in a place; a forum holds threads, which are no replies to it."""
    return place.thread == "yes" or (place.thread == "forum" and not kind.thread)
