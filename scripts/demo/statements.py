"""Behaviour as xAPI 1.0.3 Statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from scripts.demo import vocabulary as words
from scripts.demo.activity import simulate
from scripts.demo.acts import Act, Outcome, Place
from scripts.demo.catalogue import SITE, Catalogue, Nugget
from scripts.demo.definitions import build_definition, build_definitions, search_engine
from scripts.demo.organisation import Learner, Organisation, build_organisation
from scripts.demo.rhythm import build_period, moment_of


def generate_statements(
    seed: int = 2026, learners: int = 300, months: int = 6, *, until: datetime
) -> Iterator[dict[str, Any]]:
    """Statements of the demo organisation up to `until`, ordered by time; equal arguments give equal ones.

    Parts that Statements have in common (Agents, definitions) are shared objects: copy before changing.
    """
    period = build_period(until, months)
    organisation = build_organisation(seed, learners)
    acts = simulate(organisation, seed, period)
    name = f"demo/{seed}/{learners}/{months}/{moment_of(period.end)}"
    yield from write_statements(organisation, acts, name)


def write_statements(organisation: Organisation, acts: list[Act], name: str) -> Iterator[dict[str, Any]]:
    """Statements of acts; the same acts under the same name have the same ids."""
    yield from _Writer(organisation, uuid5(NAMESPACE_URL, f"{SITE}/{name}")).write(acts)


class _Writer:
    """Turns acts into Statements, building what they share once."""

    def __init__(self, organisation: Organisation, namespace: UUID) -> None:
        self._namespace = namespace
        self._catalogue: Catalogue = organisation.catalogue
        self._activities = build_definitions(organisation.catalogue)
        self._agents = {learner.account: learner.agent for learner in organisation.learners}
        self._groups = {team.key: team.group for team in organisation.teams}
        self._verbs = {key: _verb(key) for key in words.VERBS}
        self._ids: dict[int, str] = {}

    def write(self, acts: list[Act]) -> Iterator[dict[str, Any]]:
        """One Statement for each act."""
        for number, act in enumerate(acts):
            self._ids[id(act)] = str(uuid5(self._namespace, str(number)))
            yield self._statement(act)

    def _statement(self, act: Act) -> dict[str, Any]:
        statement: dict[str, Any] = {
            "id": self._ids[id(act)],
            "actor": self._agents[act.actor.account],
            "verb": self._verbs[act.verb],
            "object": self._object(act),
        }
        if act.outcome is not None:
            statement["result"] = _result(act.outcome)
        if act.verb != "voided":
            statement["context"] = self._context(act)
        statement["timestamp"] = moment_of(act.at)
        return statement

    def _object(self, act: Act) -> dict[str, Any]:
        if isinstance(act.target, Nugget):
            return self._activities.get(act.target.id) or build_definition(act.target, self._catalogue)
        if isinstance(act.target, Place):
            return _place(act.target)
        if isinstance(act.target, Learner):
            return self._agents[act.target.account]
        if isinstance(act.target, Act):
            return {"objectType": "StatementRef", "id": self._ids[id(act.target)]}
        return search_engine()

    def _context(self, act: Act) -> dict[str, Any]:
        context: dict[str, Any] = {"registration": act.registration} if act.registration else {}
        context["team"] = self._groups[act.actor.team.key]
        if not isinstance(act.target, Learner):
            context["platform"] = _platform(act)
        context["language"] = act.actor.language
        related = self._related(act)
        if related:
            context["contextActivities"] = related
        context["extensions"] = self._extensions(act)
        return context

    def _related(self, act: Act) -> dict[str, Any]:
        """The course of a unit, the community, the player events' profile, the nugget that brought people together."""
        related: dict[str, Any] = {}
        if isinstance(act.target, Nugget) and act.target.course:
            related["parent"] = [self._activities[act.target.course]]
            related["grouping"] = [{"objectType": "Activity", "id": act.target.course}]
        if act.place:
            related["grouping"] = [_place(act.place)]
        if act.session:
            related["category"] = [{"objectType": "Activity", "id": words.VIDEO_PROFILE}]
        if act.about:
            related["other"] = [self._activities[act.about.id]]
        return related

    def _extensions(self, act: Act) -> dict[str, Any]:
        extensions: dict[str, Any] = {words.ROLE: act.actor.role.name, words.SKILLS: list(act.actor.skills)}
        if act.session and isinstance(act.target, Nugget):
            extensions[words.VIDEO_EXTENSIONS + "session-id"] = act.session
            extensions[words.VIDEO_EXTENSIONS + "length"] = act.target.minutes * 60
        if act.addressed_to:
            extensions[words.ADDRESSED_TO] = self._agents[act.addressed_to.account]
        return extensions


def _verb(key: str) -> dict[str, Any]:
    iri, english, spanish = words.VERBS[key]
    return {"id": iri, "display": {"en": english, "es": spanish}}


def _place(place: Place) -> dict[str, Any]:
    definition = {"type": place.kind, "name": dict(place.names)}
    return {"objectType": "Activity", "id": place.id, "definition": definition}


def _platform(act: Act) -> str:
    if act.place or isinstance(act.target, Place):
        return "Tramuntana Communities"
    return (
        words.FORMATS[act.target.format].platform if isinstance(act.target, Nugget) else "Tramuntana Academy"
    )


def _result(outcome: Outcome) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if outcome.score is not None:
        scaled = round(outcome.score / 100, 2)
        result["score"] = {"scaled": scaled, "raw": outcome.score, "min": 0, "max": 100}
    for key, value in (("success", outcome.success), ("completion", outcome.completed)):
        if value is not None:
            result[key] = value
    if outcome.response is not None:
        result["response"] = outcome.response
    if outcome.seconds is not None:
        result["duration"] = duration_of(outcome.seconds)
    extensions = _player_extensions(outcome)
    if extensions:
        result["extensions"] = extensions
    return result


def _player_extensions(outcome: Outcome) -> dict[str, Any]:
    """Position, progress and what was played, in the words of the xAPI video profile."""
    extensions: dict[str, Any] = {}
    if outcome.played is not None:
        start, stop = outcome.played
        extensions[words.VIDEO_EXTENSIONS + "time"] = stop
        if stop > start:
            extensions[words.VIDEO_EXTENSIONS + "played-segments"] = f"{start:g}[.]{stop:g}"
    if outcome.progress is not None:
        extensions[words.VIDEO_EXTENSIONS + "progress"] = outcome.progress
    return extensions


def duration_of(seconds: float) -> str:
    """The seconds as an ISO 8601 duration, such as PT12M or PT1M30.5S."""
    minutes, rest = divmod(round(seconds * 100), 6000)
    spare = f"{rest / 100:g}S" if rest or not minutes else ""
    return f"PT{minutes}M{spare}" if minutes else f"PT{spare}"
