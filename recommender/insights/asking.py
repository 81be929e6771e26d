"""Asks a figure: the one way from a question to an answer that has passed the floors."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrs.auth.stores import Store
from lrs.errors import RequestRefusedError
from lrs.personas import Agreeing, PersonaId
from lrs.storage.database import Database, StoreId
from recommender.catalogue.nuggets import Nugget
from recommender.config import RecommenderSettings
from recommender.insights import (
    communities,
    effects,
    equity,
    learning,
    networks,
    offer,
    open_questions,
    shown,
    skills,
    topics,
    vain,
)
from recommender.insights.answers import FEW, Answer, Question, Row
from recommender.insights.counting import OF_NUGGETS, Asked, Source, counted
from recommender.insights.figures import FIGURES, LONGEST, OF_PEOPLE, SHORTEST, TEAM_FLOOR, WINDOWS, Figure
from recommender.insights.floors import Tallies, floor_of, pass_floors
from recommender.insights.months import date_of, month_start, today
from recommender.insights.organisation import Nuggets, Organisation, Organisations
from recommender.insights.outside import Kind, Outside
from recommender.insights.people import LISTS, PERSON, find_listed
from recommender.insights.stored import LONGEST_S, Found, State, StoredAnswers, digest_of
from recommender.serving.state.cache import Refreshed
from recommender.serving.state.counted import HELD_S, Counted
from recommender.storage.answers import Wish

ORGANISATIONS_HELD_S, ANSWERS_HELD_S = 2.0, 5.0
MOST_ANSWERS = 2000
REST = 5
"""After counting an answer, so many times its duration passes before it is counted again."""
FILTERS = (*OF_PEOPLE, *OF_NUGGETS, "modality")
Count = Callable[[Asked], Tallies]
COUNTS: Mapping[str, Count] = {
    "modalities": learning.modalities,
    "reach": learning.reach,
    "completion": learning.completion,
    "skills-gap": skills.gap,
    "wanted-not-taught": skills.wanted_not_taught,
    "readiness": skills.readiness,
    "before-and-after": effects.before_and_after,
    "who-helps-whom": networks.who_helps_whom,
    "bridges": networks.bridges,
    "connectedness": networks.connectedness,
    "newcomers-without-links": networks.newcomers,
    "rising-topics": topics.rising,
    "stuck": topics.stuck,
    "taking-part": learning.taking_part,
    "drop-off": topics.drop_off,
    "formats-and-languages": offer.formats_and_languages,
}
"""How figures are counted from the day rollups."""


@dataclass(frozen=True, slots=True)
class Beside:
    """How a figure is counted from what is read beside the rollups (`kind`), as of a time (us)."""

    kind: Kind
    count: Callable[[Asked, Any, int], Tallies]


BESIDE: Mapping[str, Beside] = {
    "unanswered-questions": Beside("questions", open_questions.unanswered),
    "first-answer": Beside("questions", open_questions.first_answer),
    "communities": Beside("communities", communities.communities),
    "suggested-peers": Beside("peers", shown.suggested_peers),
    "searches-in-vain": Beside("searches", vain.searches_in_vain),
    "funnel": Beside("nuggets", shown.funnel),
    "liked": Beside("nuggets", shown.liked),
    "equity": Beside("nuggets", equity.equity),
    "never-shown": Beside("nuggets", offer.never_shown),
    "near-doubles": Beside("doubles", offer.near_doubles),
    "coming-in": Beside("posts", offer.coming_in),
}
"""How the other figures are counted."""
ABOUT_NUGGETS = frozenset({"never-shown", "near-doubles", "coming-in"})
"""Figures about nobody, which no filter fits."""
ABOUT_PEOPLE = frozenset(
    {
        *BESIDE,
        "who-helps-whom",
        "bridges",
        "connectedness",
        "newcomers-without-links",
        "formats-and-languages",
        "skills-gap",
        "wanted-not-taught",
        "readiness",
    }
)
"""Figures that are filtered only by what people are."""
SPLIT_ONCE = ABOUT_PEOPLE | {"stuck", "drop-off", "before-and-after"}
"""Figures that are split by one attribute alone."""
LABELS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("teams",): ("from_team", "to_team"),
    ("nuggets",): ("nugget", "other_nugget"),
}
"""The columns of labels where a split has several."""
COUNTED = frozenset({*COUNTS, *BESIDE})
"""A figure that is not among these is refused."""


class Insights:
    """What a process holds to answer from: organisations, who is counted, and answers given lately.

    Where figures are counted apart, the answers come from the process that counts. Otherwise this process counts, again
    in the background once an answer is older than a few seconds, and at once where somebody refused to be counted
    since. `waits_until` says until when (monotonic) the present request waits for answers.
    """

    def __init__(
        self,
        database: Database,
        settings: RecommenderSettings,
        waits_until: Callable[[], float] = lambda: time.monotonic() + LONGEST_S,
    ) -> None:
        refresh_s = settings.refresh_ms / 1000
        self.database = database
        self.settings = settings
        self.organisations = Organisations(database, min(ORGANISATIONS_HELD_S, refresh_s))
        self.outside = Outside(database, settings)
        self.agreeing = Counted(database, min(HELD_S, refresh_s))
        self._listing = {
            one.kind: Counted(database, min(HELD_S, refresh_s), one.kind) for one in LISTS.values()
        }
        self._stored = StoredAnswers(database, waits_until) if settings.counted_apart else None
        self._nuggets = Nuggets(database, min(ORGANISATIONS_HELD_S, refresh_s))
        self._rest = REST if refresh_s else 0
        self._answers: Refreshed[_Key, _Counted] = Refreshed(
            self._count, min(ANSWERS_HELD_S, refresh_s), MOST_ANSWERS
        )

    def find(self, store: Store, figure: Figure, question: Question) -> Answer:
        """Return the answer of a figure to a question that it can be asked."""
        days, last = question.days(figure.window_days, today())
        is_lasting = question.until_day is None and question.since_day is None
        filters = tuple(sorted(question.filters.items()))
        until = 0 if is_lasting else last + 1
        found = self._find(Wish(store.id, figure.name, until, days, question.by, filters, store.floor))
        assert isinstance(found, Answer)
        return found

    def find_people(
        self, store: Store, name: str, days: int, filters: Mapping[str, str]
    ) -> Sequence[PersonaId]:
        """Return the people of a list, who agreed to be on it, in its order."""
        wish = Wish(store.id, name, 0, days, (PERSON,), tuple(sorted(filters.items())), store.floor)
        found = self._find(wish)
        assert isinstance(found, tuple)
        return found

    def nuggets(self, store: StoreId) -> Mapping[str, Nugget]:
        """Return the nuggets of a store by id."""
        return self._nuggets.find(store)

    def _find(self, wish: Wish) -> Found:
        if self._stored is not None:
            return self._stored.find(wish, lambda: self.state(wish))
        return self._answers.get(self.key_of(wish)).found

    def state(self, wish: Wish) -> State:
        """Return what an answer to a question has to be counted for just now."""
        return State(digest_of(self.agreeing.find(wish.store), self._listed(wish)), _until(wish))

    def key_of(self, wish: Wish) -> _Key:
        """Return all that the answer to a question depends on just now."""
        return _Key(wish, _until(wish), self.agreeing.find(wish.store), self._listed(wish))

    def _listed(self, wish: Wish) -> Agreeing | None:
        if wish.by != (PERSON,):
            return None
        return self._listing[LISTS[wish.figure].kind].find(wish.store)

    def _count(self, key: _Key, previous: _Counted | None) -> _Counted:
        start = time.monotonic()
        if previous and start < previous.rests_until:
            return previous
        found, end = self.count(key), time.monotonic()
        return _Counted(found, end + self._rest * (end - start))

    def count(self, key: _Key) -> Found:
        """Count an answer, or a list of people."""
        wish = key.wish
        source = Source(self.database, wish.store, self.settings, wish.floor)
        figure, organisation = FIGURES[wish.figure], self.organisations.find(wish.store)
        if key.listed is not None:
            people, since = counted(organisation, key.agreeing, {}), key.until - wish.window_days
            by, filters = figure.by[:1], dict(wish.filters)
            asked = Asked(source, organisation, figure, by, filters, since, key.until, people, people)
            return find_listed(asked, key.listed)
        question = Question(wish.window_days, key.until - 1, wish.by, dict(wish.filters))
        count = self.counting(wish.store, figure.name, 2 * wish.window_days + today() + 1 - key.until)
        return answer(source, organisation, key.agreeing, figure, question, count)

    def counting(self, store: StoreId, name: str, days: int) -> Count:
        """Return how a figure is counted, with what it needs of the last days beside the rollups."""
        if name in COUNTS:
            return COUNTS[name]
        beside = BESIDE[name]
        held = self.outside.find(store, beside.kind, days)
        return lambda asked: beside.count(asked, held.found, held.now)


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted, and when (monotonic) it may be counted again."""

    found: Found
    rests_until: float


