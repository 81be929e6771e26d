"""What the organisation enters of people who learn elsewhere, of wishes that nothing meets, and of its teams' work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from random import Random
from typing import Any

from schemas.cells import LIST_SIGN
from schemas.json_text import dump_json
from schemas.tables import write_table
from scripts.demo.communities import build_communities
from scripts.demo.organisation import MINIMUM_LEARNERS, Learner, Organisation, build_organisation

QUIET_TEAMS = ("construction", "customer-care", "health-and-safety", "energy-trading", "legal-and-compliance")
"""Teams of which more than half learn nothing that the service sees."""
UNTAUGHT = "electrolysers"
_QUIET_FOR_ONE = 1.35
_DRAWN = 20
"""So many people are drawn for each who is needed: the teams differ in size."""
_MONTHS, _MONTHS_AFTER = 9, 3
_TWINS = 3


def quiet_colleagues(organisation: Organisation) -> list[Learner]:
    """People of the quiet teams who have not begun to learn here."""
    needed = {
        team: round(_QUIET_FOR_ONE * sum(one.team.key == team for one in organisation.learners))
        for team in QUIET_TEAMS
    }
    known = len(organisation.learners)
    found: list[Learner] = []
    for one in build_organisation(learners=known + _DRAWN * sum(needed.values())).learners[known:]:
        if needed.get(one.team.key, 0) > 0:
            needed[one.team.key] -= 1
            found.append(one)
    return found


def table_of_colleagues(organisation: Organisation) -> bytes:
    """The quiet colleagues as a CSV of learners."""
    rows = [
        (_agent(one), one.team.name, one.role.name, one.site.name, LIST_SIGN.join(one.languages))
        for one in quiet_colleagues(organisation)
    ]
    return write_table(("agent", "team", "role", "site", "languages"), rows)


def table_of_wishes(organisation: Organisation, seed: int = 2026) -> bytes:
    """A goal that nothing in the catalogue teaches, of some whose role touches it, as a CSV of learners."""
    rng, topics = Random(f"wishes/{seed}"), set(build_communities()[-1].topics)
    wishing = [one for one in organisation.learners[MINIMUM_LEARNERS:] if topics & set(one.role.topics)]
    return write_table(("agent", "goals"), [(_agent(one), UNTAUGHT) for one in wishing if rng.random() < 0.2])


def _agent(learner: Learner) -> str:
    return dump_json({name: value for name, value in learner.agent.items() if name != "name"}).decode()


def table_of_measures(organisation: Organisation, until: datetime, seed: int = 2026) -> bytes:
    """Hours of rework in each team and month: fewer for three months in teams that learn, as a CSV of measures."""
    rng = Random(f"measures/{seed}")
    rows = []
    for team in organisation.teams:
        usual = rng.uniform(30, 44)
        for ago in range(_MONTHS, -1, -1):
            better = 0.0 if team.key in QUIET_TEAMS or ago > _MONTHS_AFTER else rng.uniform(4, 8)
            rows.append(
                (team.name, _month(until, ago), "rework hours", f"{usual + rng.gauss(0, 1) - better:.1f}")
            )
    return write_table(("team", "period", "metric", "value"), rows)


def _month(until: datetime, ago: int) -> str:
    count = until.year * 12 + until.month - 1 - ago
    return f"{count // 12}-{count % 12 + 1:02}"


def new_editions(organisation: Organisation) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield articles that somebody entered again under another address, by Activity id."""
    articles = (one for one in organisation.catalogue.nuggets if one.format == "article")
    for article, _ in zip((one for one in articles if one.language == "en"), range(_TWINS), strict=False):
        yield (
            f"{article.id}/new-edition",
            {
                "title": {"en": article.title},
                "format": article.format,
                "language": article.language,
                "level": article.level,
                "skills": list(article.skills),
                "duration": f"PT{article.minutes}M",
                "modality": "informal",
            },
        )
