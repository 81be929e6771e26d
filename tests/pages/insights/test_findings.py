"""Headings are findings: what is clear is named, what is not is not."""

import pytest

from pages.insights import findings
from recommender.insights.answers import FEW, Cell


def month(formal, informal, social, people):
    acts = {"acts_formal": formal, "acts_informal": informal, "acts_social": social}
    cells = {name: FEW if value is None else Cell(float(value)) for name, value in acts.items()}
    return {**cells, "social": Cell(people / 700, people, 700)}


OUTSIDE, INSIDE = "Most learning happens outside courses", "Most learning happens in courses"
HALF = "Half of the learning happens in courses"
NO_CHANGE = "; no clear change in learning with others"


@pytest.mark.parametrize(
    ("first", "later", "says"),
    [
        ((100, 300, 50, 100), (100, 300, 50, 200), f"{OUTSIDE}, and more people learn with others"),
        ((100, 300, 50, 100), (100, 300, None, 104), OUTSIDE + NO_CHANGE),
        ((900, 100, 50, 200), (900, 100, 50, 100), f"{INSIDE}, and fewer people learn with others"),
        ((500, 400, 100, 100), (500, 400, 100, 100), HALF + NO_CHANGE),
    ],
)
def test_where_most_learning_happens_and_whether_it_became_social(answered, first, later, says):
    rows = {("2026-09",): month(*first), ("2026-10",): month(*later), ("2026-11",): month(0, 0, 0, 1)}
    assert findings.learning(answered("modalities", rows, ("month",)), "all_three") == says


def test_without_acts_there_is_no_finding(answered):
    assert (
        findings.learning(answered("modalities", {}, ("month",)), "all_three") == "Formal, informal, social"
    )


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({"North": 20, "South": 80}, "Reach: clearly lower in North"),
        ({"North": 95, "South": 68, "East": 70}, "Reach: clearly higher in North"),
        ({"North": 68, "South": 72}, "Reach: no clear difference between groups"),
        ({"North": 70}, "Reach: only one group is large enough to be shown"),
        ({"A": 10, "B": 10, "C": 10, "D": 10, "E": 10}, "Reach: clearly lower in A, B, C, and 2 others"),
    ],
)
def test_groups_are_named_where_their_interval_leaves_everybody_out(answered, shared, counts, says):
    rows = {(name,): {"active": shared(count, 100)} for name, count in counts.items()}
    rows["Hidden",] = {"active": FEW}
    assert findings.apart(answered("reach", rows, total={"active": shared(700, 1000)}), "active") == says


def test_the_first_sentence_says_reach_and_where_it_happens(answered, shared):
    reach = answered("reach", {}, total={"active": shared(578, 812)})
    modalities = answered("modalities", {("2026-11",): month(100, 300, 50, 100)}, ("month",))
    assert (
        findings.first_sentence(reach, modalities)
        == "71% of our people learned something, mostly outside courses"
    )
    hidden = answered("reach", {}, total={"active": FEW})
    assert findings.first_sentence(hidden, modalities) == "Nothing has been counted yet"


def test_the_strongest_edge_is_between_two_teams(answered):
    rows = {("A", "A"): {"pairs": Cell(90.0)}, ("A", "B"): {"pairs": Cell(9.0)}, ("B", "A"): {"pairs": FEW}}
    found = answered("who-helps-whom", rows, ("teams",))
    assert findings.strongest_edge(found, "pairs") == "Most help between teams goes from A to B"


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (Cell(2.0, low=0.5, high=3.5), "Taking part went along with a rise of sales"),
        (Cell(-2.0, low=-3.5, high=-0.5), "Taking part went along with a fall of sales"),
        (Cell(2.0, low=-0.5, high=4.5), "Before and after: no clear difference"),
        (FEW, "Before and after: no clear difference"),
    ],
)
def test_effects_go_along_and_are_never_caused(answered, cell, says):
    found = answered("before-and-after", {("sales",): {"difference": cell}}, ("metric",))
    assert findings.effects(found, "difference") == says


def test_too_few_to_tell_are_said_to_be_few(answered):
    found = answered("unanswered-questions", {}, ("skill",), total={"unanswered": FEW})
    assert findings.everybody(found, "unanswered") == "Unanswered questions: fewer than 5 people"
