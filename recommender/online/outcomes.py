"""Outcomes: an act after an impression is credited to the model that showed the nugget or person last."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lrs.personas import PersonaId, find_leads
from lrs.storage.database import Database, StoreId
from recommender.online.statistics import Rate, rate_of, wilson
from recommender.storage.impressions import (
    Act,
    Impression,
    ImpressionKind,
    find_acts,
    iterate_impressions,
)
from schemas.floors import FLOOR, rounded, told
from schemas.outcomes import DAY_US, KINDS
from schemas.timestamps import format_timestamp

Array = np.ndarray[Any, np.dtype[Any]]
EFFECTS: Mapping[ImpressionKind, tuple[str, ...]] = {
    "nuggets": ("opened", "started", "completed"),
    "peers": ("contacted",),
}
OPENING = frozenset({"launched", "viewed", "previewed", "selected", "focused", "navigated", "moved", "other"})
"""Canonical verbs that open a nugget without starting it."""
LEARNERS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Span:
    """Impressions from `since` until before `until` (us), and the `window` (us) in which an act may follow one.

    Acts count until before `acts_until` (us); None: all that have been read.
    """

    since: int
    until: int
    window: int
    acts_until: int | None = None

    @property
    def last_act(self) -> int:
        """Return the time (us) until which an act may count."""
        last = self.until + self.window
        return last if self.acts_until is None else min(last, self.acts_until - 1)

    def told(self, now: int) -> Span:
        """Return what may be told of it: days (UTC) that are over, so that two reports differ by whole days only."""
        midnight = now - now % DAY_US
        return replace(self, until=min(self.until, midnight), acts_until=midnight)


@dataclass(frozen=True, slots=True)
class Exposure:
    """A nugget or person (`target`) that a model showed a learner, the first time `at` (us), and the effects seen.

    There were so many in the answer (`length`), and the target was shown in it with a `probability`.
    """

    persona: PersonaId
    kind: ImpressionKind
    model: int | None
    at: int
    effects: frozenset[str]
    target: str
    length: int
    probability: float

    @property
    def day(self) -> str:
        """Return the day (UTC)."""
        return format_timestamp(self.at)[:10]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The effects of what one model version showed on a day; an empty `day` stands for the whole span.

    `shown` counts each pair of a learner and a nugget or person once; `reached` are the learners with each effect.
    """

    kind: ImpressionKind
    model: int | None
    day: str
    learners: int
    shown: int
    rates: Mapping[str, Rate] = field(default_factory=dict)
    reached: Mapping[str, int] = field(default_factory=dict)


def find_exposures(database: Database, store: StoreId, kind: ImpressionKind, span: Span) -> list[Exposure]:
    """Return everything shown in a span with its effects, as far as the Statements have been read."""
    shown: dict[PersonaId, list[Impression]] = defaultdict(list)
    for impression in iterate_impressions(database, store, kind, span.since, span.until):
        shown[impression.persona].append(impression)
    leads = find_leads(database, store, list(shown))  # people who were joined since are one learner
    seen: dict[PersonaId, list[Impression]] = defaultdict(list)
    for persona, impressions in shown.items():
        seen[leads.get(persona, persona)] += impressions
    personas = sorted(seen)
    found: list[Exposure] = []
    for start in range(0, len(personas), LEARNERS_AT_ONCE):
        some = personas[start : start + LEARNERS_AT_ONCE]
        acts: dict[tuple[PersonaId, str], list[Act]] = defaultdict(list)
        for act in find_acts(database, store, kind, some, (span.since, span.last_act)):
            acts[act.persona, act.target].append(act)
        for persona in some:
            found += _exposures_of(persona, kind, seen[persona], acts, span.window)
    return found


def summarise(exposures: Iterable[Exposure], *, by_day: bool = False) -> list[Outcome]:
    """Return the outcomes by kind and model version, or by kind, day and version, the newest last."""
    groups: dict[tuple[ImpressionKind, str, int | None], list[Exposure]] = defaultdict(list)
    for one in exposures:
        groups[one.kind, one.day if by_day else "", one.model].append(one)
    ordered = sorted(groups, key=lambda key: (KINDS.index(key[0]), key[1], key[2] or 0))
    return [_outcome(key, groups[key]) for key in ordered]


