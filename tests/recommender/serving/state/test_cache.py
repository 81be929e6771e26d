from __future__ import annotations

import logging
import threading

import pytest

from lrs.errors import ServiceUnavailableError
from recommender.serving.state.cache import update_beside

WITHIN_S = 20


@pytest.fixture
def lock() -> threading.Lock:
    held = threading.Lock()
    held.acquire()
    return held


def test_it_is_done_in_another_thread_and_its_lock_let_go(lock: threading.Lock) -> None:
    done_by: list[int] = []
    update_beside(lock, lambda: done_by.append(threading.get_ident()), at_once=False)
    assert lock.acquire(timeout=WITHIN_S)
    assert done_by != [threading.get_ident()]
    assert len(done_by) == 1


def test_at_once_it_is_done_before_anything_else(lock: threading.Lock) -> None:
    done_by: list[int] = []
    update_beside(lock, lambda: done_by.append(threading.get_ident()), at_once=True)
    assert done_by == [threading.get_ident()]
    assert lock.acquire(blocking=False)


@pytest.mark.parametrize("at_once", [True, False])
def test_what_fails_is_told_and_the_lock_let_go(
    lock: threading.Lock, at_once: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ServiceUnavailableError("The database is away.")

    with caplog.at_level(logging.ERROR, "recommender.serving"):
        update_beside(lock, fail, at_once=at_once)
        assert lock.acquire(timeout=WITHIN_S)
    assert "The database is away." in caplog.text


def test_where_no_thread_can_be_started_the_lock_is_let_go(
    lock: threading.Lock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as limited:
        limited.setattr(threading.Thread, "start", refuse)
        update_beside(lock, lambda: pytest.fail("done all the same"), at_once=False)
    assert lock.acquire(blocking=False)
    assert "can't start new thread" in caplog.text
