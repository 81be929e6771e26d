"""The fingerprint by which two Statements with one id are equal or in conflict (xAPI 1.0.3 Data 2.3.1).

Ignored are values that the LRS sets, values that it may know better (definitions, displays), and differences between
spellings of the same meaning. The rules are those of both versions at once, because a Statement stored under one
version may be sent again under the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from schemas.identifiers import identifier_of
from schemas.json_text import dump_json, dump_sorted
from schemas.timestamps import parse_timestamp

Payload = Mapping[str, Any]

IGNORED = frozenset({"id", "authority", "stored", "timestamp", "version", "attachments"})
_FRACTION = re.compile(r"[.,](\d+)S$")


def fingerprint(statement: Payload) -> bytes:
    """Return 32 bytes, equal for Statements that the specification calls equal."""
    return sha256(dump_sorted(_statement(statement))).digest()


def _statement(statement: Payload) -> dict[str, Any]:
    plain: dict[str, Any] = {key: value for key, value in statement.items() if key not in IGNORED}
    plain["actor"] = _actor(statement["actor"])
    plain["verb"] = statement["verb"]["id"]
    plain["object"] = _object(statement["object"])
    if "context" in statement:
        plain["context"] = _context(statement["context"])
    if "result" in statement:
        plain["result"] = _result(statement["result"])
    return plain


def _object(target: Payload) -> Any:
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        return {"objectType": kind, "id": target["id"]}
    if kind == "StatementRef":
        return {"objectType": kind, "id": target["id"].lower()}
    if kind == "SubStatement":
        stamp = {"timestamp": parse_timestamp(target["timestamp"])} if "timestamp" in target else {}
        return {**_statement(target), "objectType": kind, **stamp}
    return _actor(target)


def _actor(actor: Payload) -> dict[str, Any]:
    plain: dict[str, Any] = {"objectType": actor.get("objectType", "Agent"), "ifi": identifier_of(actor)}
    if "name" in actor:
        plain["name"] = actor["name"]
    if "member" in actor:
        plain["member"] = sorted((_actor(one) for one in actor["member"]), key=dump_json)
    return plain


def _context(context: Payload) -> dict[str, Any]:
    return {key: _CONTEXT[key](value) if key in _CONTEXT else value for key, value in context.items()}


def _context_activities(groups: Payload) -> dict[str, list[str]]:
    return {
        key: [activity["id"] for activity in (group if isinstance(group, list) else [group])]
        for key, group in groups.items()
    }


def _result(result: Payload) -> dict[str, Any]:
    plain: dict[str, Any] = _plain_numbers(result)
    if "duration" in result:  # no finer than 0.01 s (xAPI 1.0.3 Data 4.6)
        plain["duration"] = _FRACTION.sub(_cut_fraction, result["duration"])
    return plain


def _cut_fraction(found: re.Match[str]) -> str:
    digits = found[1][:2].rstrip("0")
    return f".{digits}S" if digits else "S"


def _plain_numbers(value: Any) -> Any:
    """Put numbers in one form, so that 1.0 and 1 are the same number; only these parts can hold any."""
    if isinstance(value, dict):
        return {key: _plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


_CONTEXT: dict[str, Callable[[Any], Any]] = {
    "registration": str.lower,
    "language": str.lower,
    "instructor": _actor,
    "team": _actor,
    "contextAgents": lambda items: [{**item, "agent": _actor(item["agent"])} for item in items],
    "contextGroups": lambda items: [{**item, "group": _actor(item["group"])} for item in items],
    "statement": lambda reference: reference["id"].lower(),
    "contextActivities": _context_activities,
    "extensions": _plain_numbers,
}
"""How each property of a context counts; those not named here count as they are."""
