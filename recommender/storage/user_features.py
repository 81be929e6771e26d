"""The traits last seen of each learner (team, role, skills, language), each with its time and Statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from lrs.storage.tenancy import Replacement
from recommender.vocabulary.extensions import plain_text

TRAITS = ("team", "team_name", "role", "skills", "language", "goals")


@dataclass(frozen=True, slots=True)
class Seen:
    """One value of one trait, the time (us) of the Statement it came with, and that Statement's id."""

    value: Any
    at: int
    statement_id: str


@dataclass(frozen=True, slots=True)
class UserFeatures:
    """The known features of a learner; unknown ones are empty.

    `team` is the plain name of the team, or its identifier where it has none. `goals` are skills or roles aimed
    at, `languages` all that the learner reads, `language` the first of them. `site` is where the learner works.
    """

    team: str = ""
    team_name: str = ""
    role: str = ""
    skills: tuple[str, ...] = ()
    language: str = ""
    goals: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    site: str = ""


Traits = dict[str, Seen]


def find_traits(database: Database, store: StoreId, personas: Sequence[ObjectId]) -> dict[ObjectId, Traits]:
    """Return the traits kept for these learners; those never seen are left out."""
    rows = database.collection("user_features", store)
    return {document["persona"]: _traits(document) for document in rows.find_among("persona", personas)}


def all_traits(database: Database, store: StoreId) -> dict[ObjectId, Traits]:
    """Return the traits of every learner of the store."""
    rows = database.collection("user_features", store).iterate({})
    return {document["persona"]: _traits(document) for document in rows}


def find_personas_by_source(
    database: Database, store: StoreId, statement_ids: Sequence[str]
) -> list[ObjectId]:
    """Return the learners of whom some trait was last seen in one of these Statements."""
    rows = database.collection("user_features", store)
    found = rows.find_among("sources", statement_ids, ["persona"])
    return list(dict.fromkeys(document["persona"] for document in found))


def write_traits(
    database: Database, store: StoreId, before: Mapping[ObjectId, Traits], after: Mapping[ObjectId, Traits]
) -> None:
    """Write what changed; also learners without any traits, so that every learner is listed."""
    collection = database.collection("user_features", store)
    new = [_document(store, persona, seen) for persona, seen in after.items() if persona not in before]
    changed = [
        _document(store, persona, seen)
        for persona, seen in after.items()
        if persona in before and seen != before[persona]
    ]
    for chunk in in_chunks(new):
        collection.insert_many(chunk)
    for chunk in in_chunks(changed):
        collection.bulk_write([Replacement({"_id": item["_id"]}, item) for item in chunk])


def delete_traits(database: Database, store: StoreId, personas: Sequence[ObjectId]) -> None:
    """Delete what was seen of learners who are no persons any more."""
    rows = database.collection("user_features", store)
    for some in in_chunks(personas):
        rows.delete_many({"_id": {"$in": [f"{store}:{one}" for one in some]}})


def plain(traits: Traits) -> UserFeatures:
    """Drop when and where the traits were seen."""
    values = {name: seen.value for name, seen in traits.items()}
    values["skills"] = tuple(values.get("skills", ()))
    values["goals"] = tuple(values.get("goals", ()))
    if values.get("team_name"):
        values["team"] = plain_text(values["team_name"])
    if values.get("language"):
        values["languages"] = (values["language"],)
    return UserFeatures(**values)


def merge(older: Traits, newer: Traits) -> Traits:
    """Keep of each trait the value seen last; `newer` wins a tie."""
    merged = dict(older)
    for name, seen in newer.items():
        if name not in merged or seen.at >= merged[name].at:
            merged[name] = seen
    return merged


def _document(store: StoreId, persona: ObjectId, traits: Traits) -> dict[str, Any]:
    values = {name: [seen.value, seen.at, seen.statement_id] for name, seen in traits.items()}
    sources = sorted({seen.statement_id for seen in traits.values()})
    return {"_id": f"{store}:{persona}", "persona": persona, "traits": values, "sources": sources}


def _traits(document: dict[str, Any]) -> Traits:
    return {name: Seen(*parts) for name, parts in document["traits"].items() if name in TRAITS}
