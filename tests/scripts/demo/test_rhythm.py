from __future__ import annotations

from datetime import datetime, timezone

import pytest

from scripts.demo.rhythm import build_period, moment_of


def test_period_of_six_months_has_about_half_the_days_of_a_year(until: datetime) -> None:
    assert build_period(until, 6).days == 182


def test_naive_time_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        build_period(datetime(2026, 3, 20), 6)


def test_no_months_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        build_period(datetime(2026, 3, 20, tzinfo=timezone.utc), 0)


def test_moments_are_written_in_utc_to_the_millisecond(until: datetime) -> None:
    assert moment_of(build_period(until, 6).end) == "2026-03-20T09:30:00.000Z"
