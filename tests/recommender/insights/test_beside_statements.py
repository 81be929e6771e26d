"""Figures of communities and of the catalogue on random organisations, beside counts from the Statements."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Any

import pytest

from recommender.insights.answers import Question
from recommender.insights.asking import BESIDE, COUNTS, Insights, ask
from recommender.insights.figures import FIGURES
from recommender.insights.waiting import find_places, find_waiting
from tests.recommender.insights.company import (
    AGAINST,
    BOTS,
    DAY_S,
    HOUR_S,
    REFUSING,
    SKILLS,
    TEAMS,
    Act,
    Reference,
    team_of,
)


def test_networks_and_newcomers(count: Any, told: Any) -> None:
    asked, edges = count("who-helps-whom")
    reference = Reference(told, asked.since, asked.until)
    pairs = reference.pairs()
    assert edges[()]["pairs"].count == len(pairs)
    between = defaultdict(set)
    for pair in pairs:
        between[team_of(pair[0]), team_of(pair[1])].add(pair)
    named = {teams: found for teams, found in between.items() if all(teams)}
    assert {
        labels: (row["pairs"].count, row["helpers"].people) for labels, row in edges.items() if labels
    } == {teams: (len(found), len({one for one, _ in found})) for teams, found in named.items()}
    across = {pair for teams, found in named.items() if teams[0] != teams[1] for pair in found}
    _, bridges = count("bridges")
    total = bridges[()]["across"]
    assert (total.count, total.of) == (len(across), sum(map(len, named.values())))
    assert {labels[0]: row["reaching_out"].people for labels, row in bridges.items() if labels} == {
        team: len({one for pair in across for one in pair if team_of(one) == team}) for team in TEAMS[:3]
    }
    asked, newcomers = count("newcomers-without-links", days=90)
    first: dict[str, int] = {}
    for act in sorted(reference.learning(0), key=lambda one: one.at):
        first.setdefault(act.who, act.day)
    new = {who for who, day in first.items() if day >= asked.since}
    reference.since = asked.since
    linked = {one for pair in reference.pairs() for one in pair}
    found = newcomers[()]["without_links"]
    assert (found.people, found.of_people) == (len(new - linked), len(new))


def test_questions_and_their_answers(count: Any, told: Any, insights: Insights, company: Any) -> None:
    asked, waits = count("first-answer", "team")
    reference = Reference(told, asked.since, asked.until)
    questions = [one for one in reference.of_window() if one.verb == "asked"]
    first: dict[str, Act] = {}
    for act in sorted(reference.acts, key=lambda one: one.at):
        is_answer = act.verb == "answered" and act.who not in BOTS
        if is_answer and reference.asker.get(act.parent, act.who) != act.who:
            first.setdefault(act.parent, act)
    open_ones = {one.target for one in questions if one.target not in first}
    assert {one.post for one in find_waiting(insights, company.store)} == open_ones
    _, unanswered = count("unanswered-questions")
    late = [one for one in questions if one.target in open_ones and one.at <= reference.now - DAY_S]
    assert unanswered[()]["unanswered"].count == len(late)
    old = [one for one in questions if one.at <= reference.now - 2 * DAY_S]
    old = [one for one in old if one.target not in first or first[one.target].who not in REFUSING]
    hours = [(first[one.target].at - one.at) / HOUR_S for one in old if one.target in first]
    total = waits[()]
    assert (total["answered"].count, total["answered"].of) == (sum(one <= 48 for one in hours), len(old))
    assert total["median_hours"].value == pytest.approx(median(hours))
    assert {labels[0] for labels in waits if labels} == {team_of(one.who) for one in old} - {""}


def test_nuggets_where_people_get_stuck_and_drop_off(count: Any, told: Any) -> None:
    asked, stuck = count("stuck")
    reference = Reference(told, asked.since, asked.until)
    own: dict[tuple[str, str], list[Act]] = defaultdict(list)
    for act in reference.learning():
        own[act.who, act.target].append(act)
    began, in_trouble = defaultdict(set), defaultdict(set)
    started, reached = defaultdict(set), defaultdict(set)
    for (who, nugget), acts in own.items():
        verbs = {one.verb for one in acts}
        is_done = "completed" in verbs
        if nugget in SKILLS and verbs & {"attempted", "failed", "abandoned"}:
            began[nugget].add(who)
            has_left = max(one.day for one in acts) < asked.until - 30
            if not is_done and (verbs & {"failed", "abandoned"} or has_left):
                in_trouble[nugget].add(who)
        progress = max([1.0 * is_done, *(one.progress for one in acts if one.progress is not None)])
        if nugget in SKILLS and verbs & {"attempted", "failed", "completed"}:
            started[nugget].add(who)
            if progress >= 0.7:
                reached[nugget].add(who)
    assert {
        labels[0]: (row["stuck"].people, row["stuck"].of_people) for labels, row in stuck.items() if labels
    } == {nugget: (len(in_trouble[nugget]), len(people)) for nugget, people in began.items()}
    _, drop_off = count("drop-off")
    assert {
        labels[0]: (row["reached_70"].people, row["reached_70"].of_people) for labels, row in drop_off.items()
    } == {nugget: (len(reached[nugget]), len(people)) for nugget, people in started.items()}


def test_topics_taking_part_and_searches(count: Any, told: Any) -> None:
    asked, searches = count("searches-in-vain")
    reference = Reference(told, asked.since, asked.until)
    made = [one for one in reference.of_window() if one.verb == "searched"]
    for term in {one.term for one in made}:
        some = [one for one in made if one.term == term]
        opened = [
            one
            for one in some
            if any(
                act.who == one.who and 0 <= act.at - one.at <= HOUR_S and "acme.example/" in act.target
                for act in reference.learning()
            )
        ]
        row = searches[(term,)]
        assert row["people"].people == len({one.who for one in some})
        assert (row["without_hit"].count, row["without_hit"].of) == (
            sum(one.in_vain for one in some),
            len(some),
        )
        assert row["without_click"].count == len(some) - len(opened)
    asked, taking_part = count("taking-part")
    reference = Reference(told, asked.since, asked.until)
    active = [one for one in reference.learning() if one.verb not in AGAINST]
    social = {one.who for one in active if one.verb in {"asked", "answered", "mentored", "liked"}}
    total = taking_part[()]
    assert (total["any"].people, total["social"].people) == (len({one.who for one in active}), len(social))
    asked, rising = count("rising-topics", days=90)
    reference = Reference(told, asked.since, asked.until)
    now, before = (defaultdict(set, {skill: set() for skill in SKILLS.values()}) for _ in range(2))
    for found, since, until in ((now, asked.since, asked.until), (before, asked.since - 90, asked.since)):
        for act in reference.learning(since, until):
            if act.target in SKILLS and act.verb not in AGAINST:
                found[SKILLS[act.target]].add(act.who)
    for (skill,), row in ((labels, row) for labels, row in rising.items() if labels):
        assert (row["rise"].people, row["rise"].of_people) == (len(now[skill]), len(before[skill]))
        assert row["rise"].low > 1


THINGS = {"offered", "never_shown", "waiting", "cosine"}


def test_no_number_of_people_is_told_exactly(insights: Insights, company: Any) -> None:
    for name in (*COUNTS, *BESIDE):
        for by in FIGURES[name].by:
            answer = ask(insights, company.store, name, Question(by=(by,)))
            rows = [*answer.rows, *filter(None, (answer.total, answer.before))]
            cells = [cell for row in rows for column, cell in row.cells.items() if column not in THINGS]
            assert all(number % 5 == 0 for cell in cells for number in (cell.count or 0, cell.of or 0))
            assert all(len(row.labels) == len(answer.label_columns) for row in answer.rows)
    assert all(place.topics == () for place in find_places(insights, company.store))
