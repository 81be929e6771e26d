"""Connectedness beside a slow count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recommender.insights.answers import Answer

Make = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]


def test_connectedness_counts_people_with_a_link_and_pairs_across_teams(
    in_team: Make, post: Post, asking: Callable[..., Answer], agent: Callable[[str], Any], slow: Any
) -> None:
    names = [f"p{number:02}" for number in range(30)]
    team = {name: "sales" if number < 15 else "legal" for number, name in enumerate(names)}
    post([in_team(2, name, "completed", "a", team[name]) for name in names])
    helped = [(names[number], names[(number * 7 + 1) % 30]) for number in range(20)]
    post([in_team(1, one, "mentored", agent(other), team[one]) for one, other in helped if one != other])
    answer = asking("connectedness")
    pairs = {
        (one["actor"]["mbox"], one["object"]["mbox"])
        for one in slow.statements(answer.since_day, answer.until_day)
        if one["verb"]["id"].endswith("mentored")
    }
    of_team = {f"mailto:{name}@acme.example": group for name, group in team.items()}
    across = sum(of_team[one] != of_team[other] for one, other in pairs)
    linked = {one for pair in pairs for one in pair}
    assert answer.total is not None
    cells = answer.total.cells
    assert (cells["connected"].count, cells["connected"].of) == (5 * round(len(linked) / 5), 30)
    assert (cells["across"].count, cells["across"].of) == (5 * round(across / 5), 5 * round(len(pairs) / 5))
    by_team = {row.labels[0]: row.cells["connected"] for row in answer.rows}
    for group in ("sales", "legal"):
        own = sum(of_team[one] == group for one in linked)
        assert (by_team[group].count, by_team[group].of) == (5 * round(own / 5), 15)
