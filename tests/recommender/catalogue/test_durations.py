from __future__ import annotations

import pytest

from recommender.catalogue.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT45M", 2700),
        ("PT1H30M", 5400),
        ("P1D", 86_400),
        ("P2W", 1_209_600),
        ("P1M", 2_592_000),
        ("PT1M", 60),
        ("PT0.4S", 0),
        ("PT12,5M", 750),
        ("P1DT1H", 90_000),
    ],
)
def test_durations_are_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "45", "45 min", "PT", "P", "1H", "PT1H30", "-PT1H", "P100Y", "PT" + "9" * 80 + "S"]
)
def test_an_invalid_duration_is_none(text: str) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize("seconds", [0, 59, 60, 3600, 5400, 90_061])
def test_seconds_are_durations_again(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds
