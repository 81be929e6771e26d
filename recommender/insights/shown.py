"""What was shown and what came of it, as arrays: the funnel of nuggets, what was liked, and what suggestions did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import numpy as np

from lrs.personas import PersonaId, find_leads
from lrs.storage.database import Database, StoreId
from recommender.insights.counting import Asked, Memberships, distinct, memberships
from recommender.insights.floors import Tallies, Tally
from recommender.insights.networks import acts_of
from recommender.insights.organisation import Organisation
from recommender.insights.topics import pairs_with
from recommender.online.outcomes import EFFECTS, Span, find_exposures
from recommender.storage.impressions import ERASED, ImpressionKind
from recommender.storage.insights import day_of
from schemas.outcomes import DAY_US, DEFAULT_WINDOW_DAYS

Array = np.ndarray[Any, np.dtype[Any]]
ROW = np.dtype([("person", "<i8"), ("target", "<i8"), ("day", "<i4"), ("effects", "u1")])
LIKED, DISLIKED = "liked", "disliked"


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown to whom: one row for each learner, target and model version.

    `people` and `targets` name the positions in the rows; `effects` are bits in the order of EFFECTS. `cap` is to how
    many learners a person is suggested before others come first.
    """

    people: tuple[PersonaId, ...]
    targets: tuple[str, ...]
    rows: Array
    cap: int = 0

    def of(self, asked: Asked) -> Array:
        """Return the rows of the window whose learners are counted, with the positions of the organisation."""
        places = [asked.organisation.people.index.get(one, -1) for one in self.people]
        known = np.array([place if place < len(asked.counted) else -1 for place in places], dtype=np.int64)
        rows = self.rows[(asked.since <= self.rows["day"]) & (self.rows["day"] < asked.until)].copy()
        rows["person"] = known[rows["person"]] if len(known) else rows["person"]
        rows = rows[rows["person"] >= 0]
        return np.asarray(rows[asked.counted[rows["person"]]])


def read_shown(
    database: Database, store: StoreId, since_us: int, until_us: int, *, kind: ImpressionKind, cap: int = 0
) -> Shown:
    """Read what was shown in a span of time, with the effects within a week."""
    exposures = find_exposures(database, store, kind, Span(since_us, until_us, DEFAULT_WINDOW_DAYS * DAY_US))
    bits = {effect: 1 << at for at, effect in enumerate(EFFECTS[kind])}
    people: dict[PersonaId, int] = {}
    targets: dict[str, int] = {}
    rows = np.zeros(len(exposures), ROW)
    for at, one in enumerate(exposures):
        effects = reduce(or_, (bits[effect] for effect in one.effects), 0)
        person = people.setdefault(one.persona, len(people))
        rows[at] = (person, targets.setdefault(one.target, len(targets)), day_of(one.at), effects)
    if kind == "peers":
        return Shown(tuple(people), _leading(database, store, list(targets)), rows, cap)
    return Shown(tuple(people), tuple(targets), rows, cap)


def _leading(database: Database, store: StoreId, targets: Sequence[str]) -> tuple[str, ...]:
    """Return the people suggested by the personas that they have now."""
    known = [PersonaId(one) for one in targets if one != ERASED]
    leads = {str(one): str(lead) for one, lead in find_leads(database, store, known).items()}
    return tuple(leads.get(one, one) for one in targets)


def funnel(asked: Asked, shown: Shown, now: int) -> Tallies:
    """Count what was opened, started and completed of what was shown."""
    rows = shown.of(asked)
    groups = groups_of(asked.organisation, shown.targets, asked.by[0])
    found: dict[tuple[str, ...], dict[str, Tally]] = {(): _steps(rows)}
    members, codes = groups.expand(rows["target"])
    for code, some in _parts(codes, members):
        found[(groups.labels[code],)] = _steps(rows[some])
    return found


def _steps(rows: Array) -> dict[str, Tally]:
    people = len(np.unique(rows["person"]))
    steps = {"people": Tally(people)}
    for at, effect in enumerate(EFFECTS["nuggets"]):
        reached = rows[rows["effects"] & (1 << at) != 0]
        steps[effect] = Tally(len(np.unique(reached["person"])), people, len(reached), len(rows))
    return steps


