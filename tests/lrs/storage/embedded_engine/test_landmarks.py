import itertools
from dataclasses import dataclass

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from lrs.storage.embedded_engine.landmarks import (
    BYTES_PER_LANDMARK,
    STATEMENTS_PER_LANDMARK,
    WIDENING,
    Landmark,
    Landmarks,
)
from lrs.storage.statement_documents import SeqRange

SEQ = st.binary(min_size=2, max_size=2)


class NoLandmarks(Landmarks):
    """Landmarks given by the test."""

    def __init__(self, known, size=1000):
        self._fixed = [Landmark(seq, STATEMENTS_PER_LANDMARK, size) for seq in sorted(known)]

    def _refresh(self, store):
        return self._fixed


def windows_of(landmarks, store, span, *, ascending):
    """Walk through a span as a reader does that finds nothing: window after window, each wider than the one before."""
    statements = STATEMENTS_PER_LANDMARK
    while span.low < span.high:
        window = landmarks.window(store, span, ascending=ascending, statements=statements)
        yield window
        span = span.without(window, ascending=ascending)
        statements *= WIDENING


@given(st.sets(SEQ, max_size=60), SEQ, SEQ, st.booleans())
def test_windows_cover_the_range_exactly_once_in_order(known, one, other, ascending):
    span = SeqRange(*sorted((one, other)))
    windows = list(windows_of(NoLandmarks(known), ObjectId(), span, ascending=ascending))
    edges = [span.low, *(window.high for window in (windows if ascending else windows[::-1]))]
    assert edges[-1] == span.high
    assert all(low < high for low, high in itertools.pairwise(edges))
    assert sorted(window.low for window in windows) == edges[:-1]


@given(st.sets(SEQ, min_size=30, max_size=60), st.booleans())
def test_windows_grow_so_that_few_are_needed(known, ascending):
    span = SeqRange(b"", b"\xff\xff\xff")
    assert len(list(windows_of(NoLandmarks(known), ObjectId(), span, ascending=ascending))) <= 5


@given(st.integers(0, 4000), st.booleans(), st.integers(1, 400))
def test_a_window_holds_what_it_should_or_reaches_the_end(position, ascending, wanted):
    """The store holds a Statement at each number."""
    numbers = range(STATEMENTS_PER_LANDMARK, 4001, STATEMENTS_PER_LANDMARK)
    known = [number.to_bytes(2, "big") for number in numbers]
    edge = position.to_bytes(2, "big")
    span = SeqRange(edge, (4000).to_bytes(2, "big")) if ascending else SeqRange(b"\0\0", edge)
    window = NoLandmarks(known).window(ObjectId(), span, ascending=ascending, statements=wanted)
    low, high = (int.from_bytes(item, "big") for item in (window.low, window.high))
    assert window == span or wanted <= high - low <= wanted + 2 * STATEMENTS_PER_LANDMARK


@given(st.integers(0, 4000), st.booleans(), st.integers(1, 9))
def test_a_window_of_large_statements_ends_at_bytes(position, ascending, landmarks):
    """The store holds a Statement at each number; so many landmarks are as many bytes as a window may hold."""
    numbers = range(STATEMENTS_PER_LANDMARK, 4001, STATEMENTS_PER_LANDMARK)
    known = NoLandmarks([number.to_bytes(2, "big") for number in numbers], size=7)
    edge = position.to_bytes(2, "big")
    span = SeqRange(edge, (4000).to_bytes(2, "big")) if ascending else SeqRange(b"\0\0", edge)
    window = known.window(
        ObjectId(), span, ascending=ascending, statements=4000, most_bytes=landmarks * 7 + 3
    )
    low, high = (int.from_bytes(item, "big") for item in (window.low, window.high))
    assert high - low <= (landmarks + 1) * STATEMENTS_PER_LANDMARK
    assert window == span or high - low > (landmarks - 1) * STATEMENTS_PER_LANDMARK


@pytest.fixture
def landmarks(database):
    return Landmarks(database)


@dataclass(frozen=True)
class Stored:
    """What landmarks need of a row."""

    seq: bytes
    text: bytes = b"{}"


def noted(database, store):
    rows = database.collection("landmarks", store.id).find({})
    return sorted((bytes(row["seq"]), row["statements"], row["bytes"]) for row in rows)


def test_a_landmark_is_noted_when_enough_came_together(landmarks, database, store):
    rows = [Stored(bytes([number])) for number in range(2 * STATEMENTS_PER_LANDMARK + 1)]
    landmarks.count(store.id, rows[: STATEMENTS_PER_LANDMARK - 1])
    assert noted(database, store) == []
    landmarks.count(store.id, rows[STATEMENTS_PER_LANDMARK - 1 :])
    size = (STATEMENTS_PER_LANDMARK, 2 * STATEMENTS_PER_LANDMARK)
    assert noted(database, store) == [
        (rows[count * STATEMENTS_PER_LANDMARK - 1].seq, *size) for count in (1, 2)
    ]


def test_a_landmark_is_noted_when_enough_bytes_came_together(landmarks, database, store):
    half = bytes(BYTES_PER_LANDMARK // 2)
    landmarks.count(store.id, [Stored(b"a", half), Stored(b"b"), Stored(b"c", half), Stored(b"d", 3 * half)])
    assert noted(database, store) == [(b"c", 3, 2 * len(half) + 2), (b"d", 1, 3 * len(half))]


def test_another_process_sees_the_landmarks(landmarks, database, store):
    for name in (b"b", b"d", b"c"):
        landmarks.count(store.id, [Stored(name)] * STATEMENTS_PER_LANDMARK)
    windows = list(windows_of(Landmarks(database), store.id, SeqRange(b"a", b"e"), ascending=True))
    assert windows == [SeqRange(b"a", b"c"), SeqRange(b"c", b"e")]


def test_landmarks_are_of_one_store(landmarks, database, store, other_store):
    landmarks.count(store.id, [Stored(b"b")] * STATEMENTS_PER_LANDMARK)
    span = SeqRange(b"a", b"c")
    assert list(windows_of(Landmarks(database), other_store.id, span, ascending=True)) == [span]
