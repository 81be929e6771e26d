"""The places of a Statement: the courses, paths and other Activities that hold its object, by parent and grouping."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recommender.interactions.posts import activities_of
from recommender.vocabulary.extensions import is_kept_id
from recommender.vocabulary.meanings import IGNORED_KINDS, Vocabulary

COURSE_SEGMENT = "course"
MOST_PLACES = 10
COURSE, FORMAL, OTHER = range(3)
_COURSE_KEY = re.compile(r"(?:^|/)course-v1:")
_LAST_SEGMENT = re.compile(r"[/#:]")


@dataclass(frozen=True, slots=True)
class Places:
    """Where an act took place: the ids of what holds its object, courses first, then modules, then others.

    `in_course` tells that one of them is a course or another formal Activity.
    """

    ids: tuple[str, ...] = ()
    in_course: bool = False


def read_places(statement: Mapping[str, Any], vocabulary: Vocabulary) -> Places:
    """Return the places of a Statement; threads and the platform itself are none, as they hold no steps."""
    ranks = dict(_ranked(statement, vocabulary))
    ranks.pop(statement["object"].get("id", ""), None)
    ids = sorted(ranks, key=ranks.__getitem__)
    return Places(tuple(ids[:MOST_PLACES]), any(rank < OTHER for rank in ranks.values()))


def _ranked(statement: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[tuple[str, int]]:
    # The grouping comes first: it holds the parent where both are of one rank.
    for relation in ("grouping", "parent"):
        for place in activities_of(statement, relation):
            kind = vocabulary.activity_type(_type_of(place))
            if is_kept_id(place["id"]) and not kind.thread and kind.kind not in IGNORED_KINDS:
                yield place["id"], _rank(place, kind.kind)


def _rank(place: Mapping[str, Any], kind: str) -> int:
    """Judge by the type, and where none is stated by the id: those of Open edX tell a course."""
    type_iri = _type_of(place)
    if not type_iri:
        return COURSE if _COURSE_KEY.search(place["id"]) else OTHER
    if is_course_type(type_iri):
        return COURSE
    return FORMAL if kind == "formal" else OTHER


def is_course_type(iri: str) -> bool:
    """Return whether an Activity type says that it is a course."""
    return _LAST_SEGMENT.split(iri.lower())[-1] == COURSE_SEGMENT


def _type_of(place: Mapping[str, Any]) -> str:
    return str(place.get("definition", {}).get("type", ""))