@dataclass(frozen=True, slots=True)
class _Key:
    """All that an answer depends on but the organisation; `listed` are those who agree to be on a list of people."""

    wish: Wish
    until: int
    agreeing: Agreeing
    listed: Agreeing | None


def _until(wish: Wish) -> int:
    return wish.until or today() + 1


def ask(insights: Insights, store: Store, name: str, question: Question) -> Answer:
    """Return the answer of a figure; raise RequestRefusedError for what it cannot be asked."""
    figure = find_figure(name)
    check(figure, question)
    return insights.find(store, figure, question)


def answer(
    source: Source,
    organisation: Organisation,
    agreeing: Agreeing,
    figure: Figure,
    question: Question,
    count: Count,
) -> Answer:
    """Count a figure until the end of the question's day, and let the numbers pass the floors."""
    assert question.until_day is not None
    by, until = question.by or figure.by[:1], question.until_day + 1
    since = until - (question.window_days or figure.window_days)
    since = month_start(since) if by[0] == "month" else since
    people = [counted(organisation, agreeing, filters) for filters in ({}, question.filters)]
    asked = Asked(source, organisation, figure, by, question.filters, since, until, *people)
    floor = floor_of(figure.floor, source.floor, is_one_team="team" in question.filters, team=TEAM_FLOOR)
    labels = (*LABELS.get(by, by), *figure.also)
    rows, total = pass_floors(count(asked), labels, floor)
    _, before = pass_floors({(): count(asked.before()).get((), {})}, labels, floor)
    if _tells_others(organisation, agreeing, question.filters, floor):
        rows, total, before = (), _hidden(figure), _hidden(figure)
    missing = sum(day < until for day in organisation.missing)
    return Answer(figure, question, since, until, labels, figure.columns, rows, total, before, floor, missing)


