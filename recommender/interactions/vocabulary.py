"""What verbs and activity types mean to the recommender, from `verbs.csv` and `activity_types.csv`.

One verb has up to six IRIs, so everything is decided by its canonical name. A verb is *positive* when doing it
says "this was worth it"; launched, failed and the like are not (counting them as positives cost 28 %).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

UNKNOWN_STRENGTH = 1
IGNORED_KINDS = frozenset({"system", "test"})


@dataclass(frozen=True, slots=True)
class VerbMeaning:
    """What one verb IRI stands for; `takes_back` names the canonical verb it undoes."""

    canonical: str
    kind: str
    strength: int
    is_peer_edge: bool = False
    is_positive: bool = False
    completes: bool = False
    is_player_event: bool = False
    takes_back: str = ""


@dataclass(frozen=True, slots=True)
class ActivityTypeMeaning:
    """What one activity type stands for; `nugget` is yes, no, or social: only where people talk about it."""

    name: str
    kind: str
    nugget: str


UNKNOWN_VERB = VerbMeaning("other", "other", UNKNOWN_STRENGTH)


def verb_meaning(iri: str) -> VerbMeaning:
    """Return what a verb means; one never seen before is a weak sign of interest."""
    return _verbs().get(iri, UNKNOWN_VERB)


def activity_type_meaning(iri: str) -> ActivityTypeMeaning | None:
    """Return what an activity type means, or None when it is unknown."""
    return _activity_types().get(iri)


@lru_cache(maxsize=1)
def _verbs() -> Mapping[str, VerbMeaning]:
    return {row["iri"]: _verb(row) for row in _read("verbs.csv")}


@lru_cache(maxsize=1)
def _activity_types() -> Mapping[str, ActivityTypeMeaning]:
    answers = {"y": "yes", "": "no", "social": "social"}
    return {
        row["iri"]: ActivityTypeMeaning(row["name"], row["class"], answers[row["could_be_a_nugget"]])
        for row in _read("activity_types.csv")
    }


def _verb(row: Mapping[str, str]) -> VerbMeaning:
    return VerbMeaning(
        canonical=row["canonical"],
        kind=row["class"],
        strength=int(row["strength"]),
        is_peer_edge=row["peer_edge"] == "y",
        is_positive=row["positive"] == "y",
        completes=row["completes"] == "y",
        is_player_event=row["player"] == "y",
        takes_back=row["takes_back"],
    )


def _read(name: str) -> list[dict[str, str]]:
    text = resources.files("recommender.interactions").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
