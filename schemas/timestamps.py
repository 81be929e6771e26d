"""Points in time: xAPI timestamps to and from microseconds since 1970 in UTC."""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone

from schemas.errors import InvalidInputError
from schemas.patterns import ISO_TIMESTAMP, matches

RULE = "xAPI 1.0.3 Data 4.5"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_PARTS = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2}).([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})(?:[.,]([0-9]+))?)?"
    r"(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2})?)?"
)
EDGES = "^0001|^9999|:60|[Tt][0-9]{4}60"
_EDGES = re.compile(EDGES)
_FIRST = (date(1, 1, 1).toordinal() - _EPOCH_DAY) * 86_400
_AFTER_LAST = (date(9999, 12, 31).toordinal() + 1 - _EPOCH_DAY) * 86_400


def parse_timestamp(text: str) -> int:
    """Return microseconds since the epoch (UTC, finer digits cut off); InvalidInputError if malformed.

    RFC 3339 plus what ISO 8601 adds: `+01`, `+0100`, no seconds, and the basic format `20260102T030405Z`. A missing
    offset means UTC.
    """
    whole, fraction, _ = _read(text)
    return whole * 1_000_000 + int(fraction[:6].ljust(6, "0"))


def in_utc(text: str) -> str:
    """Return the same instant in UTC as RFC 3339 writes it, with every digit of its fraction."""
    whole, fraction, is_leap = _read(text)
    moment = _EPOCH + timedelta(seconds=whole - is_leap)
    written = moment.replace(tzinfo=None).isoformat(timespec="seconds")
    second = "60" if is_leap else written[-2:]
    return written[:-2] + second + ("." + fraction if fraction else "") + "Z"


def _read(text: str) -> tuple[int, str, bool]:
    """Return whole seconds since the epoch, the digits of the fraction, and whether it is a leap second."""
    found = _PARTS.fullmatch(text) if matches(ISO_TIMESTAMP, text) else None
    if found is None:
        raise _refusal(text, "not an ISO 8601 date and time")
    year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
    second, fraction, sign, offset_hours, offset_minutes = found.groups()[5:]
    offset = int(offset_hours or 0) * 60 + int(offset_minutes or 0)
    minutes = hour * 60 + minute + (offset if sign == "-" else -offset)
    days = date(year, month, day).toordinal() - _EPOCH_DAY
    whole = days * 86_400 + minutes * 60 + int(second or 0)
    if not _FIRST <= whole < _AFTER_LAST:
        raise _refusal(text, "outside the years 0001 to 9999 in UTC")
    if second == "60" and not _is_month_end(whole - 1):
        raise _refusal(text, "a leap second that is not the last second of a month in UTC")
    return whole, fraction or "", second == "60"


def needs_calendar(text: str) -> bool:
    """Return whether the pattern alone cannot judge this timestamp (leap second, edge of the calendar)."""
    return _EDGES.search(text) is not None


def format_timestamp(us: int) -> str:
    """Return microseconds since the epoch as `2026-01-02T03:04:05.678901Z`."""
    moment = _EPOCH + timedelta(microseconds=us)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _is_month_end(second: int) -> bool:
    moment = _EPOCH + timedelta(seconds=second)
    last_day = monthrange(moment.year, moment.month)[1]
    return (moment.day, moment.hour, moment.minute, moment.second) == (last_day, 23, 59, 59)


def _refusal(text: str, fact: str) -> InvalidInputError:
    return InvalidInputError(
        f"{text!r} is {fact}; send one such as '2026-01-02T03:04:05.678Z' (offset Z or +hh:mm, never -00:00; "
        "in a URL write + as %2B)",
        rule=RULE,
        code="invalid_timestamp",
    )
