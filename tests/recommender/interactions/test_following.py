"""New Statements are read by themselves, by one process at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.interactions import following
from recommender.interactions.following import LONGEST_REST_S, Follower, rest_after
from recommender.interactions.sync import LOCK
from recommender.storage.locks import acquire_lock, release_lock
from recommender.storage.reading import find_watermark

PATIENCE_S = 30


@pytest.fixture
def make(database: Database) -> Iterator[Callable[[float], Follower]]:
    made: list[Follower] = []

    def follower(pause_s: float = 0.01) -> Follower:
        made.append(Follower(database, pause_s))
        return made[-1]

    yield follower
    for one in made:
        one.end()


@pytest.fixture
def rows(database: Database, store: Store) -> Callable[[], int]:
    return lambda: database.collection("interactions", store.id).count({})


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("note", [Follower.note_asked, Follower.note_written])
def test_a_store_in_use_is_read_to_its_end_and_then_left_alone(
    make: Any, store: Store, post: Any, act: Any, rows: Any, note: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MOST_STATEMENTS", 7)
    monkeypatch.setattr(following, "LOOK_AGAIN_S", (0.01,))
    post([act("ann", "completed", f"n{number}", number) for number in range(30)])
    follower = make()
    note(follower, store.id)
    _wait(lambda: rows() == 30)
    _wait(lambda: follower._thread is None)
    post([act("ann", "completed", "later", 90)])
    note(follower, store.id)
    _wait(lambda: rows() == 31)


def test_while_another_process_reads_it_waits(
    make: Any, database: Database, store: Store, post: Any, act: Any, rows: Any
) -> None:
    post([act("ann", "completed", "a")])
    token = acquire_lock(database, store.id, LOCK, 60)
    assert token
    follower = make()
    follower.note_written(store.id)
    until = time.monotonic() + 0.3  # many pauses
    while time.monotonic() < until:
        assert rows() == 0
    release_lock(database, store.id, LOCK, token)
    _wait(lambda: rows() == 1)


def test_two_followers_read_everything_once(
    make: Any, database: Database, store: Store, post: Any, act: Any, rows: Any
) -> None:
    followers = [make(), make()]
    for start in range(0, 60, 10):
        post([act("ann", "completed", f"n{number}", number) for number in range(start, start + 10)])
        for one in followers:
            one.note_written(store.id)
    _wait(lambda: rows() == 60)


def test_what_fails_is_logged_and_tried_again(
    make: Any,
    database: Database,
    store: Store,
    post: Any,
    act: Any,
    rows: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sync, failures = following.sync_interactions, [RuntimeError("away")]

    def fail_once(*args: Any, **options: Any) -> Any:
        if failures:
            raise failures.pop()
        return sync(*args, **options)

    monkeypatch.setattr(following, "sync_interactions", fail_once)
    monkeypatch.setattr(following, "AFTER_FAILURE_S", 0.01)
    post([act("ann", "completed", "a")])
    make().note_written(store.id)
    _wait(lambda: rows() == 1)
    assert "away" in caplog.text


def test_with_a_pause_of_zero_and_after_its_end_nothing_is_read(
    make: Any, database: Database, store: Store, post: Any, act: Any
) -> None:
    post([act("ann", "completed", "a")])
    silent, ended = make(0), make()
    ended.end()
    for one in (silent, ended):
        one.note_written(store.id)
        assert one._thread is None
    assert find_watermark(database, store.id) == b""


def test_it_rests_longer_while_statements_arrive_but_seconds_at_most() -> None:
    assert rest_after(0.02, is_busy=True) == pytest.approx(1.0)
    assert rest_after(0.02, is_busy=False) == pytest.approx(0.02)
    assert rest_after(90.0, is_busy=True) == rest_after(90.0, is_busy=False) == LONGEST_REST_S
