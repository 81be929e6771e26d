"""How many requests a second a credential may send, to whichever process."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from lrs.auth.limits import SHARES, UNCOUNTED, RequestLimit, read_costs
from lrs.errors import TooManyRequestsError

DEADLINE_S = 30


@pytest.fixture
def key():
    """A credential's key that no other test counts."""
    return uuid.uuid4().hex


def count_allowed(limits, key, tries):
    """Send requests to several processes by turns; return how many were let in."""
    allowed = 0
    for number in range(tries):
        try:
            limits[number % len(limits)].spend(key)
        except TooManyRequestsError:
            continue
        allowed += 1
    return allowed


def windows_in(seconds):
    """Return how many windows of a second can begin in a time that starts with the first request."""
    return 1 + int(seconds)


def test_without_a_limit_everything_passes(database, key):
    limit = RequestLimit(database, 0)
    for _ in range(1000):
        limit.spend(key)


def test_a_credential_beyond_its_limit_is_refused_until_time_passes(database, key):
    limit = RequestLimit(database, 3)
    with pytest.raises(TooManyRequestsError, match="more than 3 requests a second"):
        for _ in range(100_000):
            limit.spend(key)
    deadline = time.monotonic() + DEADLINE_S
    while count_allowed([limit], key, 1) == 0:
        assert time.monotonic() < deadline


@pytest.mark.parametrize("per_second", [1, 5, 7 * SHARES])
def test_processes_share_the_limit_of_a_credential(database, key, per_second):
    processes = [RequestLimit(database, per_second) for _ in range(2)]
    started = time.monotonic()
    allowed = count_allowed(processes, key, 4 * per_second)
    windows = windows_in(time.monotonic() - started)
    assert per_second - per_second // SHARES <= allowed <= windows * per_second


def test_credentials_do_not_share_a_limit(database):
    limit = RequestLimit(database, 1)
    limit.spend(uuid.uuid4().hex)
    limit.spend(uuid.uuid4().hex)


def test_a_share_lasts_a_second(database, key):
    now = [0.0]
    limit = RequestLimit(database, 10 * SHARES, lambda: now[0])
    limit.spend(key)
    assert limit._left[key] == 9
    now[0] += 1
    assert key not in limit._left


def test_a_refused_credential_does_not_ask_the_database_each_time(database, key):
    now = [0.0]
    limit = RequestLimit(database, 1, lambda: now[0])
    assert count_allowed([limit], key, 100_000) < 100_000
    assert limit._refused[key]
    counted = database.db["rate_limits"].find_one({"_id": {"$regex": key}})
    assert count_allowed([limit], key, 100) == 0
    assert database.db["rate_limits"].find_one({"_id": {"$regex": key}}) == counted


def test_threads_that_ask_at_once_get_no_more_than_the_limit(database, key):
    limits = [RequestLimit(database, 2 * SHARES) for _ in range(4)]
    started = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        allowed = sum(threads.map(lambda n: count_allowed(limits[n % 4 :], key, 40), range(8)))
    assert SHARES <= allowed <= windows_in(time.monotonic() - started) * 2 * SHARES


def test_requests_count_by_what_their_kind_costs(database, key):
    limit = RequestLimit(database, 100, costs="list=40,search=1000")
    started = time.monotonic()
    allowed = sum(is_allowed(limit, key, "list") for _ in range(20))
    assert 1 <= allowed <= windows_in(time.monotonic() - started) * 2
    other = uuid.uuid4().hex
    started = time.monotonic()
    allowed = sum(is_allowed(limit, other, "search") for _ in range(20))
    assert 1 <= allowed <= windows_in(time.monotonic() - started)  # one costs all of a second
    assert is_allowed(limit, uuid.uuid4().hex, "small")


def is_allowed(limit, key, work):
    try:
        limit.spend(key, work)
    except TooManyRequestsError:
        return False
    return True


def test_a_rare_request_does_not_ask_the_database(database, key):
    limit = RequestLimit(database, 10_000)
    for _ in range(10_000 // UNCOUNTED):
        limit.spend(key)
    assert database.db["rate_limits"].find_one({"_id": {"$regex": key}}) is None
    limit.spend(key)
    assert database.db["rate_limits"].find_one({"_id": {"$regex": key}})


def test_kinds_that_are_not_named_cost_one():
    assert read_costs("search=9") == {"small": 1, "write": 1, "list": 1, "search": 9}