def tellable(exposures: Sequence[Exposure]) -> list[Exposure]:
    """Return what may be told: without the days on which a version showed something to fewer learners than the floor.

    They are missing in the whole span too, so that it does not tell them by what it has more than its days.
    """
    learners: dict[tuple[ImpressionKind, str, int | None], set[PersonaId]] = defaultdict(set)
    for one in exposures:
        learners[one.kind, one.day, one.model].add(one.persona)
    return [one for one in exposures if told(len(learners[one.kind, one.day, one.model]))]


def as_told(outcome: Outcome) -> Outcome:
    """Return an outcome in numbers as they are told, and without effects on nearly nobody or nearly all."""
    few = {
        effect
        for effect, reached in outcome.reached.items()
        if 0 < reached < FLOOR or 0 < outcome.learners - reached < FLOOR
    }
    learners = told(outcome.learners)
    rates = {
        effect: _told_rate(rate, learners) for effect, rate in outcome.rates.items() if effect not in few
    }
    return replace(outcome, learners=learners, shown=rounded(outcome.shown), rates=rates)


def _told_rate(rate: Rate, learners: int) -> Rate:
    """Return a rate of numbers in steps of five, with the interval of as many trials as there are learners."""
    count, shown = rounded(rate.count), rounded(rate.shown)
    share = min(1.0, count / shown)
    return Rate(min(count, shown), shown, share, *wilson(share, min(learners, shown)))


def tally(exposures: Sequence[Exposure], effect: str) -> tuple[Array, Array]:
    """Return two arrays with an entry for each learner: exposures with the effect, and all exposures."""
    shown: dict[PersonaId, int] = defaultdict(int)
    counts: dict[PersonaId, int] = defaultdict(int)
    for one in exposures:
        shown[one.persona] += 1
        counts[one.persona] += effect in one.effects
    personas = sorted(shown)
    return np.array([counts[one] for one in personas]), np.array([shown[one] for one in personas])


def _outcome(key: tuple[ImpressionKind, str, int | None], exposures: Sequence[Exposure]) -> Outcome:
    kind, day, model = key
    rates = {effect: rate_of(*tally(exposures, effect)) for effect in EFFECTS[kind]}
    learners = len({one.persona for one in exposures})
    reached = {
        effect: len({one.persona for one in exposures if effect in one.effects}) for effect in EFFECTS[kind]
    }
    return Outcome(kind, model, day, learners, len(exposures), rates, reached)


def _exposures_of(
    persona: PersonaId,
    kind: ImpressionKind,
    impressions: Iterable[Impression],
    acts: Mapping[tuple[PersonaId, str], Sequence[Act]],
    window: int,
) -> Iterator[Exposure]:
    times: dict[str, list[Impression]] = defaultdict(list)
    for impression in sorted(impressions, key=lambda one: one.at):
        for target in impression.shown:
            times[target].append(impression)
    judge = _effects if kind == "nuggets" else _contact
    for target, shown in times.items():
        credited = _credited(shown, acts.get((persona, target), ()), window, judge)
        for model in dict.fromkeys(one.model for one in shown):
            first = next(one for one in shown if one.model == model)
            effects, chance = frozenset(credited.get(model, ())), first.probability_of(target)
            yield Exposure(persona, kind, model, first.at, effects, target, len(first.shown), chance)


def _credited(
    shown: Sequence[Impression],
    acts: Iterable[Act],
    window: int,
    judge: Callable[[Act], set[str]],
) -> dict[int | None, set[str]]:
    """Return the effects by model: an act counts for the model that showed its target last before the act."""
    times = [one.at for one in shown]
    effects: dict[int | None, set[str]] = defaultdict(set)
    for act in acts:
        latest = bisect_right(times, act.at) - 1
        if latest >= 0 and act.at - times[latest] <= window:
            effects[shown[latest].model] |= judge(act)
    return effects


def _effects(act: Act) -> set[str]:
    """Return the effects of an act: one that completes also starts, and one that starts also opens."""
    if act.completed:
        return {"opened", "started", "completed"}
    return {"opened", "started"} if act.positive or act.verb not in OPENING else {"opened"}


def _contact(act: Act) -> set[str]:
    return {"contacted"}
