"""Consistent-Through: true, never backwards, and not held up by the dead."""

import time
import uuid
from datetime import timedelta

import pytest
from bson import ObjectId

from lrs.errors import ServiceUnavailableError
from lrs.storage import stored_time as clocks
from lrs.storage.stored_time import LEASE_S, StoredClock, StoredTime, now_us, read_consistent_through

HOUR_US = 3_600_000_000


@pytest.fixture
def alone(database):
    """A set of marks that no other process of this test run knows."""

    class Apart:
        client = database.client

        class db(dict):
            suffix = uuid.uuid4().hex

            def __missing__(self, name):
                return database.db[f"test_{name}_{self.suffix}"]

        def __init__(self):
            self.db = self.db()

    return Apart()


@pytest.fixture
def start(alone):
    """Start clocks, as so many processes would, and stop them at the end."""
    running = []

    def begin():
        clock = StoredClock(alone, lambda: clocks.now_us())  # `set_clock` is for these clocks alone
        clock.start()
        running.append(clock)
        return clock

    yield begin
    for clock in running:
        clock.stop()


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def test_order_keys_sort_by_time_then_worker_then_position():
    keys = [StoredTime(t, w).seq(p) for t in (1, 256, 2**40) for w in (1, 300) for p in (0, 1, 70000)]
    assert keys == sorted(keys)
    assert len(set(map(len, keys))) == 1


def test_times_given_grow_and_are_near_the_clock(start):
    clock = start()
    given = []
    for _ in range(100):
        with clock.give() as moment:
            given.append(moment.stored)
    assert given == sorted(set(given))
    assert abs(given[-1] - now_us()) < 5_000_000


def test_a_write_in_flight_holds_the_mark_below_it(start):
    clock = start()
    with clock.give() as moment:
        wait_for(lambda: clock.consistent_through() == moment.stored - 1)
        time.sleep(0.25)
        assert clock.consistent_through() == moment.stored - 1
    wait_for(lambda: clock.consistent_through() >= moment.stored)


def test_the_slowest_process_holds_the_mark_for_all(start, alone):
    slow, fast = start(), start()
    with slow.give() as moment:
        with fast.give():
            pass
        wait_for(lambda: fast.consistent_through() == moment.stored - 1)
        assert read_consistent_through(alone) == moment.stored - 1
    wait_for(lambda: fast.consistent_through() >= moment.stored)


def test_a_new_process_writes_only_after_what_was_shown(start):
    first = start()
    shown = first.consistent_through()
    with start().give() as moment:
        assert moment.stored > shown


def test_it_never_goes_back_while_processes_come_and_go(start):
    watcher = start()
    shown = []
    for _ in range(15):
        shown.append(watcher.newest_consistent_through())
        newcomer = start()
        shown += [watcher.newest_consistent_through(), newcomer.newest_consistent_through()]
        with newcomer.give():
            shown.append(watcher.newest_consistent_through())
        newcomer.stop()
    assert shown == sorted(shown)


def test_what_one_process_shows_is_held_for_a_moment_and_never_goes_back(start, monkeypatch):
    holder, other = start(), start()
    monkeypatch.setattr(clocks, "HELD_S", 3600)
    shown = [holder.consistent_through()]
    wait_for(lambda: other.newest_consistent_through() > shown[0])
    shown.append(holder.consistent_through())
    assert shown[0] == shown[1]
    shown.append(holder.newest_consistent_through())
    assert shown[2] > shown[1]
    assert holder.consistent_through() == shown[2]
    monkeypatch.setattr(clocks, "HELD_S", 0)
    wait_for(lambda: holder.consistent_through() > shown[2])


def test_workers_have_numbers_of_their_own(start):
    seen = set()
    for _ in range(5):
        with start().give() as moment:
            seen.add(moment.worker)
    assert len(seen) == 5


def test_a_process_that_leaves_takes_its_mark_along(start, alone):
    start().stop()
    assert list(alone.db["clock_marks"].find()) == []


def test_the_mark_of_a_dead_process_no_longer_counts_after_its_lease(start, alone):
    living = start()
    marks = alone.db["clock_marks"]
    row = marks.find_one()
    dead = {**row, "_id": 60_000, "mark": 5, "beat": row["beat"] - LEASE_S + 5}
    marks.insert_one(dead)
    assert read_consistent_through(alone) == 5
    marks.update_one({"_id": 60_000}, {"$set": {"beat": row["beat"] - LEASE_S - 5}})
    assert read_consistent_through(alone) > 5
    assert living.newest_consistent_through() > 5


