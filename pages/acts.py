"""What learners do on their pages, as Statements: not for me, done, later, save, "I need help", and taking it back.

An act has one id, made of the learner, the act and how often it was done before, so that double clicks and two tabs
store it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from lrs.auth.credentials import Credential
from lrs.errors import StatementConflictError
from lrs.resources.requests import service
from lrs.storage.stored_time import now_us
from recommender.api.requests import serving
from recommender.catalogue.nuggets import Nugget
from recommender.errors import NotInCatalogueError
from recommender.interactions.history import without_undone
from recommender.interactions.unfinished import POSTPONED
from recommender.serving.nuggets.recommend import DAY_US
from recommender.serving.state.learners import Learner
from recommender.storage.interactions import InteractionRow, in_order
from recommender.storage.vocabulary import find_vocabulary
from schemas.breaches import shown
from schemas.errors import InvalidInputError
from schemas.identifiers import agent_of
from schemas.json_text import dump_json
from schemas.versions import rules_for

NAMESPACE = UUID("6f1c6a43-53d2-4d8e-9d35-0b2a4d3f7c11")
VERSION = "1.0.3"
HELP, HELP_US = "asked-for-help", 90 * DAY_US
"""Whoever asked for help and completed nothing waits for so long."""
UNDO = "https://www.w3.org/ns/activitystreams#Undo"


@dataclass(frozen=True, slots=True)
class Act:
    """A verb that learners do with a nugget: its IRI, its name in English, and its canonical name."""

    iri: str
    name: str
    canonical: str


ACTS: Mapping[str, Act] = {
    "not_for_me": Act("https://w3id.org/xapi/acrossx/verbs/disliked", "disliked", "disliked"),
    "done": Act("http://adlnet.gov/expapi/verbs/completed", "completed", "completed"),
    "known": Act("http://adlnet.gov/expapi/verbs/mastered", "mastered", "mastered"),
    "later": Act("https://learnerprise.org/xapi/verbs/postponed", "postponed", POSTPONED),
    "save": Act("http://id.tincanapi.com/verb/bookmarked", "bookmarked", "bookmarked"),
    "help": Act("https://learnerprise.org/xapi/verbs/asked-for-help", "asked for help", HELP),
    "there": Act("http://adlnet.gov/expapi/verbs/attended", "attended", "attended"),
}


def act_on(credential: Credential, act: str, activity: str) -> None:
    """Store an act of the learner on a nugget; one that is in force already changes nothing."""
    verb, learner, nugget = _asked(credential, act, activity)
    if is_in_force(learner, act, activity):
        return
    done = {row.statement_id for row in learner.rows if row.item == activity and row.verb == verb.canonical}
    # Acts of long ago that decide nothing are not read any more, so the day tells two postponements apart.
    day = now_us() // DAY_US if verb.canonical == POSTPONED else 0
    named = f"{credential.store.id}|{credential.learner}|{verb.canonical}|{day}|{len(done)}|{activity}"
    statement_id = str(uuid5(NAMESPACE, named))
    target = {"objectType": "Activity", "id": activity, "definition": _definition(credential, nugget)}
    _store(credential, statement_id, {"id": verb.iri, "display": {"en": verb.name}}, target)


def undo(credential: Credential, act: str, activity: str) -> None:
    """Take back what the learner did with a nugget; of what completes it, only acts of the last day."""
    verb, learner, _ = _asked(credential, act, activity)
    for row in _in_force(learner, verb, activity):
        if not row.completed or row.at > now_us() - DAY_US:
            statement_id = str(uuid5(NAMESPACE, f"undo|{credential.store.id}|{row.statement_id}"))
            target = {"objectType": "StatementRef", "id": row.statement_id}
            _store(credential, statement_id, {"id": UNDO, "display": {"en": "undid"}}, target)


def is_in_force(learner: Learner, act: str, activity: str) -> bool:
    """Return whether a learner did something with a nugget, and has not taken it back."""
    if ACTS[act].canonical == HELP:
        return any(row.item == activity for row in help_wanted_by(learner))
    found = _in_force(learner, ACTS[act], activity)
    if ACTS[act].canonical != POSTPONED:
        return bool(found)
    later_us = serving().settings.later_days * DAY_US
    return any(row.at + later_us > now_us() for row in found)


def saved_by(learner: Learner) -> list[InteractionRow]:
    """Return the acts by which a learner saved what is saved now and not completed, the newest first."""
    rows = [row for row in valid_rows(learner) if row.item and row.verb == ACTS["save"].canonical]
    kept = {row.item: row for row in rows if row.item not in learner.history.completed}
    return sorted(kept.values(), key=lambda row: -row.at)


def help_wanted_by(learner: Learner) -> list[InteractionRow]:
    """Return the acts by which a learner asked for help that still wait, the newest first, one for each nugget."""
    rows, since = valid_rows(learner), now_us() - HELP_US
    done = {row.item: row.at for row in rows if row.completed}
    asked = [row for row in rows if row.item and row.verb == HELP and not row.private]
    waiting = {row.item: row for row in asked if row.at > max(since, done.get(row.item, 0))}
    return sorted(waiting.values(), key=lambda row: -row.at)


def valid_rows(learner: Learner) -> list[InteractionRow]:
    """Return the acts of a learner that were not taken back, in the order of time, each once."""
    return without_undone(in_order({row.key: row for row in learner.rows}.values()))


def _asked(credential: Credential, act: str, activity: str) -> tuple[Act, Learner, Nugget]:
    """Return what an act is about; raise InvalidInputError for an unknown act, NotInCatalogueError for a nugget."""
    if act not in ACTS:
        raise InvalidInputError(f"{shown(act)} is not an act; send one of: {', '.join(ACTS)}", path="act")
    store = credential.store.id
    learner = serving().learners.find(store, credential.learner or "")
    snapshot = serving().catalogue.find(store, serving().models.find(store, learner.persona))
    nugget = snapshot.nugget(activity)
    if nugget is None:
        raise NotInCatalogueError(f"{shown(activity)} is not in the catalogue any more; load the page again.")
    if act == "there" and not (nugget.starts is not None and nugget.starts <= now_us()):
        raise InvalidInputError(
            f"{shown(activity)} is not an event that has begun; come back after it", path="act"
        )
    if act == "help" and snapshot.is_private(snapshot.columns.index[activity]):
        raise InvalidInputError(
            f"{shown(activity)} is private: nobody is named to others for it; ask somebody you trust",
            path="act",
        )
    return ACTS[act], learner, nugget


def _in_force(learner: Learner, verb: Act, activity: str) -> list[InteractionRow]:
    return [row for row in valid_rows(learner) if row.item == activity and row.verb == verb.canonical]


def _definition(credential: Credential, nugget: Nugget) -> dict[str, Any]:
    """Return what the Statement says of the nugget; not a type for which the act would not be about a nugget."""
    types = find_vocabulary(serving().database, credential.store.id)
    is_telling = nugget.type and types.activity_type(nugget.type).nugget == "yes"
    name = {"name": dict(nugget.titles)} if nugget.titles else {}
    return {**name, **({"type": nugget.type} if is_telling else {})}


def _store(
    credential: Credential, statement_id: str, verb: Mapping[str, Any], target: Mapping[str, Any]
) -> None:
    """Store a Statement of the learner; one that is stored already, by a double click, stays as it is."""
    body = {"id": statement_id, "actor": agent_of(credential.learner or ""), "verb": verb, "object": target}
    service().writer.require_room(credential.store)
    with suppress(StatementConflictError):
        service().writer.put_statement(dump_json(body), statement_id, credential, rules_for(VERSION))
    serving().follower.note_written(credential.store.id)
