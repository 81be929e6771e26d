"""Says why a list is empty, and which goals nothing leads to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from recommender.messages import language_name, say
from recommender.serving.nuggets.candidates import are_readable
from recommender.serving.nuggets.explanations import Reader
from recommender.serving.nuggets.filters import filter_mask
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.nuggets.skill_gaps import Want, teaching
from schemas.recommendations import NuggetFilters, NuggetQuery

Array = np.ndarray[Any, np.dtype[Any]]
MOST_NAMED = 5


def say_what_is_missing(
    scored: ScoredCatalogue, query: NuggetQuery, reader: Reader, *, is_empty: bool
) -> str:
    """Return the sentences for the first page of an answer; empty where there is nothing to say."""
    if query.shelf:
        return say(reader.language, f"empty.shelf.{query.shelf}") if is_empty else ""
    found = [*_why_empty(scored, query, reader)] if is_empty else []
    if query.filters == NuggetFilters():
        found += _goals_without_nuggets(scored, reader)
    return ". ".join(found)


def _why_empty(scored: ScoredCatalogue, query: NuggetQuery, reader: Reader) -> Iterator[str]:
    columns, candidates = scored.snapshot.columns, scored.candidates
    opened = scored.snapshot.is_open(time.time_ns() // 1000)
    foreign = opened & ~candidates.done & ~are_readable(columns, scored.learner)
    fits = filter_mask(columns, query.filters)
    if not opened.any():
        yield say(reader.language, "empty.nothing")
    elif candidates.ready.any():
        yield _nothing_fits(query, reader)
    elif foreign.any():
        yield say(reader.language, "empty.unreadable")
    elif candidates.done[opened].all():
        yield say(reader.language, "empty.done")
    else:
        yield say(reader.language, "empty.waiting")
    if (foreign & fits).any():
        codes = dict.fromkeys(columns.nuggets[one].language for one in np.flatnonzero(foreign & fits))
        names = sorted(language_name(reader.language, code) for code in codes)[:MOST_NAMED]
        yield say(reader.language, "empty.language", languages=", ".join(names))


def _nothing_fits(query: NuggetQuery, reader: Reader) -> str:
    """Name the only filter where it is a number of minutes or a skill; say of others that they leave nothing."""
    minutes, skill = query.filters.max_minutes, query.filters.skill
    if minutes is not None and query.filters == NuggetFilters(max_minutes=minutes):
        return say(reader.language, "empty.minutes", count=minutes)
    if skill and query.filters == NuggetFilters(skill=skill):
        return say(reader.language, "empty.skill", skill=reader.named(skill))
    return say(reader.language, "empty.filters")


def _goals_without_nuggets(scored: ScoredCatalogue, reader: Reader) -> list[str]:
    """Say which skills of the learner's goals nothing teaches; a goal that something leads to is not named."""
    wants = [want for want in scored.wants.values() if want.goal]
    met = {want.goal for want in wants if _is_taught(scored, want)}
    missing = [want for want in wants if want.goal not in met]
    found = []
    for key, begun in (("path.not_taught", False), ("path.no_further", True)):
        skills = [reader.named(want.skill) for want in missing if bool(want.had) is begun][:MOST_NAMED]
        if skills:
            found.append(say(reader.language, key, skills=", ".join(skills)))
    return found


def _is_taught(scored: ScoredCatalogue, want: Want) -> bool:
    return bool(scored.candidates.eligible[teaching(scored.snapshot.columns, want)].any())
