"""What a provider says of itself is asked for once, and used while it is away."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lrs.auth.openid.descriptions import Descriptions
from lrs.auth.openid.fetching import ProviderError
from lrs.auth.openid.key_sets import FRESH_S, KEPT_S, PAUSE_S

ISSUER = "https://provider.example"


class Source:
    """Answers a description of its own number each time, unless it is away; `now` is the clock."""

    def __init__(self):
        self.asked, self.away, self.now, self.gate = 0, False, 1000.0, threading.Event()
        self.gate.set()

    def fetch(self, issuer):
        self.asked += 1
        assert self.gate.wait(10)
        if self.away:
            raise ProviderError(f"{issuer} does not answer")
        return {"issuer": issuer, "number": self.asked}


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def number(source):
    """Return the number of the description that is used now."""
    descriptions = Descriptions(source.fetch, lambda: source.now)
    return lambda: descriptions.of(ISSUER)["number"]


def test_it_is_read_once_for_all_and_again_after_a_while(source, number):
    assert [number() for _ in range(5)] == [1] * 5
    source.now += FRESH_S + 1
    assert (number(), source.asked) == (2, 2)


def test_it_is_used_for_a_day_while_the_provider_is_away(source, number):
    assert number() == 1
    source.away, source.now = True, source.now + FRESH_S + 1
    assert [number() for _ in range(5)] == [1] * 5
    assert source.asked == 2
    source.now += KEPT_S
    with pytest.raises(ProviderError, match="does not answer"):
        number()


def test_a_provider_that_is_away_is_not_asked_by_every_request(source, number):
    source.away = True
    for _ in range(5):
        with pytest.raises(ProviderError):
            number()
    assert source.asked == 1
    source.away, source.now = False, source.now + PAUSE_S
    assert (number(), source.asked) == (2, 2)


def test_those_who_come_while_it_is_read_first_wait_for_it_and_later_ones_use_the_one_before(source, number):
    source.gate.clear()
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(number) for _ in range(4)]
        source.gate.set()
        assert [one.result(10) for one in waiting] == [1] * 4
    source.gate.clear()
    source.now += FRESH_S + 1
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(number)
        while source.asked < 2:
            pass
        assert number() == 1
        source.gate.set()
        assert reading.result(10) == 2
