"""Searches in vain: terms that found nothing, or after which nobody opened anything."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lrs.personas import PersonaId, find_leads
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from recommender.insights.counting import Asked
from recommender.insights.floors import Tallies, Tally
from recommender.storage.acts_in_time import iterate_times
from recommender.storage.insights import day_of
from recommender.storage.searches import SearchMade, iterate_searches
from schemas.floors import FLOOR

HOUR_US = 3_600_000_000
LEARNERS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Searched:
    """A search: who, for which term, on which day, whether anything was found, and opened within an hour."""

    persona: PersonaId
    term: str
    day: int
    found: bool
    opened: bool


def read_searched(database: Database, store: StoreId, since_us: int, until_us: int) -> tuple[Searched, ...]:
    """Return the searches of a span of time, with what came of them."""
    made = list(iterate_searches(database, store, since_us, until_us))
    people = sorted({one.persona for one in made})
    leads = find_leads(database, store, people)
    acts: dict[PersonaId, list[int]] = defaultdict(list)
    for some in in_chunks(sorted({leads.get(one, one) for one in people}), LEARNERS_AT_ONCE):
        for persona, at in iterate_times(database, store, some, since_us, until_us + HOUR_US):
            acts[persona].append(at)
    for times in acts.values():
        times.sort()
    return tuple(judge(one, leads.get(one.persona, one.persona), acts) for one in made)


def judge(made: SearchMade, persona: PersonaId, acts: Mapping[PersonaId, Sequence[int]]) -> Searched:
    """Return a search with whether the learner did anything with a nugget within an hour; times in order."""
    times = acts.get(persona, ())
    following = bisect_left(times, made.at)
    opened = following < len(times) and times[following] - made.at <= HOUR_US
    return Searched(persona, made.term, day_of(made.at), made.found, opened)


def searches_in_vain(asked: Asked, searches: Iterable[Searched], now: int) -> Tallies:
    """Count the searches of each term that at least five people used: all, without a hit, and without an opening.

    There is no total: beside it the terms that are told would tell of the others.
    """
    index, size = asked.organisation.people.index, len(asked.counted)
    by_term: dict[str, list[Searched]] = defaultdict(list)
    for one in searches:
        place = index.get(one.persona, -1)
        if 0 <= place < size and asked.counted[place] and asked.since <= one.day < asked.until:
            by_term[one.term].append(one)
    return {
        (term,): _of_term(some)
        for term, some in by_term.items()
        if len({one.persona for one in some}) >= FLOOR
    }


def _of_term(searches: Sequence[Searched]) -> dict[str, Tally]:
    people = {one.persona for one in searches}
    found = {"people": Tally(len(people))}
    for name, some in (
        ("without_hit", [one for one in searches if not one.found]),
        ("without_click", [one for one in searches if not one.opened]),
    ):
        found[name] = Tally(len({one.persona for one in some}), len(people), len(some), len(searches))
    return found
