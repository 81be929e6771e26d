"""The people of the demo organisation, an invented renewable energy company: teams, roles, learners."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

from scripts.demo.catalogue import SITE, Catalogue, build_catalogue, read_table, slug_of

NAME = "Tramuntana Energy"
PEOPLE = "https://people.tramuntana-energy.example"
TEAMS = f"{SITE}/teams"
MINIMUM_LEARNERS = 3


@dataclass(frozen=True, slots=True)
class Team:
    """A team and the topic it has agreed to grow in this half-year."""

    key: str
    name: str
    focus: str

    @property
    def group(self) -> dict[str, Any]:
        """The team as an identified Group."""
        account = {"homePage": TEAMS, "name": self.key}
        return {"objectType": "Group", "name": self.name, "account": account}


@dataclass(frozen=True, slots=True)
class Role:
    """A role, the team it works in, how many per 300 people have it, and the topics it calls for."""

    name: str
    team: str
    headcount: int
    sites: tuple[str, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """An office: hours ahead of UTC, and the languages spoken there."""

    name: str
    utc_offset: int
    language: str
    also: str


@dataclass(frozen=True, slots=True)
class Learner:
    """A person: `languages` are those read, the first also that of the user interface."""

    name: str
    account: str
    team: Team
    role: Role
    site: Site
    languages: tuple[str, ...]
    seniority: int
    skills: tuple[str, ...]
    by_mail: bool

    @property
    def language(self) -> str:
        """The language of the user interface."""
        return self.languages[0]

    @property
    def agent(self) -> dict[str, Any]:
        """The person as an xAPI Agent; most are known by account, some by mail address."""
        if self.by_mail:
            mbox = f"mailto:{self.account}@tramuntana-energy.example"
            return {"objectType": "Agent", "name": self.name, "mbox": mbox}
        account = {"homePage": PEOPLE, "name": self.account}
        return {"objectType": "Agent", "name": self.name, "account": account}


@dataclass(frozen=True, slots=True)
class Organisation:
    """The whole company: its people and what they can learn from."""

    name: str
    teams: tuple[Team, ...]
    roles: tuple[Role, ...]
    learners: tuple[Learner, ...]
    catalogue: Catalogue


_NAMED = (
    ("Júlia Ferrer", "Data Engineer", "Barcelona", ("ca", "en", "es")),
    ("Henrik Brandt", "Wind Technician", "Hamburg", ("de", "en")),
    ("Amélie Rousseau", "HR Business Partner", "Lyon", ("fr", "en")),
)


def build_organisation(seed: int = 2026, learners: int = 300) -> Organisation:
    """The same people for the same seed; raises ValueError for fewer learners than are named."""
    if learners < MINIMUM_LEARNERS:
        raise ValueError(f"learners is {learners}; the demo organisation needs at least {MINIMUM_LEARNERS}")
    teams = {row["key"]: Team(**row) for row in read_table("teams.csv")}
    roles = tuple(_read_roles())
    catalogue = build_catalogue()
    people = islice(
        _people(_Staffing(teams, roles, _read_sites(), catalogue), Random(f"people/{seed}")), learners
    )
    return Organisation(NAME, tuple(teams.values()), roles, tuple(people), catalogue)


def named_learners(organisation: Organisation) -> tuple[Learner, Learner, Learner]:
    """Three unlike people to show: a data engineer, a wind technician, and a new HR business partner."""
    first, second, third = organisation.learners[:MINIMUM_LEARNERS]
    return first, second, third


@dataclass(frozen=True, slots=True)
class _Staffing:
    teams: dict[str, Team]
    roles: tuple[Role, ...]
    sites: dict[str, Site]
    catalogue: Catalogue


def _read_roles() -> Iterator[Role]:
    for row in read_table("roles.csv"):
        sites, topics = tuple(row["sites"].split(";")), tuple(row["topics"].split(";"))
        yield Role(row["role"], row["team"], int(row["headcount"]), sites, topics)


def _read_sites() -> dict[str, Site]:
    rows = read_table("sites.csv")
    return {
        row["site"]: Site(row["site"], int(row["utc_offset"]), row["language"], row["also"]) for row in rows
    }


def _people(staffing: _Staffing, rng: Random) -> Iterator[Learner]:
    """The named three, then people hired at random, without end."""
    roles = {role.name: role for role in staffing.roles}
    taken: set[str] = set()
    for name, role_name, place, languages in _NAMED:
        taken.add(slug_of(name))
        yield _learner_of(name, roles[role_name], staffing, (staffing.sites[place], languages), rng)
    names = _names()
    while True:
        role = rng.choices(staffing.roles, [r.headcount for r in staffing.roles])[0]
        site = staffing.sites[rng.choice(role.sites)]
        culture = "xx" if rng.random() < 0.17 else site.language
        name = _free_name(names[culture], taken, rng)
        yield _learner_of(name, role, staffing, (site, _languages_of(site, culture, rng)), rng)


def _learner_of(
    name: str, role: Role, staffing: _Staffing, place: tuple[Site, tuple[str, ...]], rng: Random
) -> Learner:
    site, languages = place
    seniority = rng.choices((0, 1, 2), (4, 4, 2))[0]
    return Learner(
        name=name,
        account=slug_of(name).replace("-", "."),
        team=staffing.teams[role.team],
        role=role,
        site=site,
        languages=languages,
        seniority=seniority,
        skills=_skills_of(role, seniority, staffing.catalogue, rng),
        by_mail=rng.random() < 0.08,
    )


def _skills_of(role: Role, seniority: int, catalogue: Catalogue, rng: Random) -> tuple[str, ...]:
    """Two to six skills of the role's topics, more for the senior."""
    known = [skill for topic in role.topics for skill in catalogue.topics[topic].skills]
    count = min(len(known), 2 + seniority + rng.randrange(3))
    picked = [known[0], *rng.sample(known[1:], count - 1)]
    return tuple(dict.fromkeys(picked))


def _languages_of(site: Site, culture: str, rng: Random) -> tuple[str, ...]:
    """One to three languages; people from abroad work in English first, nearly all others read it too."""
    if culture == "xx":
        languages = ["en", site.language] if rng.random() < 0.6 else ["en"]
    else:
        languages = [site.language]
        languages += ["en"] if rng.random() < 0.88 else []
        languages += [site.also if rng.random() < 0.7 else "fr"] if rng.random() < 0.5 else []
    return tuple(dict.fromkeys(languages))


def _names() -> dict[str, tuple[list[str], list[str]]]:
    names: dict[str, tuple[list[str], list[str]]] = {}
    for row in read_table("names.csv"):
        given, family = names.setdefault(row["language"], ([], []))
        given.append(row["given"])
        family.append(row["family"])
    return names


def _free_name(names: tuple[list[str], list[str]], taken: set[str], rng: Random) -> str:
    """A name nobody has yet; a second family name is added once plain ones get scarce."""
    given, family = names
    name = f"{rng.choice(given)} {rng.choice(family)}"
    while slug_of(name) in taken:
        name = f"{rng.choice(given)} {rng.choice(family)}"
        name = f"{name} {rng.choice(family)}" if len(taken) > 600 else name
    taken.add(slug_of(name))
    return name
