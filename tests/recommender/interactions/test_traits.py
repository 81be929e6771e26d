from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from recommender.interactions.traits import extract_traits

Act = Callable[..., dict[str, Any]]
AT = 1_760_000_000_000_000
EXTENSIONS = "https://learnerprise.org/xapi/extensions/"


def test_traits_are_read_from_the_context(act: Act) -> None:
    context = {
        "team": {
            "objectType": "Group",
            "name": "Data Platform",
            "account": {"homePage": "https://acme.example/teams", "name": "data-platform"},
        },
        "language": "ca",
        "extensions": {EXTENSIONS + "role": "Data Engineer", EXTENSIONS + "skills": ["Python", "sql", 5]},
    }
    found = extract_traits(act("ann", "completed", "joins", context=context), AT)
    assert {name: seen.value for name, seen in found.items()} == {
        "team": "account|26|https://acme.example/teams|data-platform",
        "team_name": "Data Platform",
        "role": "Data Engineer",
        "skills": ["python", "sql"],
        "language": "ca",
    }


@pytest.mark.parametrize(
    ("team", "name"),
    [
        ({"name": "Red", "mbox": "mailto:red@acme.example"}, "Red"),
        ({"account": {"homePage": "https://acme.example/teams", "name": "red"}}, "red"),
        ({"mbox": "mailto:red@acme.example"}, "mbox|mailto:red@acme.example"),
        ({"openid": "https://acme.example/red"}, "openid|https://acme.example/red"),
    ],
)
def test_a_team_is_called_by_its_name_or_account(act: Act, team: dict[str, Any], name: str) -> None:
    context = {"team": {"objectType": "Group", **team}}
    assert extract_traits(act("ann", "completed", "joins", context=context), AT)["team_name"].value == name


def test_teams_of_two_systems_stay_apart(act: Act) -> None:
    found = set()
    for system in ("https://one.example", "https://two.example"):
        team = {"objectType": "Group", "account": {"homePage": system, "name": "red"}}
        found.add(extract_traits(act("ann", "completed", "joins", context={"team": team}), AT)["team"].value)
    assert len(found) == 2


def test_an_anonymous_team_is_not_a_trait(act: Act, agent: Callable[[str], dict[str, Any]]) -> None:
    context = {"team": {"objectType": "Group", "name": "Red", "member": [agent("ben")]}}
    assert extract_traits(act("ann", "completed", "joins", context=context), AT) == {}


def test_odd_traits_are_left_out(act: Act) -> None:
    context = {"extensions": {EXTENSIONS + "role": ["x"], EXTENSIONS + "skills": "python"}}
    assert extract_traits(act("ann", "completed", "joins", context=context), AT) == {}
