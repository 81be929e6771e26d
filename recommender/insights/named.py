"""People who agreed to be named to those who look after others; asked anew at each look, as anybody may withdraw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from lrs.auth.stores import Store
from lrs.personas import Persona, PersonaId, describe_personas
from lrs.storage.chunks import in_chunks
from recommender.catalogue.roles import find_roles
from recommender.insights.asking import Insights
from recommender.insights.figures import MONTH
from schemas.consents import Kind


def find_newcomers(insights: Insights, store: Store, limit: int) -> list[Persona]:
    """Return the newest people without a link who agreed to be seen by community managers, in alphabetical order."""
    chosen = insights.find_people(store, "newcomers-without-links", MONTH, {})
    return _in_order(islice(_named(insights, store, "managers", chosen), limit))


def find_ready(insights: Insights, store: Store, role: str, limit: int) -> list[Persona]:
    """Return people who agreed to be considered for roles and have nearly all that a role wants, alphabetically.

    What they have is what they stated or completed; no model is asked, and nobody gets a score.
    """
    ready = insights.find_people(store, "readiness", MONTH, {"role": role})
    return _in_order(_named(insights, store, "roles", ready))[:limit]


def find_wanting_roles(insights: Insights, store: Store) -> list[str]:
    """Return the names of the roles that want skills."""
    return sorted(name for name, role in find_roles(insights.database, store.id).items() if role.skills)


def _named(insights: Insights, store: Store, kind: Kind, personas: Sequence[PersonaId]) -> Iterator[Persona]:
    """Yield those who agree at this moment and whose name is known."""
    for some in in_chunks(personas):
        found = describe_personas(insights.database, store.id, some)
        people = (found[one] for one in some if one in found)
        yield from (one for one in people if one.name and store.permits(kind, one.choice(kind)))


def _in_order(people: Iterator[Persona]) -> list[Persona]:
    return sorted(people, key=lambda one: ((one.name or "").casefold(), one.id))
