from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from scripts.demo import Organisation
from scripts.demo.activity import simulate
from scripts.demo.acts import Act
from scripts.demo.catalogue import Nugget
from scripts.demo.rhythm import Period, build_period, moment_of


@pytest.fixture(scope="module")
def period(until: datetime) -> Period:
    return build_period(until, 6)


@pytest.fixture(scope="module")
def acts(organisation: Organisation, period: Period) -> list[Act]:
    return simulate(organisation, 2026, period)


def _of(acts: list[Act], *verbs: str) -> list[Act]:
    return [act for act in acts if act.verb in verbs]


def _hour_and_weekday(act: Act) -> tuple[int, int]:
    moment = datetime.fromisoformat(moment_of(act.at).replace("Z", "+00:00"))
    return moment.hour, moment.weekday()


def test_acts_are_in_time_order_and_inside_the_period(acts: list[Act], period: Period) -> None:
    assert all(before.at <= after.at for before, after in pairwise(acts))
    assert period.start <= acts[0].at
    assert acts[-1].at <= period.end


def test_most_is_done_on_workdays_and_in_working_hours(acts: list[Act]) -> None:
    moments = [_hour_and_weekday(act) for act in acts]
    assert sum(weekday < 5 for _, weekday in moments) / len(moments) > 0.9
    assert sum(6 <= hour <= 18 for hour, _ in moments) / len(moments) > 0.85


def test_few_are_very_active_and_many_are_occasional(acts: list[Act]) -> None:
    counts = np.sort(list(Counter(act.actor.account for act in acts).values()))
    assert counts.max() > 4 * np.median(counts)
    assert (counts < 25).sum() >= 20


def test_some_are_new_and_some_have_left(acts: list[Act], period: Period) -> None:
    first = {act.actor.account: act.at for act in reversed(acts)}
    last = {act.actor.account: act.at for act in acts}
    length = period.end - period.start
    assert sum(at > period.start + 0.85 * length for at in first.values()) >= 10
    assert sum(at < period.start + 0.7 * length for at in last.values()) >= 20


def test_popularity_is_skewed(acts: list[Act]) -> None:
    counts = Counter(act.target.id for act in _of(acts, "completed") if isinstance(act.target, Nugget))
    busiest = sum(count for _, count in counts.most_common(len(counts) // 5))
    assert 0.35 < busiest / sum(counts.values()) < 0.8


def test_failed_quizzes_are_tried_again_and_often_passed(acts: list[Act]) -> None:
    failed = {
        (act.actor.account, act.target.id) for act in _of(acts, "failed") if isinstance(act.target, Nugget)
    }
    passed = {
        (act.actor.account, act.target.id) for act in _of(acts, "passed") if isinstance(act.target, Nugget)
    }
    assert len(failed) >= 50
    assert len(failed & passed) / len(failed) > 0.4


def test_units_of_a_course_are_finished_in_order(acts: list[Act], organisation: Organisation) -> None:
    place = {u.id: i for c in organisation.catalogue.courses.values() for i, u in enumerate(c.units)}
    seen: dict[str | None, list[int]] = {}
    for act in _of([a for a in acts if getattr(a.target, "course", "")], "completed", "passed"):
        seen.setdefault(act.registration, []).append(place[act.target.id])  # type: ignore[union-attr]
    assert all(order == list(range(order[0], order[0] + len(order))) for order in seen.values())


def test_nobody_finishes_a_nugget_twice(acts: list[Act]) -> None:
    finished = Counter((act.actor.account, act.target) for act in _of(acts, "completed"))
    assert set(finished.values()) == {1}


def test_nobody_answers_before_the_question(acts: list[Act]) -> None:
    asked: dict[Any, int] = {}
    for act in _of(acts, "asked"):
        asked.setdefault(act.target, act.at)
    addressed = [act for act in acts if act.addressed_to]
    assert len(addressed) >= 100
    assert all(asked[act.target] < act.at for act in addressed)


def test_nobody_turns_to_themselves(acts: list[Act]) -> None:
    others = [
        (act.actor, act.addressed_to or act.target)
        for act in acts
        if act.addressed_to or act.verb == "followed"
    ]
    assert all(actor != other for actor, other in others)


def test_likes_taken_back_were_given_before(acts: list[Act]) -> None:
    liked = {(act.actor.account, act.target): act.at for act in reversed(_of(acts, "liked"))}
    undone = _of(acts, "unliked")
    assert len(undone) >= 5
    assert all(liked[act.actor.account, act.target] < act.at for act in undone)


def test_nearly_all_is_read_in_a_language_of_the_learner(acts: list[Act]) -> None:
    read = [act for act in acts if isinstance(act.target, Nugget)]
    understood = [act.target.language in act.actor.languages for act in read]  # type: ignore[union-attr]
    assert np.mean(understood) > 0.97


def _taken(acts: list[Act], items: dict[str, int], people: dict[str, int]) -> np.ndarray:
    taken = np.zeros((len(people), len(items)))
    for act in acts:
        taken[people[act.actor.account], items[act.target.id]] = 1  # type: ignore[union-attr]
    return taken


def _hit_rate(scores: np.ndarray, history: np.ndarray, nexts: dict[int, int]) -> float:
    ranked = np.argsort(-np.where(history > 0, -np.inf, scores), axis=1)[:, :10]
    return float(np.mean([item in ranked[person] for person, item in nexts.items()]))


def test_history_tells_the_next_nugget_far_better_than_popularity(
    acts: list[Act], organisation: Organisation, period: Period
) -> None:
    items = {nugget.id: number for number, nugget in enumerate(organisation.catalogue.nuggets)}
    people = {learner.account: number for number, learner in enumerate(organisation.learners)}
    finished, cut = _of(acts, "completed", "passed"), period.start + 5 * (period.end - period.start) // 6
    history = _taken([act for act in finished if act.at < cut], items, people)
    later = {
        people[act.actor.account]: items[act.target.id]  # type: ignore[union-attr]
        for act in reversed(finished)
        if act.at >= cut and history[people[act.actor.account]].sum() >= 3
    }
    norm = np.sqrt(history.sum(0)) + 1e-9
    likeness = history.T @ history / np.outer(norm, norm)
    np.fill_diagonal(likeness, 0)
    popular = np.broadcast_to(history.sum(0), history.shape)
    assert len(later) >= 100
    assert _hit_rate(history @ likeness, history, later) >= 2 * _hit_rate(popular, history, later)


def test_most_learners_have_much_of_their_own_subjects_left(
    acts: list[Act], organisation: Organisation
) -> None:
    done = {
        (act.actor.account, act.target.id) for act in _of(acts, "completed") if isinstance(act.target, Nugget)
    }
    standalone = organisation.catalogue.standalone
    left = [
        sum(
            (learner.account, nugget.id) not in done and nugget.language in learner.languages
            for topic in learner.role.topics
            for nugget in standalone[topic]
        )
        for learner in organisation.learners
    ]
    assert np.median(left) >= 25
