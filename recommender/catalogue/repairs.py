"""What of a nugget is to be repaired: it has expired, or something that learners are matched by is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from recommender.catalogue.nuggets import Nugget
from schemas.catalogue import REPAIRS

_NEEDS: Mapping[str, Callable[[Nugget, int], bool]] = {
    "expired": lambda nugget, now: (
        nugget.ends_us <= now and nugget.starts is None
    ),  # an event that is over is in order
    "title": lambda nugget, _now: not nugget.titles,
    "language": lambda nugget, _now: not nugget.language,
    "level": lambda nugget, _now: not nugget.level,
    "skills": lambda nugget, _now: not nugget.skills,
}


def needs(nugget: Nugget, repair: str, now_us: int) -> bool:
    """Return whether a nugget needs a repair at a time (us); what is hidden needs none."""
    return not nugget.hidden and _NEEDS[repair](nugget, now_us)


def count_repairs(nuggets: Iterable[Nugget], now_us: int) -> dict[str, int]:
    """Return how many nuggets need each repair."""
    counts = dict.fromkeys(REPAIRS, 0)
    for nugget in nuggets:
        for repair in REPAIRS:
            counts[repair] += needs(nugget, repair, now_us)
    return counts
