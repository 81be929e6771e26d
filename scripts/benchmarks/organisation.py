"""A large organisation, written straight into a database by the storage modules: nuggets, people, their acts, a model.

Nothing is posted, so a store of millions of acts takes minutes. Acts are spread over a year; a few people do much, and
a few nuggets are taken by many.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrs.auth.stores import Store
from lrs.personas import PersonaId, find_or_create_personas
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database
from recommender.catalogue.catalogue import find_nuggets
from recommender.catalogue.learners import all_features
from recommender.config import TrainingSettings
from recommender.dataset.dataset import build_dataset, collect
from recommender.insights.rollups import COMPLETED, LIKING, NO_PROGRESS, ROW, TAKING, roll_up
from recommender.interactions.history import History, Positive
from recommender.models.assembly import train
from recommender.models.registry import promote, register
from recommender.models.trained_model import READ_UNTIL
from recommender.storage.entries import Kind, Values, change_entries, find_edition
from recommender.storage.insights import DAY_US, Part, find_marks, remove_marks, write_day
from recommender.storage.interactions import Interaction, InteractionRow, write_rows
from recommender.storage.user_features import Seen, write_traits
from schemas.catalogue import MODALITIES
from schemas.identifiers import identifier_of

Array = np.ndarray[Any, np.dtype[Any]]
ACT = np.dtype([("person", "<i8"), ("item", "<i8"), ("verb", "<i8"), ("at", "<i8"), ("peer", "<i8")])
DAYS, SEED, AT_ONCE = 365, 1, 10_000
SKILLS = tuple(f"skill {number}" for number in range(100))
ROLES = tuple(f"role {number}" for number in range(40))
FORMATS, LEVELS, LANGUAGES = ("video", "article", "podcast", "course"), ("beginner", "advanced"), ("en", "es")
TEAM, MATES, ROLE_SKILLS = 200, 20, 5
"""People of a team, how many of them somebody helps, and skills that a role wants."""
MUCH, POPULAR = 1.5, 2.0
"""The higher, the more is done by a few people, and with a few nuggets."""
VERBS = (("completed", "formal", 4, 0.5), ("viewed", "informal", 1, 0.4), ("commented", "social", 3, 0.1))
"""Canonical verbs with modality, strength, and the share of acts; the last is done towards a teammate."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large an organisation is; of the acts only the newest are `stored` one by one, all are in rollups and model.

    A row of an interaction has ten indexes: the embedded server stores about four thousand a second on one core.
    """

    learners: int
    nuggets: int
    acts: int
    stored: int


def write_organisation(
    database: Database, store: Store, scale: Scale, tell: Callable[[str], None]
) -> list[str]:
    """Write all of it, make the rollups and train; return the identifiers of the learners."""
    items = enter_nuggets(database, store, scale.nuggets)
    identifiers, people = enter_people(database, store, scale.learners)
    tell(f"{scale.nuggets:,} nuggets and {scale.learners:,} learners written")
    acts = draw_acts(scale)
    roll_up(database, store.id, float("inf"))
    for start in range(len(acts) - min(scale.stored, len(acts)), len(acts), AT_ONCE):
        write_rows(database, store.id, list(rows_of(acts[start : start + AT_ONCE], start, people, items)))
    tell(f"{scale.stored:,} interactions written")
    write_days(database, store, acts, people, items)
    remove_marks(database, store.id, find_marks(database, store.id)[0], ())
    tell(f"rollups of {scale.acts:,} acts written")
    train_on(database, store, acts, people, items)
    tell("model trained")
    return identifiers


def enter_nuggets(database: Database, store: Store, count: int) -> list[str]:
    """Enter nuggets, and roles that want some of their skills; return the ids of the nuggets."""
    nuggets: dict[str, Values] = {
        f"https://benchmark.example/nuggets/{number}": {
            "title": {"en": f"{SKILLS[number % len(SKILLS)]}, part {number // len(SKILLS)}"},
            "format": FORMATS[number % len(FORMATS)],
            "modality": VERBS[number % 2][1],
            "level": LEVELS[number % len(LEVELS)],
            "language": LANGUAGES[number % len(LANGUAGES)],
            "duration": "PT10M",
            "skills": [SKILLS[number % len(SKILLS)], SKILLS[number * 7 % len(SKILLS)]],
        }
        for number in range(count)
    }
    _enter(database, store, "nuggets", nuggets)
    wanted = (SKILLS[number::ROLE_SKILLS][:ROLE_SKILLS] for number in range(len(ROLES)))
    _enter(
        database,
        store,
        "roles",
        {
            role: {"name": role, "skills": dict.fromkeys(some, 2)}
            for role, some in zip(ROLES, wanted, strict=True)
        },
    )
    return list(nuggets)


def _enter(database: Database, store: Store, kind: Kind, entries: dict[str, Values]) -> None:
    for some in in_chunks(entries.items()):
        change_entries(database, store.id, kind, find_edition(database, store.id, kind), dict(some))


def enter_people(database: Database, store: Store, count: int) -> tuple[list[str], list[PersonaId]]:
    """Make learners with teams, roles, languages and skills; return their identifiers and personas."""
    identifiers = [
        identifier_of({"account": {"homePage": "https://benchmark.example", "name": f"learner-{number}"}})
        or ""
        for number in range(count)
    ]
    people: dict[str, PersonaId] = {}
    for some in in_chunks(identifiers):
        people |= find_or_create_personas(database, store.id, dict.fromkeys(some))
    found = [people[one] for one in identifiers]
    now = time.time_ns() // 1000
    traits = {
        person: {
            "team_name": Seen(f"team {number // TEAM}", now, "benchmark"),
            "role": Seen(ROLES[number % len(ROLES)], now, "benchmark"),
            "language": Seen(LANGUAGES[number % len(LANGUAGES)], now, "benchmark"),
            "skills": Seen([SKILLS[number % len(SKILLS)]], now, "benchmark"),
        }
        for number, person in enumerate(found)
    }
    write_traits(database, store.id, {}, traits)
    return identifiers, found


def draw_acts(scale: Scale) -> Array:
    """Draw who did what with which nugget, in the order of time."""
    random = np.random.default_rng(SEED)
    acts = np.zeros(scale.acts, ACT)
    now = time.time_ns() // 1000
    acts["at"] = np.sort(now - random.integers(DAY_US // 24, DAYS * DAY_US, scale.acts))
    busy = random.permutation(scale.learners)
    acts["person"] = busy[(scale.learners * random.random(scale.acts) ** MUCH).astype(int)]
    acts["item"] = (scale.nuggets * random.random(scale.acts) ** POPULAR).astype(int)
    acts["verb"] = random.choice(len(VERBS), scale.acts, p=[share for *_, share in VERBS])
    mates = acts["person"] - acts["person"] % TEAM + random.integers(0, MATES, scale.acts)
    is_towards = (acts["verb"] == len(VERBS) - 1) & (mates < scale.learners) & (mates != acts["person"])
    acts["peer"] = np.where(is_towards, mates, -1)
    return acts


def rows_of(
    acts: Array, first: int, people: Sequence[PersonaId], items: Sequence[str]
) -> Iterator[InteractionRow]:
    """Yield acts as they are stored; `first` numbers their Statements."""
    for number, (person, item, verb, at, peer) in enumerate(acts.tolist(), first):
        name, kind, strength, _ = VERBS[verb]
        yield Interaction(
            statement_id=f"{at:016x}{number:08x}",
            ordinal=0,
            learner=people[person],
            seq=at.to_bytes(8, "big") + number.to_bytes(8, "big"),
            at=at,
            item=items[item],
            verb=name,
            kind=kind,
            strength=strength,
            weight=1.0,
            positive=verb == 0,
            completed=verb == 0,
            session="",
            peer=None if peer < 0 else people[peer],
        )


def write_days(
    database: Database, store: Store, acts: Array, people: Sequence[PersonaId], items: Sequence[str]
) -> None:
    """Write the rollups of all days with acts."""
    days = acts["at"] // DAY_US
    for day in np.unique(days).tolist():
        some = acts[np.searchsorted(days, day) : np.searchsorted(days, day + 1)]
        who, places = np.unique(np.concatenate([some["person"], some["peer"]]), return_inverse=True)
        what, rows = np.unique(some["item"]), np.zeros(len(some), ROW)
        is_alone = int(who[0] < 0)  # -1 stands for nobody
        rows["person"], rows["peer"] = np.split(places - is_alone, 2)
        rows["item"], rows["verb"] = np.searchsorted(what, some["item"]), len(what) + some["verb"]
        rows["modality"] = np.array([MODALITIES.index(kind) for _, kind, *_ in VERBS])[some["verb"]]
        rows["flags"] = LIKING | np.where(some["verb"] == 0, TAKING | COMPLETED, 0)
        rows["progress"], rows["acts"] = NO_PROGRESS, 1
        names = (*(items[one] for one in what.tolist()), *(name for name, *_ in VERBS))
        ids = b"".join(people[one].binary for one in who[is_alone:].tolist())
        write_day(database, store.id, day, [Part(day, 0, ids, names, rows.tobytes())])


def train_on(
    database: Database, store: Store, acts: Array, people: Sequence[PersonaId], items: Sequence[str]
) -> None:
    """Train for one epoch, as only the size of the model matters here, and promote it."""
    settings = TrainingSettings(epochs=1)
    features = {str(persona): one for persona, one in all_features(database, store.id).items()}
    histories = collect(_histories(acts[acts["verb"] == 0], people, items))
    nuggets = find_nuggets(database, store.id, items)
    model = train(build_dataset(histories, features, nuggets, settings.item_features), settings)
    model = replace(model, facts={**model.facts, READ_UNTIL: time.time_ns() // 1000})
    promote(database, store.id, register(database, store.id, model, {}).version)


def _histories(
    acts: Array, people: Sequence[PersonaId], items: Sequence[str]
) -> Iterator[tuple[str, History]]:
    """Yield each learner with what was completed, by the first act on each nugget."""
    _, first = np.unique(acts["person"] << 32 | acts["item"], return_index=True)
    acts = acts[np.sort(first)]
    acts = acts[np.argsort(acts["person"], kind="stable")]
    starts = np.flatnonzero(np.diff(acts["person"], prepend=-1))
    for some in np.split(acts, starts[1:]) if len(acts) else ():
        positives = tuple(
            Positive(items[item], at, 1.0, VERBS[0][0])
            for item, at in zip(some["item"].tolist(), some["at"].tolist(), strict=True)
        )
        taken = frozenset(one.item for one in positives)
        yield str(people[int(some["person"][0])]), History(positives, completed=taken, seen=taken)
