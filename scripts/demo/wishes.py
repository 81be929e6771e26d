"""What people of the demo wish for on their pages: help with a nugget; and the events that are to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from scripts.demo.catalogue import SITE
from scripts.demo.communities import build_meetings
from scripts.demo.organisation import Organisation

EVENTS = f"{SITE}/events/"
ASKED_FOR_HELP = "https://learnerprise.org/xapi/verbs/asked-for-help"
ASKING_ONE_IN = 60
_COMING: tuple[tuple[str, int, str, Mapping[str, str]], ...] = (
    (
        "safety-day",
        -2,
        "PT6H",
        {
            "en": "Safety day",
            "ca": "Jornada de seguretat",
            "es": "Jornada de seguridad",
            "de": "Tag der Sicherheit",
            "fr": "Journée de la sécurité",
        },
    ),
    (
        "data-breakfast",
        5,
        "PT1H",
        {
            "en": "Data breakfast",
            "ca": "Esmorzar de dades",
            "es": "Desayuno de datos",
            "de": "Datenfrühstück",
            "fr": "Petit-déjeuner des données",
        },
    ),
    (
        "open-workshop",
        19,
        "PT3H",
        {
            "en": "Open workshop: repair it together",
            "ca": "Taller obert: ho reparem plegats",
            "es": "Taller abierto: lo reparamos juntos",
            "de": "Offene Werkstatt: gemeinsam reparieren",
            "fr": "Atelier ouvert : réparons ensemble",
        },
    ),
)


def events(now: datetime) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the ids of events around a time, each with what is entered of it."""
    for name, days, duration, titles in _COMING:
        starts = (now + timedelta(days=days)).replace(hour=9, minute=0, second=0, microsecond=0)
        values = {"starts": starts.isoformat(), "duration": duration, "modality": "social"}
        yield EVENTS + name, {"title": dict(titles), **values}
    for meeting in build_meetings(now):
        yield (
            meeting.place.id,
            {
                "title": dict(meeting.place.names),
                "starts": meeting.starts.isoformat(),
                "duration": "PT1H",
                "modality": "social",
                "skills": [meeting.community.skill],
            },
        )


def help_wanted(organisation: Organisation) -> list[Mapping[str, Any]]:
    """Return the Statements by which some learners ask for help with a nugget."""
    nuggets = organisation.catalogue.nuggets
    return [
        {
            "actor": learner.agent,
            "verb": {"id": ASKED_FOR_HELP, "display": {"en": "asked for help"}},
            "object": {"id": nuggets[number % len(nuggets)].id},
        }
        for number, learner in enumerate(organisation.learners[::ASKING_ONE_IN])
    ]
