"""The offer of nuggets: what was never shown, what is twice there, what is coming in, formats and languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from lrs.storage.database import Database, StoreId
from recommender.catalogue.catalogue import find_nuggets, waiting_ids
from recommender.catalogue.meanings import ROWS_AT_ONCE, Meanings
from recommender.catalogue.nuggets import Nugget
from recommender.insights.counting import Asked, attribute, distinct
from recommender.insights.floors import Labels, Tallies, Tally, of_things
from recommender.insights.pairs import TOOK, pairs_of_window
from recommender.insights.shown import Shown, groups_of
from recommender.interactions.threads import find_lacking
from recommender.storage.harvested import find_harvested
from recommender.storage.insights import DAY_US

Array = np.ndarray[Any, np.dtype[Any]]
NEAR = 0.9
"""From this cosine on two titles say nearly the same."""
MOST_DOUBLES, MOST_WAITING, MOST_NEVER = 200, 200, 1_000


def never_shown(asked: Asked, shown: Shown, now: int) -> Tallies:
    """Count the open nuggets that were shown to nobody in the window, whoever was counted."""
    nuggets = [one for one in asked.organisation.nuggets.values() if one.is_open(now)]
    rows = shown.rows[(asked.since <= shown.rows["day"]) & (shown.rows["day"] < asked.until)]
    seen = {shown.targets[target] for target in np.unique(rows["target"])}
    left = [one.id for one in nuggets if one.id not in seen]
    total = {"never_shown": of_things(len(left), len(nuggets))}
    found: dict[Labels, dict[str, Tally]] = {(): total}
    if asked.by[0] == "nugget":
        return found | {(one,): {"never_shown": of_things(1)} for one in left[:MOST_NEVER]}
    counts, all_of = (
        _by_group(asked, names, asked.by[0]) for names in (left, [nugget.id for nugget in nuggets])
    )
    return found | {(label,): {"never_shown": of_things(counts[label], of)} for label, of in all_of.items()}


def _by_group(asked: Asked, names: Sequence[str], by: str) -> Counter[str]:
    found = groups_of(asked.organisation, names, by)
    return Counter(found.labels[code] for code in found.expand(np.arange(len(names)))[1])


def near_doubles(asked: Asked, pairs: Mapping[tuple[str, str], float], now: int) -> Tallies:
    """Tell the pairs of open nuggets whose titles say nearly the same, with the cosine."""
    return {names: {"cosine": of_things(value=cosine)} for names, cosine in pairs.items()}


def find_near_doubles(
    meanings: Meanings, nuggets: Mapping[str, Nugget], now: int
) -> dict[tuple[str, str], float]:
    """Return the pairs of open nuggets with a cosine of .9 and more, the nearest first, at most 200."""
    names = [name for name in meanings.rows if name in nuggets and nuggets[name].is_open(now)]
    vectors = meanings.of(names)
    found: list[tuple[float, int, int]] = []
    for start in range(0, len(names), ROWS_AT_ONCE):
        cosines = vectors[start : start + ROWS_AT_ONCE] @ vectors[start:].T
        first, second = np.nonzero(np.triu(cosines >= NEAR, k=1))
        found += zip(
            cosines[first, second].tolist(), (first + start).tolist(), (second + start).tolist(), strict=True
        )
    found.sort(key=lambda one: (-one[0], one[1:]))
    return {(names[first], names[second]): min(1.0, cosine) for cosine, first, second in found[:MOST_DOUBLES]}


def find_coming_in(database: Database, store: StoreId) -> tuple[str, ...]:
    """Return the posts that become nuggets once one more person values them, those used last first.

    Of the posts that wait, the 200 used last are looked at.
    """
    waiting = find_harvested(database, store, sorted(waiting_ids(database, store)))
    newest = sorted(waiting.values(), key=lambda one: (-one.touched, one.activity))[:MOST_WAITING]
    nuggets = find_nuggets(database, store, [one.activity for one in newest])
    posts = [one.activity for one in newest if not nuggets[one.activity].private]
    return tuple(one for one in posts if find_lacking(database, store, one) == 1)


def coming_in(asked: Asked, posts: Iterable[str], now: int) -> Tallies:
    """Tell the posts that lack one more person who values them."""
    named = list(posts)
    found: dict[Labels, dict[str, Tally]] = {(): {"waiting": of_things(len(named))}}
    return found | {(one,): {"waiting": of_things(1)} for one in named}


def formats_and_languages(asked: Asked) -> Tallies:
    """Count who reads each language, or takes each format, beside the share of the open nuggets in it."""
    now = (asked.until - 1) * DAY_US
    by, people = asked.by[0], asked.headcount()
    nuggets = [one for one in asked.organisation.nuggets.values() if one.is_open(now)]
    offered = Counter(getattr(one, by) for one in nuggets if getattr(one, by))
    wanted = _readers(asked, people) if by == "language" else _takers(asked, people)
    return {
        (label,): {
            "wanted": Tally(wanted.get(label, 0), len(people)),
            "offered": of_things(offered[label], len(nuggets)),
        }
        for label in sorted(wanted.keys() | offered.keys())
    }


def _readers(asked: Asked, people: Array) -> dict[str, int]:
    found = attribute(asked.organisation, "language")
    rows, codes = found.expand(people)
    return dict(zip(found.labels, distinct(codes, people[rows], len(found.labels)), strict=True))


def _takers(asked: Asked, people: Array) -> dict[str, int]:
    formats, pairs = attribute(asked.organisation, "format"), pairs_of_window(asked, among=people)
    counts = pairs.by_group(pairs.where(lambda words: words & TOOK != 0), formats)
    return dict(zip(formats.labels, counts, strict=True))
