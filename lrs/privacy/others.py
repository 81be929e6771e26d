"""Leaves other people out of what is given to a person: they stand as `person-1`, `person-2`, and so on. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from lrs.statements.pseudonyms import Rewriting, identifiers_anywhere, without_names
from lrs.storage.personal_data import Person
from schemas.identifiers import KINDS, agent_of, identifier_of, identifiers_implied
from schemas.json_text import dump_json, parse_json

HOME_PAGE = "https://learnerprise.org/xapi/others"
"""The homePage of the accounts that stand for other people."""
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")


class Others:
    """Who is named in an export: the person, those whom the person addressed, and tools; nobody else.

    `tools` are the keys of credentials, which stand as authority of Statements.
    """

    def __init__(self, person: Person, addressed: Iterable[str], tools: Collection[str]) -> None:
        named = [*person.identifiers, *addressed]
        implied = (other for one in named for other in identifiers_implied(one))
        self._named = {one.lower() for one in (*named, *implied)}
        self._own_ids = frozenset(map(str, person.personas))
        self._tools = tools
        self._pseudonyms: dict[str, str] = {}
        self._rewriting = Rewriting(self._pseudonym_of, home_page=HOME_PAGE)

    def __len__(self) -> int:
        return len(set(self._pseudonyms.values()))

    def statement(self, text: bytes) -> bytes:
        """Return a Statement without other people, nor their full names in texts; all else stays as it was sent."""
        return without_names(parse_json(text), self._rewriting.statement(text), self._pseudonym_of)

    def row(self, text: bytes) -> bytes:
        """Return a document as JSON without other people: neither Agents, identifiers, addresses nor persona ids."""
        value = parse_json(text)
        return without_names(
            value, self._rewriting.rewrite(dump_json(self._without_ids(value))), self._pseudonym_of
        )

    def _pseudonym_of(self, identifier: str) -> str:
        """Return what stands for somebody, the same each time; empty for those who are named."""
        name = identifier.lower()
        if name in self._named or is_tool(identifier, self._tools):
            return ""
        if name not in self._pseudonyms:
            pseudonym = f"person-{len(self) + 1}"
            self._pseudonyms |= dict.fromkeys((name, *identifiers_implied(name)), pseudonym)
        return self._pseudonyms[name]

    def _without_ids(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {self._without_ids(name): self._without_ids(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._without_ids(item) for item in value]
        return self._without_id(value) if isinstance(value, str) else value

    def _without_id(self, value: str) -> str:
        if _OBJECT_ID.fullmatch(value):
            return value if value in self._own_ids else self._pseudonym_of(f"persona|{value}")
        if value.partition("|")[0] in KINDS and "|" in value:
            return self._pseudonym_of(value) or value
        return value


def addressed_in(statement: Mapping[str, Any]) -> set[str]:
    """Return whom the actor of a Statement addressed: its object, and who stands in extensions and in the result."""
    target = statement["object"]
    inner = target.get("object", {}) if target.get("objectType") == "SubStatement" else {}
    people = [one for one in (target, inner) if one.get("objectType") in ("Agent", "Group")]
    said = [statement.get("result", {}), statement.get("context", {}).get("extensions", {})]
    return {name for one in (*people, *said) for name in identifiers_anywhere(one)}


def is_tool(identifier: str, keys: Collection[str]) -> bool:
    """Return whether an identifier is the account of a credential with one of these keys."""
    return identifier.startswith("account|") and identifier.rpartition("|")[2] in keys


def is_by(statement: Mapping[str, Any], person: Person) -> bool:
    """Return whether the person is the actor of a Statement, alone or among others."""
    actor = statement["actor"]
    found = (identifier_of(one) for one in (actor, *actor.get("member", ())))
    return any(one in person.identifiers for one in found if one)


def shown(identifier: str) -> str:
    """Return an identifier as people write it: a mail address, a hash, or an account with its home page."""
    agent = agent_of(identifier)
    if "account" in agent:
        return f"{agent['account']['name']} at {agent['account']['homePage']}"
    return identifier.partition("|")[2].removeprefix("mailto:")
