"""How many requests a second a credential may send."""

import pytest

from lrs.auth.limits import RequestLimit
from lrs.errors import TooManyRequestsError


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_without_a_limit_everything_passes():
    limit = RequestLimit(0)
    for _ in range(1000):
        limit.spend("key")


def test_a_credential_beyond_its_limit_is_refused_until_time_passes(clock):
    limit = RequestLimit(3, clock)
    for _ in range(3):
        limit.spend("key")
    with pytest.raises(TooManyRequestsError, match="more than 3 requests a second"):
        limit.spend("key")
    clock.now += 1 / 3
    limit.spend("key")
    with pytest.raises(TooManyRequestsError):
        limit.spend("key")


def test_credentials_do_not_share_a_limit(clock):
    limit = RequestLimit(1, clock)
    limit.spend("one")
    limit.spend("other")


def test_a_pause_gives_no_more_than_one_second_of_requests(clock):
    limit = RequestLimit(2, clock)
    clock.now += 3600
    limit.spend("key")
    limit.spend("key")
    with pytest.raises(TooManyRequestsError):
        limit.spend("key")