def liked(asked: Asked, shown: Shown, now: int) -> Tallies:
    """Count by nugget or skill the people who liked it, and who disliked it, among those to whom it was shown."""
    acts, items = asked.acts(), asked.organisation.items.index
    rows = shown.of(asked)
    places = np.array([items.get(one, -1) for one in shown.targets], dtype=np.int64)
    pairs = rows["person"] << 32 | (places[rows["target"]] if len(places) else rows["target"])
    groups = groups_of(asked.organisation, shown.targets, asked.by[0])
    members, codes = groups.expand(rows["target"])
    of = distinct(codes, rows["person"][members], len(groups.labels))
    found: dict[tuple[str, ...], dict[str, Tally]] = {(label,): {} for label in groups.labels}
    for name in (LIKED, DISLIKED):
        told = _told(asked, acts, name)
        says = np.isin(pairs, told)
        people = distinct(codes[says[members]], rows["person"][members[says[members]]], len(groups.labels))
        for at, label in enumerate(groups.labels):
            found[(label,)][name] = Tally(people[at], of[at])
        found.setdefault((), {})[name] = Tally(
            len(np.unique(rows["person"][says])), len(np.unique(rows["person"]))
        )
    return found


def _told(asked: Asked, acts: Array, verb: str) -> Array:
    """Return the pairs of a person and a nugget with a verb that was not taken back."""
    pairs = pairs_with(acts)
    said = asked.organisation.has_verb(acts, {verb})
    back = asked.organisation.has_verb(acts, {f"un{verb}"})
    return np.setdiff1d(pairs[said], pairs[back])


def suggested_peers(asked: Asked, shown: Shown, now: int) -> Tallies:
    """Count who was contacted of those suggested, and which share of the people was suggested, or at the cap."""
    rows, headcount = shown.of(asked), asked.headcount()
    index = asked.organisation.people.index
    places = [index.get(PersonaId(one), -1) if one != ERASED else -1 for one in shown.targets]
    targets = np.array(places, dtype=np.int64)[rows["target"]] if places else rows["target"]
    learners = np.unique(np.column_stack([targets, rows["person"]]), axis=0)
    suggested, times = np.unique(learners[:, 0], return_counts=True)
    suggested_now = np.intersect1d(suggested, headcount)
    at_cap = np.intersect1d(suggested[times >= shown.cap], headcount) if shown.cap else NOBODY
    reached = rows["effects"] != 0
    found: dict[tuple[str, ...], dict[str, Tally]] = {
        (): {
            "contacted": _contacted(rows, reached),
            "suggested": Tally(len(suggested_now), len(headcount)),
            "at_cap": Tally(len(at_cap), len(headcount)),
        }
    }
    for labels, some, of in _by_people(asked, suggested_now):
        found[labels] = {"suggested": Tally(some, of)}
    for labels, some, of in _by_people(asked, at_cap):
        found[labels]["at_cap"] = Tally(some, of)
    asking = asked.split(acts_of(rows["person"]))
    for code, part in _parts(asking.groups, asking.rows):
        found[asking.labels[code]]["contacted"] = _contacted(rows[part], reached[part])
    return found


NOBODY = np.zeros(0, dtype=np.int64)


def _contacted(rows: Array, reached: Array) -> Tally:
    people = rows["person"]
    return Tally(len(np.unique(people[reached])), len(np.unique(people)), int(reached.sum()), len(rows))


def _by_people(asked: Asked, people: Array) -> Iterable[tuple[tuple[str, ...], int, int]]:
    acts = acts_of(people)
    found = asked.split(acts)
    return zip(found.labels, found.people(acts), asked.sizes(found.labels), strict=True)


def _parts(codes: Array, rows: Array) -> Iterable[tuple[int, Array]]:
    """Yield each group with its rows."""
    if not len(codes):
        return
    order = np.argsort(codes, kind="stable")
    found, starts = np.unique(codes[order], return_index=True)
    for code, some in zip(found, np.split(rows[order], starts[1:]), strict=True):
        yield int(code), some


def groups_of(organisation: Organisation, ids: Sequence[str], by: str) -> Memberships:
    """Return which nuggets are in which group of an attribute of nuggets; private ones are in none."""
    nuggets: Mapping[str, Any] = organisation.nuggets

    def values(name: str) -> Sequence[str]:
        nugget = nuggets.get(name)
        if nugget is None or nugget.private:
            return ()
        return nugget.skills if by == "skill" else (nugget.id if by == "nugget" else getattr(nugget, by),)

    return memberships(values(name) for name in ids)
