"""Killed in the middle of a load, part by part and whole: nothing acknowledged is lost, nothing half is seen."""

import psutil
import pytest

# A request that fails is tried once more, and each try looks for the database for five seconds.
LONGEST_PAUSE_S = 30


def has_ended(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.timeout(600)
def test_each_part_killed_under_load_comes_back_and_nothing_is_lost(
    make_service, load_on, until, assert_nothing_lost
):
    service = make_service()
    auth = service.credential()
    with load_on(service, auth) as load:
        load.goes_on()
        for parts in (
            lambda: [*service.workers()[:1], *service.counting()],
            lambda: [service.database()],
            service.workers,
            lambda: [service.database()],
        ):
            victims = parts()
            for victim in victims:
                victim.kill()
            until(lambda victims=victims: all(map(has_ended, victims)), "the end of the processes")
            load.goes_on()
    assert load.slowest() < LONGEST_PAUSE_S
    assert_nothing_lost(load, service, auth)
    until(lambda: len(service.workers()) == 2, "both workers")
    until(lambda: len(service.counting()) == 1, "the process that counts figures")


def test_everything_killed_under_load_has_all_that_was_acknowledged_when_started_again(
    make_service, load_on, assert_nothing_lost
):
    service = make_service()
    auth = service.credential()
    with load_on(service, auth) as load:
        load.goes_on()
        service.kill()
    again = make_service()
    assert_nothing_lost(load, again, auth)
    with load_on(again, auth) as load:
        load.goes_on()
