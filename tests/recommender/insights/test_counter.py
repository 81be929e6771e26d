"""Figures counted by one process, read by others: the same answers, never for other people, and never for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lrs.personas import set_choices
from lrs.privacy.erasing import ErasureWish, erase_person
from lrs.storage.database import Database
from recommender.config import RecommenderSettings
from recommender.errors import FiguresCountedError
from recommender.insights.answers import Answer, Question
from recommender.insights.asking import Insights, ask
from recommender.insights.counter import LOCK, Counter
from recommender.insights.figures import FIGURES
from recommender.insights.named import find_ready
from recommender.insights.stored import OLDEST_US, State
from recommender.insights.written import read, written
from recommender.privacy.declarations import HOLDINGS
from recommender.storage.answers import COLLECTION, Wish, find_counted
from recommender.storage.answers import Counted as AnswerCounted
from recommender.storage.insights import find_marks
from recommender.storage.locks import acquire_lock, release_lock
from tests.recommender.insights.company import ROLES

LEARNERS = [f"learner{number}" for number in range(12)]


@pytest.fixture
def acting(in_team: Callable[..., Any], post: Callable[..., Any], sync: Callable[..., Any]) -> None:
    """Twelve people of one team who were active lately."""
    post([in_team(1, name, "completed", "video", "sales") for name in LEARNERS])
    sync()


@pytest.fixture
def counter(database: Database) -> Counter:
    return Counter(database, RecommenderSettings(refresh_ms=0))


@pytest.fixture
def running(counter: Counter) -> Iterator[Counter]:
    """The counter, in a thread in place of its process."""
    ended = threading.Event()
    thread = threading.Thread(target=counter.run, args=(ended,))
    thread.start()
    yield counter
    ended.set()
    thread.join()


def reading(database: Database, waits_s: float) -> Insights:
    """A process that answers requests, each of which waits so long."""
    settings = RecommenderSettings(refresh_ms=0, counted_apart=1)
    return Insights(database, settings, lambda: time.monotonic() + waits_s)


@pytest.mark.parametrize("name", ["reach", "who-helps-whom", "first-answer", "near-doubles", "equity"])
def test_an_answer_is_read_as_it_was_written(name, insights, company):
    found = ask(insights, company.store, name, Question())
    assert read(written(found), Answer) == found


def test_a_process_reads_what_the_process_that_counts_has_counted(acting, running, insights, database, store):
    found = ask(reading(database, 30), store, "reach", Question(by=("team",)))
    assert found == ask(insights, store, "reach", Question(by=("team",)))
    assert found.rows[0].cells["active"].count == 10


def test_a_request_waits_no_longer_than_it_may(acting, database, store):
    with pytest.raises(FiguresCountedError, match="being counted"):
        ask(reading(database, 0), store, "reach", Question())


def test_what_was_counted_once_is_there_at_once_for_a_new_process(acting, counter, database, store):
    with pytest.raises(FiguresCountedError):
        ask(reading(database, 0), store, "reach", Question())
    counter.count_wanted()
    assert ask(reading(database, 0), store, "reach", Question()).total is not None


def test_an_answer_with_somebody_who_has_withdrawn_is_not_shown(acting, counter, database, store):
    process = reading(database, 0)
    with pytest.raises(FiguresCountedError):
        ask(process, store, "reach", Question())
    counter.count_wanted()
    before = ask(process, store, "reach", Question())
    for name in LEARNERS[:5]:
        set_choices(database, store.id, f"mbox|mailto:{name}@acme.example", {"figures": False})
    with pytest.raises(FiguresCountedError):
        ask(process, store, "reach", Question())
    counter.count_wanted()
    after = ask(reading(database, 0), store, "reach", Question())
    assert (before.total.cells["active"].count, after.total.cells["active"].count) == (10, 5)


@pytest.mark.parametrize(
    ("agreeing", "day", "age_us", "fits"),
    [
        ("a", 5, 0, True),
        ("b", 5, 0, False),
        ("a", 4, 0, False),
        ("a", 5, OLDEST_US - 1, True),
        ("a", 5, OLDEST_US, False),
    ],
)
def test_an_answer_fits_the_people_the_day_and_the_hour(agreeing, day, age_us, fits):
    now = 10 * OLDEST_US
    assert State("a", 5).fits(AnswerCounted(agreeing, day, now - age_us, 0), now) is fits


def test_one_process_at_a_time_counts_for_a_store(acting, counter, database, store):
    with pytest.raises(FiguresCountedError):
        ask(reading(database, 0), store, "reach", Question())
    wish = Wish(store.id, "reach", 0, FIGURES["reach"].window_days, (), (), store.floor)
    other = acquire_lock(database, store.id, LOCK, 60)
    counter.count_wanted()
    assert find_counted(database, wish)[0] is None
    release_lock(database, store.id, LOCK, other)
    counter.count_wanted()
    assert find_counted(database, wish)[0] is not None


def test_an_answer_is_counted_again_after_it_was_looked_at(acting, counter, database, store):
    with pytest.raises(FiguresCountedError):
        ask(reading(database, 0), store, "reach", Question())
    counter.count_wanted()
    answers = database.collection(COLLECTION, store.id)
    long_ago = time.time_ns() // 1000 - OLDEST_US // 4
    answers.update_many({}, {"$set": {"counted": long_ago}})
    counter.count_again()
    assert answers.find({})[0]["counted"] > long_ago


def test_an_answer_that_another_version_wrote_is_counted_again(acting, counter, database, store):
    with pytest.raises(FiguresCountedError):
        ask(reading(database, 0), store, "reach", Question())
    counter.count_wanted()
    answers = database.collection(COLLECTION, store.id)
    answers.update_many({}, {"$set": {"body": written({"of": "another version"})}})
    with pytest.raises(FiguresCountedError):
        ask(reading(database, 0), store, "reach", Question())
    counter.count_wanted()
    assert ask(reading(database, 0), store, "reach", Question()).total is not None


def test_an_erasure_leaves_no_answer(acting, counter, database, store):
    with pytest.raises(FiguresCountedError):
        ask(reading(database, 0), store, "reach", Question())
    counter.count_wanted()
    erase_person(database, store.id, ErasureWish("mbox|mailto:learner0@acme.example"), HOLDINGS)
    assert database.collection(COLLECTION, store.id).count({}) == 0


def test_days_are_rolled_up_before_anybody_asks(acting, counter, database, store):
    assert find_marks(database, store.id)[1]
    counter.count_again()
    assert not find_marks(database, store.id)[1]


def test_people_are_listed_as_by_a_process_that_counts_itself(insights, company, running, database):
    role = next(iter(ROLES))
    there = find_ready(reading(database, 30), company.store, role, 50)
    assert there == find_ready(insights, company.store, role, 50)
