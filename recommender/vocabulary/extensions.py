"""The extensions in which Statements and Activity definitions carry features."""

from __future__ import annotations

import re
from typing import Any

EXTENSIONS = "https://learnerprise.org/xapi/extensions/"
ROLE = EXTENSIONS + "role"
SKILLS = EXTENSIONS + "skills"
GOALS = EXTENSIONS + "goals"
FORMAT = EXTENSIONS + "format"
MODALITY = EXTENSIONS + "modality"
DURATION = EXTENSIONS + "duration"
LANGUAGE = EXTENSIONS + "language"
LEVEL = EXTENSIONS + "level"
PREREQUISITES = EXTENSIONS + "prerequisites"
OWNER = EXTENSIONS + "owner"
STARTS = EXTENSIONS + "starts"
VALID_UNTIL = EXTENSIONS + "valid-until"
WITHIN = EXTENSIONS + "within"
POSITION = EXTENSIONS + "position"
MASTERY = EXTENSIONS + "mastery"
ATTEMPTS = EXTENSIONS + "attempts"
ADDRESSED_TO = EXTENSIONS + "addressed-to"
LONGEST_TEXT = 200
_KEY_SIGN = re.compile(r"_+|(?<=[^\W_]{3})-(?=[^\W_]{3})")
LONGEST_ID = 2_000
"""Of an Activity or a person; the IRI of a real one is shorter, and each is kept many times."""
MOST_TEXTS = 50


def plain_text(value: Any) -> str:
    """Return a text trimmed, in lower case, and cut to 200 characters; anything but a text is empty."""
    return value.strip().lower()[:LONGEST_TEXT] if isinstance(value, str) else ""


def plain_texts(value: Any) -> list[str]:
    """Return the texts of a list, plain, without repeats, the first 50; anything but a list is empty."""
    texts = [plain_text(text) for text in value] if isinstance(value, list) else []
    return [text for text in dict.fromkeys(texts) if text][:MOST_TEXTS]


def search_term(value: Any) -> str:
    """Return what was searched for: plain, with single spaces, so that the same words are the same term."""
    return " ".join(plain_text(value).split())


def is_kept_id(value: Any) -> bool:
    """Tell whether a value is an id short enough to be kept."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID


def primary_language(tag: str) -> str:
    """Return the language of a tag without region or script (`en`); empty for an undetermined one."""
    language = tag.lower().split("-")[0]
    return "" if language == "und" else language


def skill_name(skill: str) -> str:
    """Return a skill as people say it: the last part of an address, any other name as it is."""
    if "://" not in skill:
        return skill
    return skill.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]


def spoken_skill(skill: str) -> str:
    """Return a skill as it stands in a sentence: the hyphens of a key are spaces, those of `e-learning` stay."""
    name = skill_name(skill)
    return name if " " in name else _KEY_SIGN.sub(" ", name)
