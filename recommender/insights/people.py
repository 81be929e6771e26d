"""Lists of people beside figures: of those alone who agreed to be seen on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lrs.personas import Agreeing, PersonaId
from recommender.insights.counting import Asked
from recommender.insights.networks import find_alone
from recommender.insights.skills import find_considered, had_before, is_ready
from schemas.consents import Kind

PERSON = "person"
"""The split of a question that asks for a list of people."""


@dataclass(frozen=True, slots=True)
class Listed:
    """To whom people agree by which `kind` of consent, and how those asked for are found."""

    kind: Kind
    find: Callable[[Asked], Sequence[int]]


def _ready(asked: Asked) -> Sequence[int]:
    """Return those of the headcount who agreed to be considered and have nearly all that a role wants (positions)."""
    wanted = asked.organisation.roles.get(asked.filters["role"])
    if wanted is None or not wanted.skills:
        return []
    people = find_considered(asked)
    found: list[int] = people[is_ready(wanted, had_before(asked.organisation, asked.until), people)].tolist()
    return found


def _alone(asked: Asked) -> Sequence[int]:
    found: list[int] = find_alone(asked).tolist()
    return found


LISTS: Mapping[str, Listed] = {
    "newcomers-without-links": Listed("managers", _alone),
    "readiness": Listed("roles", _ready),
}
"""The lists by the figures whose people they name."""


def find_listed(asked: Asked, agreeing: Agreeing) -> tuple[PersonaId, ...]:
    """Return the people of a list who agree to be on it."""
    names = asked.organisation.persons()
    found = (names[one] for one in LISTS[asked.figure.name].find(asked))
    return tuple(one for one in found if one in agreeing)
