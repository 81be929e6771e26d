"""Cards: a nugget as learners see it, with its facts in their words and an address that is safe to open."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from pages.texts import area_texts, language, minute, text
from recommender.catalogue.nuggets import Nugget
from recommender.messages import language_name
from recommender.serving.peers.contacts import is_web_address
from recommender.vocabulary.extensions import primary_language

MINUTE_S, HOUR_MIN = 60, 60
AREA = "learner"


@dataclass(frozen=True, slots=True)
class Card:
    """A nugget on a page; `title` is in `title_language`, both empty where it has none, as has what cannot be opened.

    `kind` names its format, else its modality. `progress` (0 to 1) is None if unknown. Nobody is named for
    what they did with one that `is_private`.
    """

    activity: str
    title: str
    title_language: str
    address: str
    modality: str
    kind: str
    facts: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    progress: float | None = None
    minutes: int | None = None
    is_private: bool = False

    @property
    def minutes_left(self) -> int | None:
        """Return how many minutes are left by the progress, None if nothing is known."""
        if self.minutes is None or self.progress is None:
            return None
        return max(1, ceil(self.minutes * (1 - self.progress)))


def card_of(nugget: Nugget, reasons: tuple[str, ...] = (), progress: float | None = None) -> Card:
    """Return the card of a nugget in the language of the request."""
    title, spoken = titled(nugget)
    minutes = None if nugget.duration_s is None else max(1, round(nugget.duration_s / MINUTE_S))
    address = next((one for one in (nugget.url, nugget.id) if is_web_address(one)), "")
    facts = (
        "" if nugget.starts is None else minute(nugget.starts),
        language_name(language(), nugget.language).capitalize() if nugget.language else "",
        named("level", nugget.level),
        "" if minutes is None else duration(minutes),
    )
    kind = named("format", nugget.format) or named("modality", nugget.modality)
    shown = tuple(filter(None, facts))
    return Card(nugget.id, title, spoken, address, nugget.modality, kind, shown, reasons, progress, minutes)


def titled(nugget: Nugget) -> tuple[str, str]:
    """Return the title of a nugget for the reader, and its language; without any, that it has none."""
    title = nugget.title(language())
    if not title:
        return text("learner.untitled"), language()
    spoken = next((tag for tag, one in nugget.titles.items() if one == title), nugget.language)
    return title, "" if primary_language(spoken) == language() else spoken


def named(group: str, value: str) -> str:
    """Return how a format, level or modality is called; one that has no text here as it was entered."""
    key = f"{group}_{value.replace(' ', '_').replace('-', '_')}"
    return text(f"{AREA}.{key}") if key in area_texts(AREA) else value.capitalize()


def duration(minutes: int) -> str:
    """Return a duration as people say it: minutes, or hours and minutes."""
    hours, rest = divmod(minutes, HOUR_MIN)
    if not hours:
        return text("learner.minutes", count=minutes)
    return (
        text("learner.hours_minutes", hours=hours, rest=rest) if rest else text("learner.hours", hours=hours)
    )
