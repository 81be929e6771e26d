"""The Person of an Agent (xAPI 1.0.3 Communication 2.4): all that the store knows of an identifier or its persona."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lrs.auth.credentials import Credential
from lrs.personas import Persona, describe_personas, find_persona
from lrs.statements.querying import RECENT, StatementReader
from lrs.storage.database import Database
from schemas.identifiers import agent_of, identifier_of
from schemas.json_text import parse_json
from schemas.lookups import AgentLookup
from schemas.queries import StatementQuery

ALL_IDENTIFIERS = "profile/read"
READING = ("statements/read", "statements/read/mine")
ARRAYS = ("name", "mbox", "mbox_sha1sum", "openid", "account")

Person = dict[str, Any]


def find_person(
    database: Database, reader: StatementReader, credential: Credential, lookup: AgentLookup
) -> Person:
    """Return the Person: the Agent asked about, then what the credential may know beside it."""
    persona = _find_persona(database, credential, lookup.identifier)
    identifiers = [lookup.identifier]
    if persona and credential.allows(ALL_IDENTIFIERS):
        identifiers += [item for item in persona.identifiers if item != lookup.identifier]
    agents: list[Mapping[str, Any]] = [lookup.agent, *(agent_of(item) for item in identifiers[1:])]
    names = [
        persona.sure_name if persona else None,
        *_names_in_statements(reader, credential, identifiers),
        persona.name if persona else None,
    ]
    return _person([*agents, *({"name": name} for name in names if name)])


def _find_persona(database: Database, credential: Credential, identifier: str) -> Persona | None:
    """Return the persona, None for a credential that may know what its own Statements say and no more."""
    if not (credential.allows("statements/read") or credential.allows(ALL_IDENTIFIERS)):
        return None
    found = find_persona(database, credential.store.id, identifier)
    return describe_personas(database, credential.store.id, [found]).get(found) if found else None


def _names_in_statements(
    reader: StatementReader, credential: Credential, identifiers: Sequence[str]
) -> Iterator[str]:
    """Yield the names in recent Statements that the credential may read, newest first."""
    if not any(credential.allows(scope) for scope in READING):
        return
    for identifier in identifiers:
        query = StatementQuery(agent=identifier, limit=RECENT)
        for text in reader.query_statements(query, credential, lambda languages: languages[0]).texts:
            yield from _names_in(parse_json(text), identifier)


def _names_in(statement: Mapping[str, Any], identifier: str) -> Iterator[str]:
    for actor in (statement["actor"], statement["object"]):
        for one in (actor, *actor.get("member", [])):
            if "name" in one and identifier_of(one) == identifier:
                yield one["name"]


def _person(agents: Sequence[Mapping[str, Any]]) -> Person:
    """Return one object with each property an array, each value once."""
    person: Person = {"objectType": "Person"}
    for name in ARRAYS:
        values: list[Any] = []
        for value in (agent[name] for agent in agents if name in agent):
            if value not in values:
                values.append(value)
        if values:
            person[name] = values
    return person