def _tells_others(
    organisation: Organisation, agreeing: Agreeing, filters: Mapping[str, str], floor: int
) -> bool:
    """Return whether an answer beside the one with a filter less would tell of fewer people than the floor."""
    people = int(counted(organisation, agreeing, filters).sum())
    for name in OF_PEOPLE:
        if name in filters:
            others = {key: value for key, value in filters.items() if key != name}
            more = int(counted(organisation, agreeing, others).sum()) - people
            if 0 < more < floor:
                return True
    return False


def _hidden(figure: Figure) -> Row:
    return Row((), dict.fromkeys(figure.columns, FEW))


def find_figure(name: str) -> Figure:
    """Return a figure by its name; raise RequestRefusedError, which names all."""
    if name not in FIGURES:
        raise RequestRefusedError(f"There is no figure {name!r}; use one of {', '.join(FIGURES)}.")
    return FIGURES[name]


def check(figure: Figure, question: Question) -> None:
    """Raise RequestRefusedError for a window, a split or a filter that the figure does not have."""
    check_window(question, today())
    first, *more = question.by or figure.by[:1]
    is_joined = first != "modality" and figure.name not in SPLIT_ONCE
    if first not in figure.by or more not in ([], ["modality"] if is_joined else []):
        known, also = ", ".join(figure.by), ", alone or with modality" if is_joined else ""
        raise RequestRefusedError(
            f"{figure.name} cannot be split by {', '.join(question.by)}; use one of {known}{also}."
        )
    filters = filters_of(figure)
    for name in question.filters:
        if name not in filters:
            raise RequestRefusedError(
                f"{figure.name} cannot be filtered by {name!r}; use one of: {', '.join(filters) or 'none'}."
            )
    if figure.name not in COUNTED:
        raise RequestRefusedError(f"The figure {figure.name!r} is not counted yet; ask for another one.")


def check_window(question: Question, last: int) -> None:
    """Raise RequestRefusedError for a window that no figure has; `last` is the last day that there is."""
    if question.since_day is None:
        if question.window_days is not None and question.window_days not in WINDOWS:
            known = ", ".join(map(str, WINDOWS))
            raise RequestRefusedError(
                f"A window of {question.window_days} days is not kept; use one of {known}, or since and until."
            )
        return
    days, until = question.days(0, last)
    if question.window_days is not None:
        raise RequestRefusedError(
            f"A window is either the last {question.window_days} days or the days since "
            f"{date_of(question.since_day)}; leave one of both out."
        )
    if not SHORTEST <= days <= LONGEST:
        raise RequestRefusedError(
            f"From {date_of(question.since_day)} to {date_of(until)} there are {max(days, 0)} days; "
            f"choose a window of {SHORTEST} to {LONGEST} days that has begun."
        )


def filters_of(figure: Figure) -> tuple[str, ...]:
    """Return by which attributes a figure may be filtered."""
    if figure.name in ABOUT_NUGGETS:
        return ()
    return OF_PEOPLE if figure.name in ABOUT_PEOPLE else FILTERS
