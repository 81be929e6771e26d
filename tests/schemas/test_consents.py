from __future__ import annotations

from typing import Any

import pytest

from schemas.consents import KINDS, NewConsentsSchema, Policy, permits
from schemas.errors import InvalidInputError


@pytest.mark.parametrize(
    ("policy", "choice", "allowed"),
    [
        ("opt_in", True, True),
        ("opt_in", None, False),
        ("opt_in", False, False),
        ("opt_out", True, True),
        ("opt_out", None, True),
        ("opt_out", False, False),
        ("off", True, False),
        ("off", None, False),
    ],
)
def test_the_store_and_the_person_decide(policy: Policy, choice: bool | None, allowed: bool) -> None:
    assert permits(policy, choice) is allowed


@pytest.mark.parametrize("choice", [True, False, None])
def test_choices_are_read_by_kind(choice: bool | None) -> None:
    sent = dict.fromkeys(KINDS, choice)
    assert NewConsentsSchema().read(sent) == sent


@pytest.mark.parametrize(
    ("sent", "path", "said"),
    [
        ({"peer": 1}, "peer", "1 is refused: must be true, false or null"),
        ({"peer": "true"}, "peer", '"true" is refused: must be true, false or null'),
        ({}, "", "name a kind of consent"),
        ({"peer": True, "x": 1}, "x", "there is no property"),
        ([], "", "not a JSON object"),
    ],
)
def test_another_choice_is_refused(sent: Any, path: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        NewConsentsSchema().read(sent)
    assert caught.value.path == path
    assert said in caught.value.message
