"""The three formats of an answer: exact, ids, canonical (xAPI 1.0.3 Communication 2.1.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lrs.activities import activities_in
from lrs.definitions import Definition
from schemas.json_text import dump_json, parse_json

IFI_KEYS = ("mbox", "mbox_sha1sum", "openid", "account")
LANGUAGE_MAPS = ("name", "description")
COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")
CONTEXT_LISTS = {"contextAgents": "agent", "contextGroups": "group"}

ChooseLanguage = Callable[[Sequence[str]], str]
Payload = dict[str, Any]


def format_ids(text: bytes) -> bytes:
    """Return a Statement with no more in Agents, Activities and Verbs than identifies them."""
    return dump_json(_ids_of(parse_json(text)))


def _ids_of(statement: Payload) -> Payload:
    plain = {**statement, "actor": _actor_ids(statement["actor"])}
    plain["verb"] = {"id": statement["verb"]["id"]}
    plain["object"] = _object_ids(statement["object"])
    if "authority" in statement:
        plain["authority"] = _actor_ids(statement["authority"])
    if "context" in statement:
        plain["context"] = _context_ids(statement["context"])
    return plain


def _object_ids(target: Payload) -> Payload:
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        return {"id": target["id"]}
    if kind == "SubStatement":
        return _ids_of(target)
    return target if kind == "StatementRef" else _actor_ids(target)


def _actor_ids(actor: Payload) -> Payload:
    kept = {key: actor[key] for key in ("objectType", *IFI_KEYS) if key in actor}
    if "member" in actor and not any(key in actor for key in IFI_KEYS):
        kept["member"] = [_actor_ids(one) for one in actor["member"]]
    return kept


def _context_ids(context: Payload) -> Payload:
    plain = dict(context)
    for name in ("instructor", "team"):
        if name in context:
            plain[name] = _actor_ids(context[name])
    for name, part in CONTEXT_LISTS.items():
        if name in context:
            plain[name] = [{**item, part: _actor_ids(item[part])} for item in context[name]]
    if "contextActivities" in context:
        groups = context["contextActivities"]
        plain["contextActivities"] = {
            key: [_object_ids(one) for one in group] for key, group in groups.items()
        }
    return plain


def activity_ids(text: bytes) -> list[str]:
    """Return the ids of the Activities that a Statement speaks of."""
    return [activity["id"] for activity in activities_in(parse_json(text))]


def format_canonical(text: bytes, definitions: Mapping[str, Definition], choose: ChooseLanguage) -> bytes:
    """Return a Statement with the store's definitions, and in each language map the one language chosen."""
    return dump_json(_canonical(parse_json(text), definitions, choose))


def _canonical(statement: Payload, definitions: Mapping[str, Definition], choose: ChooseLanguage) -> Payload:
    for activity in activities_in(statement):
        definition = definitions.get(activity["id"], activity.get("definition"))
        if definition is not None:
            dict_of(activity)["definition"] = _one_language(definition, choose)
    for part in (statement, statement["object"]):
        if "display" in part.get("verb", {}):
            part["verb"]["display"] = _pick(part["verb"]["display"], choose)
        for attachment in part.get("attachments", []):
            for name in {"display", "description"} & attachment.keys():
                attachment[name] = _pick(attachment[name], choose)
    return statement


def dict_of(activity: Mapping[str, Any]) -> Payload:
    """Return the Activity as the dict it is, to be changed in place."""
    assert isinstance(activity, dict)
    return activity


def _one_language(definition: Definition, choose: ChooseLanguage) -> Definition:
    plain = dict(definition)
    for name in LANGUAGE_MAPS:
        if name in definition:
            plain[name] = _pick(definition[name], choose)
    for name in COMPONENT_LISTS:
        if name in definition:
            plain[name] = [_one_language(component, choose) for component in definition[name]]
    return plain


def _pick(language_map: Mapping[str, str], choose: ChooseLanguage) -> dict[str, str]:
    if not language_map:
        return {}
    language = choose(list(language_map))
    return {language: language_map[language]}
