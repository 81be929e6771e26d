"""What came of recommendations: the time asked about, and the answers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from schemas.errors import InvalidInputError
from schemas.outcomes import (
    DAY_US,
    ExperimentSchema,
    OutcomeQuery,
    OutcomeQuerySchema,
    OutcomesSchema,
    WindowQuerySchema,
)

NOW = 100 * DAY_US
RATE = SimpleNamespace(count=1, shown=3, rate=1 / 3, low=0.1, high=0.7)
OUTCOME = SimpleNamespace(kind="nuggets", model=None, day="", learners=2, shown=3, rates={"opened": RATE})
WRITTEN = {
    "kind": "nuggets",
    "model": None,
    "learners": 2,
    "shown": 3,
    "rates": {"opened": {"count": 1, "rate": 0.333333, "low": 0.1, "high": 0.7}},
}


def _read(*pairs: tuple[str, str]) -> OutcomeQuery:
    return OutcomeQuerySchema(NOW).read(pairs)


def test_the_last_thirty_days_are_meant_where_no_time_is_named() -> None:
    assert _read() == OutcomeQuery(70 * DAY_US, NOW, 7 * DAY_US)
    assert _read(("until", "1970-02-10T00:00:00Z")) == OutcomeQuery(10 * DAY_US, 40 * DAY_US, 7 * DAY_US)
    asked = _read(("since", "1970-01-02T00:00:00Z"), ("window_days", "2"), ("by", "day"))
    assert asked == OutcomeQuery(DAY_US, NOW, 2 * DAY_US, by_day=True)


@pytest.mark.parametrize(
    ("pairs", "path", "said"),
    [
        ([("since", "yesterday")], "since", 'since="yesterday" is refused'),
        ([("since", "1980-01-01T00:00:00Z")], "since", "is not before until; send an earlier time"),
        ([("window_days", "0")], "window_days", "from 1 to 90"),
        ([("by", "week")], "by", "send version or day"),
    ],
)
def test_another_time_is_refused(pairs: list[tuple[str, str]], path: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        _read(*pairs)
    assert caught.value.path == path
    assert said in caught.value.message


def test_a_window_alone_may_be_asked_for() -> None:
    assert WindowQuerySchema().read([]) == 7 * DAY_US
    assert WindowQuerySchema().read([("window_days", "90")]) == 90 * DAY_US
    with pytest.raises(InvalidInputError, match="is not a parameter"):
        WindowQuerySchema().read([("since", "1970-01-02T00:00:00Z")])


def test_outcomes_have_a_day_only_where_they_are_by_day() -> None:
    dated = SimpleNamespace(**{**vars(OUTCOME), "day": "2026-01-02"})
    answer = OutcomesSchema().dump({"since": 0, "until": DAY_US, "outcomes": [OUTCOME, dated]})
    assert answer == {
        "since": "1970-01-01T00:00:00.000000Z",
        "until": "1970-01-02T00:00:00.000000Z",
        "outcomes": [WRITTEN, {**WRITTEN, "day": "2026-01-02"}],
    }


def test_an_experiment_is_answered_in_one_object() -> None:
    experiment = SimpleNamespace(number=3, versions=(1, 2), share=50, started=0, ended=None, promoted=None)
    difference = SimpleNamespace(difference=0.1234567, low=0.1, high=0.2, p=0.00012)
    comparison = SimpleNamespace(
        experiment=experiment, outcomes=(OUTCOME,), differences={"opened": difference}
    )
    assert ExperimentSchema().dump(comparison) == {
        "experiment": 3,
        "versions": [1, 2],
        "share": 50,
        "started": "1970-01-01T00:00:00.000000Z",
        "ended": None,
        "promoted": None,
        "outcomes": [WRITTEN],
        "differences": {"opened": {"difference": 0.123457, "low": 0.1, "high": 0.2, "p": 0.0001}},
    }
