"""The entries that the demo organisation's people make by hand, as CSV: nuggets, roles, learners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from schemas.cells import LIST_SIGN
from schemas.json_text import dump_json
from schemas.tables import write_table
from scripts.demo.catalogue import Catalogue
from scripts.demo.organisation import Learner, Organisation, Role

_WANTED_LEVELS = (3, 2, 2, 1)
_HAS_A_GOAL = 0.4
_OWNERS = {
    "data": "Data Platform",
    "software": "Digital Products",
    "energy": "Grid Engineering",
    "safety": "Health and Safety",
    "people": "People and Culture",
    "business": "Finance and Controlling",
}


def managed_tables(organisation: Organisation, seed: int = 2026) -> dict[str, bytes]:
    """The CSV files of nuggets, roles and learners, by kind; the same for the same seed."""
    people = _people(organisation, Random(f"goals/{seed}"))
    return {
        "nuggets": write_table(
            ("activity", "owner", "prerequisites", "hidden"), list(_nuggets(organisation.catalogue))
        ),
        "roles": write_table(
            ("name", "skills"),
            [(role.name, _wanted(role, organisation.catalogue)) for role in organisation.roles],
        ),
        "learners": write_table(("agent", "role", "site", "goals", "languages"), list(people)),
    }


def _nuggets(catalogue: Catalogue) -> Iterator[Sequence[str]]:
    """Enter the owner and the prerequisite of each nugget; units are reached through their course."""
    for nugget in catalogue.nuggets:
        owner = _OWNERS[catalogue.topics[nugget.topic].area]
        hidden = "yes" if nugget.course else ""
        yield nugget.id, owner, catalogue.prerequisites.get(nugget.id, ""), hidden


def _wanted(role: Role, catalogue: Catalogue) -> str:
    """The skills of the role's topics, at the highest level in the first topic."""
    wanted: dict[str, int] = {}
    for topic, level in zip(role.topics, _WANTED_LEVELS, strict=True):
        for skill in catalogue.topics[topic].skills:
            wanted[skill] = max(level, wanted.get(skill, 0))
    return LIST_SIGN.join(f"{skill}={level}" for skill, level in wanted.items())


def _people(organisation: Organisation, rng: Random) -> Iterator[Sequence[str]]:
    """Everybody's role, site and languages, and of some a skill that they want to learn beside their work."""
    for learner in organisation.learners:
        agent = {name: value for name, value in learner.agent.items() if name != "name"}
        goals = _goals(learner, organisation.catalogue, rng)
        yield (
            dump_json(agent).decode(),
            learner.role.name,
            learner.site.name,
            goals,
            LIST_SIGN.join(learner.languages),
        )


def _goals(learner: Learner, catalogue: Catalogue, rng: Random) -> str:
    following = catalogue.topics[rng.choice(learner.role.topics)].leads_to
    skill = rng.choice(catalogue.topics[rng.choice(following)].skills)
    return skill if rng.random() < _HAS_A_GOAL and skill not in learner.skills else ""
