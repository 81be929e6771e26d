"""People who agreed to be named to those who look after others; asked anew at each look, as anybody may withdraw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from lrs.auth.stores import Store
from lrs.personas import Persona, PersonaId, describe_personas
from lrs.storage.chunks import in_chunks
from recommender.insights.asking import Insights
from recommender.insights.figures import MONTH
from recommender.insights.networks import find_alone
from recommender.insights.skills import find_considered, had_before, is_ready
from recommender.insights.waiting import asked_now
from schemas.consents import Kind


def find_newcomers(insights: Insights, store: Store, limit: int) -> list[Persona]:
    """Return the newest people without a link who agreed to be seen by community managers, in alphabetical order."""
    asked, agreeing = asked_now(insights, store, "newcomers-without-links", MONTH), insights.agreeing
    key = ("alone", asked.until, agreeing.find(store.id))
    alone = asked.organisation.keep(key, lambda: find_alone(asked))
    seen, names = insights.seen_by_managers.find(store.id), asked.organisation.persons()
    chosen = [names[one] for one in alone.tolist() if names[one] in seen]
    return _in_order(islice(_named(insights, store, "managers", chosen), limit))


def find_ready(insights: Insights, store: Store, role: str, limit: int) -> list[Persona]:
    """Return people who agreed to be considered for roles and have nearly all that a role wants, alphabetically.

    What they have is what they stated or completed; no model is asked, and nobody gets a score.
    """
    asked = asked_now(insights, store, "readiness", MONTH)
    wanted = asked.organisation.roles.get(role)
    if wanted is None or not wanted.skills:
        return []
    people, names = find_considered(asked), asked.organisation.persons()
    ready = people[is_ready(wanted, had_before(asked.organisation, asked.until), people)]
    return _in_order(_named(insights, store, "roles", [names[one] for one in ready.tolist()]))[:limit]


def find_roles(insights: Insights, store: Store) -> list[str]:
    """Return the names of the roles that want skills."""
    roles = insights.organisations.find(store.id).roles
    return sorted(name for name, role in roles.items() if role.skills)


def _named(insights: Insights, store: Store, kind: Kind, personas: Sequence[PersonaId]) -> Iterator[Persona]:
    """Yield those who agree at this moment and whose name is known."""
    for some in in_chunks(personas):
        found = describe_personas(insights.database, store.id, some)
        people = (found[one] for one in some if one in found)
        yield from (one for one in people if one.name and store.permits(kind, one.choice(kind)))


def _in_order(people: Iterator[Persona]) -> list[Persona]:
    return sorted(people, key=lambda one: ((one.name or "").casefold(), one.id))
