"""Learner data from three sources: entered by people, Agent Profile documents, and Statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lrs.documents import iterate_profiles
from lrs.personas import PersonaId, find_leads, find_personas
from lrs.storage.database import Database, StoreId
from recommender.storage.entries import Values, find_entries, iterate_entries
from recommender.storage.user_features import Traits, UserFeatures, all_traits, find_traits, merge, plain
from recommender.vocabulary.extensions import plain_text, plain_texts
from schemas.catalogue import PROFILE_ID
from schemas.errors import InvalidInputError
from schemas.json_text import parse_json

LISTS = ("skills", "goals", "languages")
TEXTS = ("team", "role", "site")
BOT = "bot"
"""The role of an account that is no person: it is not counted, and its answers do not answer."""


def find_features(
    database: Database,
    store: StoreId,
    ids: Sequence[PersonaId],
    identifiers: Sequence[str],
    fresh: Traits | None = None,
) -> UserFeatures:
    """Return the features of a learner at this moment; `fresh` traits came after the last sync.

    `ids` are the persona of the learner, and those that were joined to it; none for a learner never seen.
    """
    values: dict[str, Any] = {}
    for identifier in sorted(identifiers):
        for _, body in iterate_profiles(database, store, PROFILE_ID, identifier):
            values |= read_profile(body)
    if not ids:
        return lay_over(plain(fresh or {}), values)
    seen = find_traits(database, store, ids[:1]).get(ids[0], {})
    entries = find_entries(database, store, "learners", list(map(str, ids)))
    for one in reversed(ids):  # what was entered under the first counts before that of the others
        values |= entries[str(one)].values if str(one) in entries else {}
    return lay_over(plain(merge(seen, fresh or {})), values)


def all_features(database: Database, store: StoreId) -> dict[PersonaId, UserFeatures]:
    """Return the features of every learner of the store."""
    seen = all_traits(database, store)
    profiles = {one: read_profile(body) for one, body in iterate_profiles(database, store, PROFILE_ID)}
    owners = find_personas(database, store, list(profiles))
    values: dict[PersonaId, dict[str, Any]] = {}
    for identifier in sorted(profiles.keys() & owners.keys()):
        values.setdefault(owners[identifier], {}).update(profiles[identifier])
    entered = {PersonaId(entry.key): entry.values for entry in iterate_entries(database, store, "learners")}
    leads = find_leads(database, store, list(entered))
    for persona in sorted(entered, key=lambda one: one not in leads):
        values.setdefault(leads.get(persona, persona), {}).update(entered[persona])
    return {
        persona: lay_over(plain(seen.get(persona, {})), values.get(persona, {}))
        for persona in seen.keys() | values.keys()
    }


def is_bot(features: UserFeatures | None) -> bool:
    """Return whether a learner is an account of a program, by its role."""
    return features is not None and plain_text(features.role) == BOT


def find_bots(database: Database, store: StoreId, personas: Sequence[PersonaId]) -> frozenset[PersonaId]:
    """Return which of these are accounts of programs, as entered or as Statements say."""
    seen = find_traits(database, store, personas)
    entries = find_entries(database, store, "learners", list(map(str, personas)))
    known = {one: lay_over(plain(traits), {}) for one, traits in seen.items()}
    known |= {
        one: lay_over(known.get(one, UserFeatures()), entries[str(one)].values)
        for one in personas
        if str(one) in entries
    }
    return frozenset(one for one, features in known.items() if is_bot(features))


def lay_over(seen: UserFeatures, values: Values) -> UserFeatures:
    """Return the features seen in Statements, overridden field by field by values of a profile or of an entry.

    An empty list is a value, too: that of a learner who dropped all goals.
    """
    fields = {name: getattr(seen, name) for name in UserFeatures.__dataclass_fields__}
    fields |= {name: tuple(values[name]) for name in LISTS if name in values}
    if values.get("languages"):
        fields["language"] = values["languages"][0]
    fields |= {name: values[name] for name in ("role", "site") if values.get(name)}
    if values.get("team"):
        fields |= {"team": values["team"], "team_name": values["team"]}
    if not fields["languages"] and fields["language"]:
        fields["languages"] = (fields["language"],)
    return UserFeatures(**fields)


def read_profile(body: bytes) -> dict[str, Any]:
    """Return the values of an Agent Profile document; anything that cannot be read is left out."""
    try:
        document = parse_json(body)
    except InvalidInputError:
        return {}
    if not isinstance(document, Mapping):
        return {}
    texts = {name: document[name].strip()[:100] for name in TEXTS if plain_text(document.get(name))}
    lists = {name: plain_texts(document.get(name)) for name in LISTS}
    return {**texts, **{name: found for name, found in lists.items() if found}}
