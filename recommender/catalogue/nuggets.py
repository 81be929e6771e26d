"""A nugget: read from the definition of an Activity, and written as one again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from recommender.catalogue.durations import format_duration, parse_duration
from recommender.vocabulary.extensions import (
    ATTEMPTS,
    DURATION,
    FORMAT,
    LANGUAGE,
    LEVEL,
    LONGEST_TEXT,
    MASTERY,
    MODALITY,
    MOST_TEXTS,
    OWNER,
    POSITION,
    PREREQUISITES,
    SKILLS,
    STARTS,
    VALID_UNTIL,
    WITHIN,
    is_kept_id,
    plain_text,
    plain_texts,
    primary_language,
)
from schemas.catalogue import MODALITIES, MOST_ATTEMPTS, MOST_POSITION
from schemas.errors import InvalidInputError
from schemas.timestamps import format_timestamp, parse_timestamp

FOR_EVER = 2**63 - 1
"""A time (us) that never comes."""
SECOND_US, DAY_US = 1_000_000, 86_400_000_000
OVER_US = 14 * DAY_US
"""How long after an event people say that they were there."""


LONGEST_TITLE, LONGEST_DESCRIPTION = 500, 2_000
"""Of what a definition says; every process keeps the texts of all nuggets in memory."""


@dataclass(frozen=True, slots=True)
class Nugget:
    """A learning nugget: what the catalogue knows of one Activity.

    `titles` and `descriptions` are by language tag, `language` is without a region (`en`), `prerequisites` are the ids
    of nuggets to be completed before, an event `starts`, `valid_until` ends it (us); unknown texts are empty. `within`
    is the id of the course or path that the nugget is a step of, `position` its number there; `mastery` (0 to 1) is the
    score from which it is passed, in so many `attempts`. `managed` is true if people entered values, false if all were
    harvested from Statements. Nobody is named to others for what they did with a `private` one. `born` is when (us) it
    came into the catalogue, 0 if unknown.
    """

    id: str
    titles: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    format: str = ""
    modality: str = ""
    duration_s: int | None = None
    level: str = ""
    language: str = ""
    skills: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    url: str = ""
    owner: str = ""
    starts: int | None = None
    valid_until: int | None = None
    hidden: bool = False
    private: bool = False
    type: str = ""
    within: str = ""
    position: int | None = None
    mastery: float | None = None
    attempts: int | None = None
    managed: bool = False
    born: int = 0

    def title(self, language: str = "") -> str:
        """Return the title in a language, else in the nugget's own, else in English, else any; it may be empty."""
        for wanted in (language, self.language, "en"):
            for tag, title in self.titles.items():
                if wanted and primary_language(tag) == primary_language(wanted):
                    return title
        return next(iter(self.titles.values()), "")

    def is_open(self, now_us: int) -> bool:
        """Return whether the nugget may be recommended at a time (us): titled, not hidden, not expired."""
        return self.closes_us > now_us

    def is_at_hand(self, now_us: int) -> bool:
        """Return whether pages may show the nugget: open, or an event that somebody may just have been at."""
        is_event = self.starts is not None and bool(self.titles)
        return self.is_open(now_us) or (is_event and self.ends_us > now_us - OVER_US)

    @property
    def closes_us(self) -> int:
        """Return the time (us) from which the nugget is not recommended: 0 if it never is."""
        return self.ends_us if self.titles else 0

    @property
    def ends_us(self) -> int:
        """Return the time (us) from which people want the nugget hidden: 0 if they always do; an event is over once."""
        if self.hidden:
            return 0
        if self.valid_until is None and self.starts is not None:
            return self.starts + (DAY_US if self.duration_s is None else self.duration_s * SECOND_US)
        return FOR_EVER if self.valid_until is None else self.valid_until


def harvest(activity_id: str, definition: Mapping[str, Any]) -> Nugget:
    """Read a nugget from the definition of an Activity; values that cannot be read are left out, long texts cut."""
    extensions = _mapping(definition.get("extensions"))
    titles = {
        tag: text
        for tag, text in _texts(definition.get("name"), LONGEST_TITLE).items()
        if text != activity_id
    }
    modality = plain_text(extensions.get(MODALITY))
    return Nugget(
        id=activity_id,
        titles=titles,
        descriptions=_texts(definition.get("description"), LONGEST_DESCRIPTION),
        format=plain_text(extensions.get(FORMAT)),
        modality=modality if modality in MODALITIES else "",
        duration_s=parse_duration(_text(extensions.get(DURATION))),
        level=plain_text(extensions.get(LEVEL)),
        language=_language(plain_text(extensions.get(LANGUAGE)), titles),
        skills=tuple(plain_texts(extensions.get(SKILLS))),
        prerequisites=_ids(extensions.get(PREREQUISITES)),
        url=_id(definition.get("moreInfo")),
        owner=_text(extensions.get(OWNER))[:LONGEST_TEXT],
        starts=_moment(extensions.get(STARTS)),
        valid_until=_moment(extensions.get(VALID_UNTIL)),
        type=_id(definition.get("type")),
        within=_id(extensions.get(WITHIN)),
        position=_whole(extensions.get(POSITION), MOST_POSITION),
        mastery=_share(extensions.get(MASTERY)),
        attempts=_whole(extensions.get(ATTEMPTS), MOST_ATTEMPTS),
    )


def definition_of(nugget: Nugget) -> dict[str, Any]:
    """Return the Activity definition of a nugget for answers; unknown properties are left out."""
    duration = None if nugget.duration_s is None else format_duration(nugget.duration_s)
    starts, until = (
        None if one is None else format_timestamp(one) for one in (nugget.starts, nugget.valid_until)
    )
    extensions = {
        FORMAT: nugget.format,
        MODALITY: nugget.modality,
        DURATION: duration,
        LEVEL: nugget.level,
        LANGUAGE: nugget.language,
        SKILLS: list(nugget.skills),
        PREREQUISITES: list(nugget.prerequisites),
        OWNER: nugget.owner,
        STARTS: starts,
        VALID_UNTIL: until,
        WITHIN: nugget.within,
        POSITION: nugget.position,
        MASTERY: nugget.mastery,
        ATTEMPTS: nugget.attempts,
    }
    definition = {
        "name": dict(nugget.titles),
        "description": dict(nugget.descriptions),
        "type": nugget.type,
        "moreInfo": nugget.url,
        "extensions": {name: value for name, value in extensions.items() if value},
    }
    return {name: value for name, value in definition.items() if value}


def _language(stated: str, titles: Mapping[str, str]) -> str:
    """Return the language stated, else that of the only title."""
    return primary_language(stated or (next(iter(titles)) if len(titles) == 1 else ""))


def _texts(value: Any, longest: int) -> dict[str, str]:
    """Return texts by language, cut; the first 50 languages, without tags that are longer than any real one."""
    texts = {tag: text for tag, text in _mapping(value).items() if isinstance(text, str) and text.strip()}
    kept = [tag for tag in texts if len(tag) <= LONGEST_TEXT][:MOST_TEXTS]
    return {tag: texts[tag][:longest] for tag in kept}


def _ids(value: Any) -> tuple[str, ...]:
    ids = [one for one in value if is_kept_id(one)] if isinstance(value, list) else []
    return tuple(dict.fromkeys(ids))[:MOST_TEXTS]


def _id(value: Any) -> str:
    return str(value) if is_kept_id(value) else ""


def _moment(value: Any) -> int | None:
    try:
        return parse_timestamp(value) if isinstance(value, str) else None
    except InvalidInputError:
        return None


def _whole(value: Any, most: int) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 1 <= value <= most else None


def _share(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value <= 1 else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
