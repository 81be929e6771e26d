"""Statements as lines that people read: each value with what filters by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from babel.dates import format_date, format_time

from lrs.statements.languages import best_language
from lrs.storage.statement_documents import StoredStatement
from pages import texts
from schemas.identifiers import agent_of, identifier_of
from schemas.json_text import dump_json, parse_json
from schemas.timestamps import format_timestamp
from schemas.vocabulary import VOIDED

LONGEST = 120
"""Characters of a value that a line shows; the whole is one click away."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One value of a line: what is read, what it is exactly, and the filter that finds the same."""

    text: str
    exact: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """A line: when it was stored, who did what to what, who stored it, and whether it was voided."""

    id: str
    stored: int
    time: Shown
    actor: Shown
    verb: Shown
    target: Shown
    source: Shown
    registration: Shown | None
    is_voided: bool
    is_voiding: bool
    place: str


def shown_statements(found: Iterable[StoredStatement], names: Mapping[str, str]) -> list[ShownStatement]:
    """Return Statements as lines; `names` are those of the credentials that stored them, by key."""
    return [_shown(one, parse_json(one.text), names) for one in found]


def _shown(stored: StoredStatement, said: Mapping[str, Any], names: Mapping[str, str]) -> ShownStatement:
    verb, time = said["verb"]["id"], format_timestamp(stored.stored)
    key = said.get("authority", {}).get("account", {}).get("name", "")
    registration = said.get("context", {}).get("registration")
    return ShownStatement(
        stored.statement_id,
        stored.stored,
        Shown(_brief(stored.stored), time, "until", time),
        _person(said["actor"], "agent"),
        Shown(_cut(_worded(said["verb"].get("display")) or _tail(verb)), verb, "verb", verb),
        _object(said["object"]),
        Shown(_cut(names.get(key, key)), key, "source", key),
        Shown(registration[:8], registration, "registration", registration) if registration else None,
        stored.voided,
        verb == VOIDED,
        stored.seq.hex(),
    )


def _brief(time_us: int) -> str:
    """Return the time of day, with the date before it unless it is today (UTC)."""
    at = datetime.fromtimestamp(time_us / 1_000_000, timezone.utc)
    written = format_time(at, format="medium", locale=texts.language())
    if at.date() == datetime.now(timezone.utc).date():
        return written
    return f"{format_date(at, format='medium', locale=texts.language())}, {written}"


def _person(said: Mapping[str, Any], name: str) -> Shown:
    identifier = identifier_of(said)
    if identifier is None:
        members = ", ".join(str(one.get("name", "")) for one in said.get("member", ()) if one.get("name"))
        return Shown(_cut(said.get("name") or members or texts.text("admin.anonymous_group")), "", "", "")
    agent = agent_of(identifier)
    exact = dump_json(agent).decode()
    account = agent.get("account", {}).get("name")
    plain = account or str(next(iter(agent.values()))).removeprefix("mailto:")
    return Shown(_cut(said.get("name") or plain), plain, name, exact)


def _object(said: Mapping[str, Any]) -> Shown:
    kind = said.get("objectType", "Activity")
    if kind == "Activity":
        title = _worded(said.get("definition", {}).get("name"))
        return Shown(_cut(title or _tail(said["id"])), said["id"], "activity", said["id"])
    if kind == "StatementRef":
        return Shown(texts.text("admin.statement_named", id=said["id"][:8]), said["id"], "id", said["id"])
    if kind == "SubStatement":
        inner = said.get("object", {})
        return Shown(texts.text("admin.sub_statement"), str(inner.get("id", "")), "", "")
    return _person(said, "agent")


def _worded(by_language: Mapping[str, str] | None) -> str:
    """Return a text in the language of the page, else in English, else in any."""
    if not by_language:
        return ""
    return by_language[best_language([(texts.language(), 1.0), ("en", 0.5)], list(by_language))]


def _tail(iri: str) -> str:
    """Return the end of an IRI, which tells it from others."""
    return iri.rstrip("/").rsplit("/", 1)[-1] or iri


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