def test_marks_of_processes_that_have_all_died_hide_nothing(alone, monkeypatch):
    monkeypatch.setattr(clocks, "LEASE_S", 0.3)
    an_hour_ahead = now_us() + HOUR_US
    at = clocks.database_time(alone) - timedelta(hours=1)
    alone.db["clock_marks"].insert_one({"_id": 1, "mark": 5, "given": an_hour_ahead, "beat": 7.0, "at": at})
    assert read_consistent_through(alone) > an_hour_ahead
    assert list(alone.db["clock_marks"].find()) == []


def give_one(clock):
    with clock.give() as moment:
        return moment.stored


@pytest.fixture
def set_clock(monkeypatch):
    """Set the wall clock of this process forward or back by so many microseconds."""
    return lambda by_us: monkeypatch.setattr(clocks, "now_us", lambda: time.time_ns() // 1000 + by_us)


def test_a_clock_set_back_holds_nothing_up(start, alone, set_clock):
    busy, idle = start(), start()
    before = give_one(busy)
    set_clock(-HOUR_US)
    stored = give_one(busy)
    assert stored > before
    wait_for(lambda: idle.newest_consistent_through() >= stored)
    wait_for(lambda: read_consistent_through(alone) >= stored)
    assert give_one(start()) > stored
    assert clocks.clock_behind_s(alone) > 3000


def test_a_clock_that_is_behind_goes_on_ticking_after_the_times_of_all_processes(start, set_clock):
    one, other = start(), start()
    set_clock(HOUR_US)
    before = one.tick()
    set_clock(0)
    wait_for(lambda: other.tick() > before)
    assert one.tick() > before
    assert other.tick() < other.tick()


def test_a_clock_set_forward_passes_no_write_in_flight(start, set_clock):
    slow, fast = start(), start()
    with slow.give() as moment:
        set_clock(HOUR_US)
        wait_for(lambda: give_one(fast) > moment.stored + HOUR_US / 2)
        time.sleep(0.3)
        assert fast.newest_consistent_through() < moment.stored


def test_times_grow_although_all_processes_end_and_the_clock_is_set_back(start, set_clock):
    first = start()
    before = give_one(first)
    first.stop()
    set_clock(-HOUR_US)
    assert give_one(start()) > before


def test_a_clock_that_is_behind_is_told_of(start, set_clock, caplog):
    give_one(start())
    set_clock(-HOUR_US)
    wait_for(lambda: "clock_behind" in caplog.messages)
    time.sleep(0.3)
    assert caplog.messages.count("clock_behind") == 1


def test_a_process_that_cannot_renew_its_lease_refuses_to_write(start, monkeypatch):
    clock = start()
    monkeypatch.setattr(clocks, "LEASE_S", 0)
    with pytest.raises(ServiceUnavailableError), clock.give():
        pass


def test_a_clock_that_was_not_started_gives_no_time(alone):
    with pytest.raises(ServiceUnavailableError), StoredClock(alone).give():
        pass


def test_with_nobody_writing_it_is_now(alone):
    assert abs(read_consistent_through(alone) - now_us()) < 5_000_000


def test_what_one_store_has_in_flight_holds_no_other_store(start, alone):
    first, second = start(), start()
    busy, idle = ObjectId(), ObjectId()
    with first.give(busy) as moment, second.give(busy):
        wait_for(lambda: second.consistent_through(idle) > moment.stored)
        assert second.consistent_through(busy) == moment.stored - 1
        assert read_consistent_through(alone, idle) > moment.stored
        assert read_consistent_through(alone, busy) == moment.stored - 1
        assert second.consistent_through() == moment.stored - 1
    wait_for(lambda: second.consistent_through(busy) > moment.stored)


def test_the_mark_of_each_store_never_goes_back(start):
    clock, stores = start(), [ObjectId() for _ in range(3)]
    shown = {store: [] for store in stores}
    for number in range(60):
        with clock.give(stores[number % 3]) as moment:
            time.sleep(0.005)
            for store in stores:
                shown[store].append(clock.newest_consistent_through(store))
            assert shown[stores[number % 3]][-1] < moment.stored
    for seen in shown.values():
        assert seen == sorted(seen)
