"""A page holds what a plain sort of everything would put there, however landmarks and matches lie."""

import itertools
import os

import pytest
from bson import Binary
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrs.storage import chunks
from lrs.storage.embedded_engine import pages
from lrs.storage.embedded_engine.density import Densities
from lrs.storage.embedded_engine.landmarks import Landmarks
from lrs.storage.embedded_engine.pages import EmbeddedPageReader
from lrs.storage.statement_documents import FIELDS_OF_A_PAGE, SeqRange
from lrs.storage.statement_filters import StatementFilter

LOW, HIGH = b"\0" * 14, b"\xff" * 14
_numbers = itertools.count(1)


def seq_of(position):
    return (position + 1).to_bytes(14, "big")


@pytest.fixture
def fill(database, store):
    """Keep rows that a verb finds, in an area of order keys of its own, with or without landmarks."""

    def keep(visible, landmarks):
        verb, area = f"https://example.org/verbs/{next(_numbers)}", next(_numbers) * 100_000
        rows = [
            {
                "_id": Binary(store.id.binary + seq_of(area + position)),
                "seq": Binary(seq_of(area + position)),
                "verbs": [verb],
                "voided": not shown,
                "text": Binary(str(position).encode()),
            }
            for position, shown in enumerate(visible)
        ]
        database.collection("statements", store.id).insert_many(rows)
        known = [
            {"seq": Binary(seq_of(area + position)), "statements": 20, "bytes": 100} for position in landmarks
        ]
        if known:
            database.collection("landmarks", store.id).insert_many(known)
        return verb, SeqRange(seq_of(area - 1), seq_of(area + len(visible)))

    return keep


@pytest.fixture
def reader(database, store):
    """A reader of a process that has just started."""
    rows = database.collection("statements", store.id)
    return lambda: EmbeddedPageReader(rows, Landmarks(database), Densities())


def read_page(reader, verb, span, *, ascending, limit):
    wanted = StatementFilter(verb=verb)
    return reader.read(wanted, span, FIELDS_OF_A_PAGE, ascending=ascending, limit=limit)


def all_pages(reader, verb, span, *, ascending, limit):
    """Yield the texts of page after page, as `more` would."""
    while True:
        page = read_page(reader, verb, span, ascending=ascending, limit=limit)
        assert len(page.rows) <= limit
        if page.rows:
            yield [int(item["text"]) for item in page.rows]
        if not page.has_more:
            return
        span = span.beyond(bytes(page.rows[-1]["seq"]), ascending=ascending)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    visible=st.lists(st.booleans(), min_size=1, max_size=400),
    landmarks=st.sets(st.integers(0, 399), max_size=12),
    ascending=st.booleans(),
    limit=st.sampled_from([1, 7, 49, 50, 60, 101]),
)
def test_pages_hold_each_visible_row_once_in_order(fill, reader, visible, landmarks, ascending, limit):
    verb, span = fill(visible, landmarks)
    read = list(all_pages(reader(), verb, span, ascending=ascending, limit=limit))
    wanted = [position for position, shown in enumerate(visible) if shown]
    assert list(itertools.chain(*read)) == (wanted if ascending else wanted[::-1])
    assert all(len(page) == limit for page in read[:-1])


@pytest.mark.parametrize("ascending", [True, False])
def test_a_window_with_far_more_than_expected_is_read_again_in_order(fill, reader, monkeypatch, ascending):
    monkeypatch.setattr(pages, "ROOM", -300)
    verb, span = fill([True, False] * 300, [])
    read = list(all_pages(reader(), verb, span, ascending=ascending, limit=100))
    wanted = list(range(0, 600, 2))
    assert list(itertools.chain(*read)) == (wanted if ascending else wanted[::-1])


def test_of_a_filter_met_before_a_page_is_one_round_trip(fill, reader, database, store, monkeypatch):
    """One Statement in ten matches: the first page finds that out, the next one knows it."""
    _, span = fill([True] * 3000, range(49, 3000, 50))
    verb = f"https://example.org/verbs/{next(_numbers)}"
    tenth = [seq_of(int.from_bytes(span.low, "big") + position) for position in range(0, 3000, 10)]
    wanted = {"seq": {"$in": tenth}}
    assert database.collection("statements", store.id).update_many(wanted, {"$set": {"verbs": [verb]}}) == 300
    process, asked = reader(), []
    for name in ("iterate", "aggregate"):
        plain = getattr(process._rows, name)
        monkeypatch.setattr(
            process._rows, name, lambda *args, plain=plain, **kw: asked.append(1) or plain(*args, **kw)
        )
    for trips in (range(2, 5), range(1, 2)):
        asked.clear()
        found = read_page(process, verb, span, ascending=False, limit=101)
        assert (len(found.rows), len(asked) in trips) == (101, True)


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 19, 20, 101])
@pytest.mark.parametrize("landmarks", [(), range(0, 40, 5)])
def test_a_page_ends_at_bytes_as_well_as_at_a_number(fill, reader, monkeypatch, ascending, limit, landmarks):
    """Each text has one or two digits; a page has room for four of them, or for one that is larger alone."""
    for module in (pages, chunks):
        monkeypatch.setattr(module, "BYTES_AT_ONCE", 4)
    verb, span = fill([True] * 40, landmarks)
    read = list(all_pages(reader(), verb, span, ascending=ascending, limit=limit))
    wanted = list(range(40))
    assert list(itertools.chain(*read)) == (wanted if ascending else wanted[::-1])
    assert all(sum(len(str(number)) for number in page) <= 4 for page in read)
    assert len(read) >= 70 // 4


@pytest.mark.skipif("MONGODB_URI" in os.environ, reason="MongoDB itself bounds its answers")
@pytest.mark.parametrize("limit", [3, 101])
def test_more_than_the_driver_takes_at_once_is_read_in_pages(database, store, reader, limit):
    """No landmark says how large they are: those of another process are known a little later."""
    verb, large = f"https://example.org/verbs/{next(_numbers)}", bytes(4_000_000)
    rows = [
        {
            "_id": Binary(store.id.binary + seq_of(position)),
            "seq": Binary(seq_of(position)),
            "verbs": [verb],
            "agents": ["somebody"],
            "voided": False,
            "text": Binary(large),
        }
        for position in range(13)
    ]
    for row in rows:
        database.collection("statements", store.id).insert_many([row])
    span, sizes = SeqRange(LOW, HIGH), []
    while span is not None:
        page = read_page(reader(), verb, span, ascending=True, limit=limit)
        sizes.append(len(page.rows))
        span = span.beyond(bytes(page.rows[-1]["seq"]), ascending=True) if page.has_more else None
    assert sizes == [2] * 6 + [1]
    tail = reader().iterate_after(StatementFilter(agent="somebody", with_voided=True), LOW, FIELDS_OF_A_PAGE)
    assert [bytes(row["seq"]) for row in tail] == [seq_of(position) for position in range(13)]
