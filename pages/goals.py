"""Goals and skills that learners choose for themselves, and how far each goal is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lrs.auth.credentials import Credential
from pages.texts import language
from recommender.api.requests import serving
from recommender.catalogue.editing import change_learner
from recommender.errors import NotInCatalogueError
from recommender.serving.nuggets.candidates import find_done
from recommender.serving.nuggets.filters import name_values
from recommender.serving.nuggets.recommend import find_scored
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.nuggets.skill_gaps import HIGHEST, Want, find_levels, role_wants
from recommender.storage.entries import Values
from recommender.vocabulary.extensions import plain_text
from schemas.breaches import shown

MOST_OFFERED = 200


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill as it is called, its level had and its level wanted (0 to 3)."""

    key: str
    name: str
    had: int
    wanted: int
    is_stated: bool


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal, or the learner's role: how it is called, which share of it is reached (0 to 1), and its skills.

    `is_own` tells that the learner may drop it.
    """

    key: str
    name: str
    share: float
    skills: tuple[Skill, ...]
    is_own: bool


def find_goals(scored: ScoredCatalogue) -> tuple[Goal, ...]:
    """Return the learner's goals, then the role where it wants something."""
    features, snapshot = scored.learner.features, scored.snapshot
    had = find_levels(features, find_done(snapshot, scored.candidates))
    goals = []
    for name in features.goals:
        role = snapshot.roles.get(plain_text(name))
        skill = plain_text(name)
        wants = role_wants(role, had, name) if role else [Want(skill, HIGHEST, had.get(skill, 0), goal=name)]
        goals.append(_goal(scored, name, wants, is_own=True))
    role = snapshot.roles.get(plain_text(features.role))
    if role is not None and role.skills:
        goals.append(_goal(scored, role.name, role_wants(role, had), is_own=False))
    return tuple(goals)


def reached(wants: Iterable[Want]) -> float:
    """Return which share of the levels wanted is had: the sum of min(had, wanted) by the sum of wanted."""
    found = list(wants)
    wanted = sum(want.aim for want in found)
    return sum(min(want.had, want.aim) for want in found) / wanted if wanted else 1.0


def offered_goals(scored: ScoredCatalogue) -> list[str]:
    """Return names of roles and skills that can become a goal, as they are called, in the order of the alphabet."""
    snapshot, own = scored.snapshot, {plain_text(one) for one in scored.learner.features.goals}
    names = [role.name for key, role in snapshot.roles.items() if key not in own]
    skills = sorted(snapshot.columns.skills, key=lambda one: -len(snapshot.columns.skills[one]))
    names += [snapshot.labels.find(one, language()) for one in skills if one not in own]
    return sorted(dict.fromkeys(names[:MOST_OFFERED]), key=str.casefold)


def add_goal(credential: Credential, name: str) -> None:
    """Make a role or a skill a goal of the learner; raise NotInCatalogueError for any other name."""
    key = _known(credential, name)
    _change(credential, "goals", lambda own: [*(one for one in own if one != key), key])


def drop_goal(credential: Credential, name: str) -> None:
    """Take a goal from the learner's; one that is none changes nothing."""
    _change(credential, "goals", lambda own: [one for one in own if one != plain_text(name)])


def add_skill(credential: Credential, name: str) -> None:
    """Keep that the learner knows a skill."""
    key = _known(credential, name)
    _change(credential, "skills", lambda own: [*(one for one in own if one != key), key])


def drop_skill(credential: Credential, name: str) -> None:
    """Keep that the learner does not know a skill, as far as it was stated; what was completed stays."""
    _change(credential, "skills", lambda own: [one for one in own if one != plain_text(name)])


def _change(credential: Credential, kind: str, change: Callable[[list[str]], list[str]]) -> None:
    """Change one of the learner's lists, from what is known of it now."""
    store, learner = credential.store, credential.learner or ""
    features = serving().learners.find(store.id, learner).features
    known = [plain_text(one) for one in getattr(features, kind)]

    def changed(values: Values) -> Values:
        return {**values, kind: change(list(values.get(kind, known)))}

    change_learner(serving().database, store.id, learner, changed)


def _known(credential: Credential, name: str) -> str:
    """Return the key of a role or skill by the name that the reader sees; raise NotInCatalogueError."""
    store = credential.store
    snapshot = find_scored(serving(), store, credential.learner or "").snapshot
    wanted = plain_text(name)
    wanted_skills = {one for role in snapshot.roles.values() for one in role.skills}
    skills = [*snapshot.columns.skills, *wanted_skills]
    by_name = {plain_text(snapshot.labels.find(one, language())): one for one in skills}
    known = {**by_name, **{one: one for one in (*skills, *snapshot.roles)}}
    if wanted not in known:
        offered = name_values(wanted, sorted({*by_name, *snapshot.roles})) if known else "there is none yet"
        raise NotInCatalogueError(f"{shown(name)} is not a role or a skill here; {offered}", path="name")
    return known[wanted]


def _goal(scored: ScoredCatalogue, name: str, wants: list[Want], *, is_own: bool) -> Goal:
    labels = scored.snapshot.labels
    stated = {plain_text(one) for one in scored.learner.features.skills}
    skills = tuple(
        Skill(
            one.skill,
            labels.find(one.skill, language()),
            min(one.had, one.aim),
            one.aim,
            one.skill in stated,
        )
        for one in sorted(wants, key=lambda one: -one.need)
    )
    return Goal(plain_text(name), labels.find(name, language()), reached(wants), skills, is_own)
