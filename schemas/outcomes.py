"""The query parameters of the resources that tell what came of recommendations."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas import parameters
from schemas.recommendations import RULE

DAY_US = 86_400_000_000
DEFAULT_DAYS = 30
DEFAULT_WINDOW_DAYS = 7
MOST_WINDOW_DAYS = 90
GROUPS = ("version", "day")


@dataclass(frozen=True, slots=True)
class OutcomeQuery:
    """Impressions from `since` to before `until`, and how long an act may come after one; all in us."""

    since: int
    until: int
    window: int
    by_day: bool = False


def parse_outcome_query(pairs: Iterable[tuple[str, str]], now: int) -> OutcomeQuery:
    """Return the query for outcomes: the last 30 days before `now` (us) where nothing else is asked for."""
    found = parameters.collect(pairs, ("since", "until", "window_days", "by"), RULE)
    until = parameters.timestamp(found, "until")
    until = now if until is None else until
    since = parameters.timestamp(found, "since")
    since = until - DEFAULT_DAYS * DAY_US if since is None else since
    if since >= until:
        raise parameters.refusal(
            "since", found.get("since", ""), "is not before until; send an earlier time", rule=RULE
        )
    return OutcomeQuery(since, until, read_window(found), parameters.word(found, "by", GROUPS, RULE) == "day")


def parse_window(pairs: Iterable[tuple[str, str]]) -> int:
    """Return how long (us) an act may come after an impression, where nothing else can be asked for."""
    return read_window(parameters.collect(pairs, ("window_days",), RULE))


def read_window(found: dict[str, str]) -> int:
    """Return the parameter `window_days` in us."""
    days = parameters.integer(found, "window_days", DEFAULT_WINDOW_DAYS, (1, MOST_WINDOW_DAYS), RULE)
    return days * DAY_US
