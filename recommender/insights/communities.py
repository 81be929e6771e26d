"""Communities that people join, how many of the members are active, and who came to the events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.insights.counting import Asked
from recommender.insights.floors import Labels, Tallies, Tally
from recommender.interactions.memberships import AGREED, CAME, DECLINED, JOINED, LEFT, MEMBERSHIP
from recommender.storage.acts_in_time import iterate_acts
from recommender.storage.insights import day_of, find_undone
from recommender.storage.interactions import InteractionRow
from recommender.storage.vocabulary import find_vocabulary


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said on a day: of a community, or of an event in communities (`places`: the event first)."""

    person: PersonaId
    verb: str
    day: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gatherings:
    """What was said of communities and events, in the order of time, and who acted in which community on which day.

    A community is a group that somebody joined.
    """

    said: tuple[Said, ...]
    acts: frozenset[tuple[PersonaId, str, int]]


def read_gatherings(database: Database, store: StoreId, since_us: int, until_us: int) -> Gatherings:
    """Read who joined and left whenever that was, and the events and acts of a span of time."""
    undone = find_undone(database, store)

    def read(verbs: Iterable[str], since: int) -> Iterator[InteractionRow]:
        rows = iterate_acts(database, store, sorted(verbs), since, until_us)
        return (
            row
            for row in rows
            if not row.private and row.within and (row.learner, row.statement_id) not in undone
        )

    told = [row for row in read((JOINED, LEFT), 0) if row.kind == MEMBERSHIP]
    told += [row for row in read((CAME, AGREED, DECLINED), since_us) if row.kind == MEMBERSHIP]
    told.sort(key=lambda row: (row.at, row.statement_id))
    communities = {row.within[0] for row in told if row.verb == JOINED}
    verbs = find_vocabulary(database, store).verbs.values()
    social = {one.canonical for one in verbs if one.kind == "social" and one.strength > 0}
    acts = frozenset(
        (row.learner, place, day_of(row.at))
        for row in read(social, since_us)
        if row.strength > 0
        for place in communities.intersection(row.within)
    )
    said = (Said(row.learner, row.verb, day_of(row.at), tuple(row.within)) for row in told)
    return Gatherings(tuple(said), acts)


def communities(asked: Asked, found: Gatherings, now: int) -> Tallies:
    """Count the members of each community at the end of the window, the active ones, and who came to events."""
    members, active = _members(asked, found)
    agreed, came = _events(asked, found)
    tallies: dict[Labels, dict[str, Tally]] = {
        (): _tallies(_union(members), _union(active), _union(agreed), _union(came))
    }
    for place, people in members.items():
        tallies[place,] = _tallies(people, active[place], agreed[place], came[place])
    return tallies


People = Mapping[str, set[int]]


def _members(asked: Asked, found: Gatherings) -> tuple[People, People]:
    """Return the members of each community, and those of them who acted in it in the window.

    Those who acted without ever joining or leaving are members too.
    """
    last: dict[tuple[str, int], str] = {}
    for place, person, one in _of_people(asked, found.said):
        if one.verb in (JOINED, LEFT) and one.day < asked.until:
            last[place, person] = one.verb
    members: dict[str, set[int]] = defaultdict(set)
    active: dict[str, set[int]] = defaultdict(set)
    for (place, person), verb in last.items():
        if verb == JOINED:
            members[place].add(person)
    positions = _positions(asked)
    for persona, place, day in found.acts:
        person = positions.get(persona, -1)
        if person >= 0 and asked.since <= day < asked.until and last.get((place, person)) != LEFT:
            active[place].add(person)
    for place, people in active.items():
        members[place] |= people
    return members, active


def _events(asked: Asked, found: Gatherings) -> tuple[People, People]:
    """Return by community, and for events in none (""), who came or said yes in the window, and who came."""
    answers: dict[tuple[str, int], tuple[str, Said]] = {}
    for event, person, one in _of_people(asked, found.said):
        is_answer = one.verb in (CAME, AGREED, DECLINED) and asked.since <= one.day < asked.until
        before = answers.get((event, person))
        if is_answer and not (before and before[0] == CAME):
            answers[event, person] = one.verb, one
    agreed: dict[str, set[int]] = defaultdict(set)
    came: dict[str, set[int]] = defaultdict(set)
    for (_, person), (verb, one) in answers.items():
        for place in one.places[1:] or ("",):
            if verb != DECLINED:
                agreed[place].add(person)
            if verb == CAME:
                came[place].add(person)
    return agreed, came


def _of_people(asked: Asked, said: Iterable[Said]) -> Iterator[tuple[str, int, Said]]:
    """Yield what was said by those who are counted, with its first place and the position of the person."""
    positions = _positions(asked)
    for one in said:
        person = positions.get(one.person)
        if person is not None:
            yield one.places[0], person, one


def _positions(asked: Asked) -> Mapping[PersonaId, int]:
    """Return the positions of those who are counted."""
    persons = asked.organisation.persons()
    return {persons[at]: at for at in range(len(persons)) if asked.counted[at]}


def _union(people: People) -> set[int]:
    return set().union(*people.values())


def _tallies(members: set[int], active: set[int], agreed: set[int], came: set[int]) -> dict[str, Tally]:
    return {
        "active": Tally(len(active), len(members)),
        "members": Tally(len(members)),
        "attended": Tally(len(came), len(agreed)),
    }
