import itertools

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from lrs.storage.landmarks import STATEMENTS_PER_LANDMARK, Landmarks

SEQ = st.binary(min_size=2, max_size=2)


class NoLandmarks(Landmarks):
    """Landmarks given by the test."""

    def __init__(self, known):
        self._fixed = sorted(known)

    def _refresh(self, store):
        return self._fixed


@given(st.sets(SEQ, max_size=60), SEQ, SEQ, st.booleans(), st.integers(0, 1000))
def test_windows_cover_the_range_exactly_once_in_order(known, one, other, ascending, first):
    low, high = sorted((one, other))
    windows = list(NoLandmarks(known).windows(ObjectId(), low, high, ascending=ascending, first=first))
    upwards = windows if ascending else windows[::-1]
    assert upwards[0][0] == low
    assert upwards[-1][1] == high
    for earlier, later in itertools.pairwise(upwards):
        assert earlier[1] == later[0]
    assert all(start <= end for start, end in windows)


@given(st.sets(SEQ, min_size=30, max_size=60), st.booleans())
def test_windows_grow_so_that_few_are_needed(known, ascending):
    windows = list(NoLandmarks(known).windows(ObjectId(), b"", b"\xff\xff\xff", ascending=ascending))
    assert len(windows) <= 5


@pytest.fixture
def landmarks(database):
    return Landmarks(database)


def test_a_landmark_is_noted_when_enough_came_together(landmarks, database, store):
    seqs = [bytes([number]) for number in range(2 * STATEMENTS_PER_LANDMARK + 1)]
    landmarks.count(store.id, seqs[: STATEMENTS_PER_LANDMARK - 1])
    assert database.collection("landmarks", store.id).count({}) == 0
    landmarks.count(store.id, seqs[STATEMENTS_PER_LANDMARK - 1 :])
    rows = database.collection("landmarks", store.id).find({})
    noted = [seqs[STATEMENTS_PER_LANDMARK - 1], seqs[2 * STATEMENTS_PER_LANDMARK - 1]]
    assert sorted(bytes(row["seq"]) for row in rows) == noted


def test_another_process_sees_the_landmarks(landmarks, database, store):
    for name in (b"b", b"d", b"c"):
        landmarks.count(store.id, [name] * STATEMENTS_PER_LANDMARK)
    windows = list(Landmarks(database).windows(store.id, b"a", b"e", ascending=True))
    assert windows == [(b"a", b"c"), (b"c", b"e")]


def test_landmarks_are_of_one_store(landmarks, database, store, other_store):
    landmarks.count(store.id, [b"b"] * STATEMENTS_PER_LANDMARK)
    assert list(Landmarks(database).windows(other_store.id, b"a", b"c", ascending=True)) == [(b"a", b"c")]
