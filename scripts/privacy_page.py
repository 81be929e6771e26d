"""The tables of docs/privacy.md that say what is held of people: made from the declarations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from lrs.privacy.declarations import ELSEWHERE
from lrs.storage.personal_data import PartOf, PersonalData
from recommender.privacy.declarations import EVERYTHING

PAGE = Path(__file__).resolve().parent.parent / "docs" / "privacy.md"
_MADE = re.compile("(?<=<!-- made from the declarations -->\n).*?(?=<!-- end -->)", re.DOTALL)


def page_text() -> str:
    """Return the page with today's declarations."""
    return _MADE.sub(lambda found: _tables(), PAGE.read_text(encoding="utf-8"))


def _tables() -> str:
    held = [one for one in EVERYTHING if isinstance(one, PersonalData)]
    collections = [(_names(one), one.why, one.kept) for one in held]
    places = [(one.place, one.why, one.kept) for one in ELSEWHERE]
    elsewhere = _table(("outside the database", "what, and why", "kept"), places)
    return f"\n{_table(('in', 'what, and why', 'kept'), collections)}\n{elsewhere}\n"


def _names(held: PersonalData) -> str:
    parts = [one.collection for one in EVERYTHING if isinstance(one, PartOf) and one.whole == held.collection]
    return ", ".join(f"`{name}`" for name in (held.collection, *parts))


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
