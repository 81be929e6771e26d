"""When people learn: seasons, weekdays and working hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random

from scripts.demo.interests import Interests
from scripts.demo.organisation import Learner

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
DAYS_A_MONTH = 30.4375
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_WEEKDAYS = (0.95, 1.2, 1.15, 1.05, 0.7, 0.1, 0.12)
_MONTHS = (1.15, 1.1, 1.05, 0.95, 1.0, 0.9, 0.7, 0.45, 1.2, 1.15, 1.1, 0.65)
_HOURS = {7: 2, 8: 6, 9: 9, 10: 9, 11: 8, 12: 5, 13: 4, 14: 7, 15: 8, 16: 7, 17: 4, 18: 2, 20: 2, 21: 2}


@dataclass(frozen=True, slots=True)
class Period:
    """The time told about, in milliseconds since 1970 UTC."""

    start: int
    end: int

    @property
    def days(self) -> int:
        """Whole days in the period."""
        return (self.end - self.start) // DAY


def build_period(until: datetime, months: int) -> Period:
    """The `months` before `until`; raises ValueError for a naive time or no months."""
    if until.tzinfo is None:
        raise ValueError(
            f"until is {until.isoformat()}, without a time zone; give it one, such as timezone.utc"
        )
    if months < 1:
        raise ValueError(f"months is {months}; it must be at least 1")
    end = (until - EPOCH) // timedelta(milliseconds=1)
    return Period(start=end - int(months * DAYS_A_MONTH) * DAY, end=end)


def moment_of(milliseconds: int) -> str:
    """The moment as an xAPI timestamp in UTC."""
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iterate_sessions(learner: Learner, interests: Interests, period: Period, rng: Random) -> Iterator[int]:
    """Starts of one learner's sessions, at least one, in no order."""
    first = period.start + int(interests.joined * (period.end - period.start))
    last = period.start + int(interests.left * (period.end - period.start))
    days = [first + day * DAY for day in range(max(1, (last - first) // DAY))]
    share = (last - first) / (183 * DAY)
    count = max(1, round(interests.sessions * share**0.8))
    for day in rng.choices(days, [_weight_of(day) for day in days], k=count):
        yield _clock_time(day, learner, rng)


def _weight_of(day: int) -> float:
    date = EPOCH + timedelta(milliseconds=day)
    return _WEEKDAYS[date.weekday()] * _MONTHS[date.month - 1]


def _clock_time(day: int, learner: Learner, rng: Random) -> int:
    """A time on that day, at the hours of the learner's office."""
    midnight = day // DAY * DAY
    hour = rng.choices(tuple(_HOURS), tuple(_HOURS.values()))[0] - learner.site.utc_offset
    return midnight + hour * 60 * MINUTE + rng.randrange(60 * MINUTE)
