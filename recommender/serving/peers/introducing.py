"""Introductions of two learners: one asks, the other agrees or not, and both are shown to each other after that."""

from __future__ import annotations

import time
from dataclasses import dataclass

from lrs.auth.stores import Store
from lrs.personas import Persona, PersonaId, describe_personas, find_leads
from lrs.storage.database import Database
from recommender.errors import NotSuggestedError
from recommender.serving.peers.contacts import contact_of
from recommender.serving.peers.search import may_suggest
from recommender.storage.introductions import (
    Introduction,
    State,
    answer_introduction,
    end_introductions,
    find_introductions,
    write_introduction,
)
from recommender.storage.own_settings import OwnSettings, find_settings

DAY_US = 86_400_000_000
WAITS_US = 30 * DAY_US
"""How long a request waits for an answer."""
RESTS_US = 90 * DAY_US
"""How long nobody is suggested whom the learner does not want now, or who did not agree."""


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """Somebody whom the learner asked to meet, or who asks; nothing is known of one who has not agreed.

    `key` is the persona of the other, `name` and `contact` are empty unless that one agreed to show them.
    """

    key: PersonaId
    name: str
    contact: str
    since: int


@dataclass(frozen=True, slots=True)
class Introductions:
    """A learner's introductions: agreed by both, asked of the learner, waiting for others; and whom not to suggest."""

    agreed: tuple[Acquaintance, ...] = ()
    asked_of_me: tuple[Acquaintance, ...] = ()
    waiting: tuple[Acquaintance, ...] = ()
    resting: frozenset[PersonaId] = frozenset()


def list_introductions(database: Database, store: Store, learner: Persona) -> Introductions:
    """Return what is between a learner and others now; a request of one who withdrew is not shown any more."""
    now = _now()
    found = find_introductions(database, store.id, learner.ids)
    others = {_other(one, learner) for one in found}
    leads = find_leads(database, store.id, list(others))
    people = describe_personas(database, store.id, list({leads.get(one, one) for one in others}))
    groups: dict[str, list[Acquaintance]] = {"agreed": [], "asked_of_me": [], "waiting": []}
    resting = set()
    for one in sorted(found, key=lambda one: -one.at):
        key = leads.get(_other(one, learner), _other(one, learner))
        is_own = one.asker in learner.ids
        if one.state == "agreed" or (is_own and now < one.at + RESTS_US):
            resting.add(key)
        if key in people and (group := _group(one, is_own, now)):
            groups[group].append(_acquaintance(database, store, people[key], one.at, group))
    kept = {name: tuple({one.key: one for one in some}.values()) for name, some in groups.items()}
    return Introductions(**kept, resting=frozenset(resting))


def ask_to_meet(database: Database, store: Store, learner: Persona, other: PersonaId) -> None:
    """Ask another learner on behalf of one; agree where the other has asked already.

    Raise NotSuggestedError for one who does not agree to be suggested any more. Asking twice is asking once.
    """
    person = _person(database, store, other)
    between = find_introductions(database, store.id, learner.ids)
    own = [one for one in between if one.asked in person.ids and one.state != "not_now"]
    theirs = [one for one in between if one.asker in person.ids and one.state == "asked"]
    if theirs:
        answer(database, store, learner, person.id, agrees=True)
    elif not own or _now() >= own[0].at + RESTS_US:
        write_introduction(database, store.id, Introduction(learner.id, person.id, "asked", _now()))


def rest(database: Database, store: Store, learner: Persona, other: PersonaId) -> None:
    """Suggest somebody to a learner no more for a while; what both agreed to stays."""
    between = find_introductions(database, store.id, learner.ids)
    own = [one for one in between if one.asker in learner.ids and one.asked == other]
    if not any(one.state == "agreed" or _now() < one.at + RESTS_US for one in own):
        write_introduction(database, store.id, Introduction(learner.id, other, "not_now", _now()))


def answer(database: Database, store: Store, learner: Persona, asker: PersonaId, *, agrees: bool) -> None:
    """Agree to be introduced to somebody who asked, or not; an answer that comes too late changes nothing."""
    state: State = "agreed" if agrees else "declined"
    person = describe_personas(database, store.id, [asker]).get(asker)
    for one in person.ids if person else ():
        for own in learner.ids:
            answer_introduction(database, store.id, Introduction(one, own, state, _now()))


def end(database: Database, store: Store, learner: Persona, other: PersonaId) -> None:
    """Forget what is between a learner and another, in both directions.

    A request of the learner's own is withdrawn, and cannot be sent again for a while: the other may have declined it.
    """
    person = describe_personas(database, store.id, [other]).get(other)
    end_introductions(database, store.id, learner.ids, person.ids if person else [other])


def _now() -> int:
    return time.time_ns() // 1000


def _other(one: Introduction, learner: Persona) -> PersonaId:
    return one.asked if one.asker in learner.ids else one.asker


def _group(one: Introduction, is_own: bool, now: int) -> str:
    """Return where an introduction is shown; one that was declined waits like others, so that nobody is told."""
    if one.state == "agreed":
        return "agreed"
    if one.state in ("not_now", "withdrawn") or now >= one.at + WAITS_US:
        return ""
    if is_own:
        return "waiting"
    return "asked_of_me" if one.state == "asked" else ""


def _acquaintance(database: Database, store: Store, person: Persona, since: int, group: str) -> Acquaintance:
    if group == "waiting":
        shows = may_suggest(store, person) and store.permits("name", person.choice("name"))
        return Acquaintance(person.id, (person.name or "") if shows else "", "", since)
    settings = find_settings(database, store.id, person.ids) if group == "agreed" else OwnSettings()
    contact = contact_of(person, settings) if group == "agreed" else ""
    return Acquaintance(person.id, person.name or "", contact, since)


def _person(database: Database, store: Store, other: PersonaId) -> Persona:
    person = describe_personas(database, store.id, [other]).get(other)
    if person is None or not may_suggest(store, person):
        raise NotSuggestedError("This person is not suggested any more; choose somebody else.", path="person")
    return person
