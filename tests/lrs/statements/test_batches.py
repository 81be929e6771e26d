"""Batches: all of it or nothing, for everybody, whenever its process ends."""

import json
from contextlib import suppress

import pytest

from lrs.config import Settings
from lrs.errors import PayloadTooLargeError, RequestRefusedError, StatementConflictError
from lrs.statements import batches
from lrs.statements.storing import StatementWriter
from lrs.storage.database import Database, StoreCollection
from lrs.storage.statement_documents import LOWEST_SEQ, SeqRange
from lrs.storage.statement_filters import StatementFilter
from lrs.storage.statements.read import StatementReads
from lrs.storage.statements.sweeping import link_what_was_left
from schemas.errors import InvalidInputError
from schemas.versions import XAPI_1_0_3

EVERYTHING = SeqRange(LOWEST_SEQ.ljust(14, b"\0"), b"\xff" * 14)
KEPT = ("statements", "landmarks", "statements_to_link", "statement_references")


class Killed(Exception):
    """The process ends here."""


@pytest.fixture(autouse=True, params=[0, batches.LARGEST_HELD_PARSED], ids=["packed", "held"])
def small(monkeypatch, request):
    """Landmarks lie close, so that pages span several; batches are held as Python values or not."""
    monkeypatch.setattr(batches, "LARGEST_HELD_PARSED", request.param)
    monkeypatch.setattr("lrs.storage.embedded_engine.landmarks.STATEMENTS_PER_LANDMARK", 2)


@pytest.fixture
def post(service, credential):
    def send(batch):
        return service.writer.store_statements(json.dumps(batch).encode(), credential, XAPI_1_0_3)

    return send


@pytest.fixture
def reads(database, store):
    return StatementReads(database, store.id)


@pytest.fixture
def kept(database, store):
    """Count what the database holds for the store."""
    return lambda: {name: database.collection(name, store.id).count({}) for name in KEPT}


@pytest.fixture
def seen(reads):
    """Return the texts that a reader sees: newest first, oldest first, in the feed, and by agent."""

    def look():
        found = [
            reads.query_statements(StatementFilter(), EVERYTHING, ascending=ascending, limit=limit).statements
            for ascending in (False, True)
            for limit in (2, 100)
        ]
        found.append(list(reads.iterate_statements(EVERYTHING, 2)))
        found.append(list(reads.statements_of_agent("mbox|mailto:ada@example.org", b"")))
        return [[json.loads(item.text)["id"] for item in page] for page in found]

    return look


@pytest.fixture
def is_there(reads):
    return lambda statement, voided=False: bool(
        reads.find_statement(statement["id"], voided=voided, credential=None)
    )


def ids(batch):
    return [statement["id"] for statement in batch]


def test_it_is_stored_in_order_and_seen_by_every_reader(post, seen, statements, kept):
    batch = statements(10)
    assert post(batch) == ids(batch)
    newest, oldest = ids(batch)[::-1], ids(batch)
    assert seen() == [newest[:2], newest, oldest[:2], oldest, oldest, oldest]
    assert kept()["statements"] == 10


def test_one_with_too_many_is_refused_with_the_limit_and_the_way_to_import(
    database, service, credential, statements, kept
):
    writer = StatementWriter(database, Settings(max_batch=5), service.clock)
    batch = json.dumps(statements(6)).encode()
    with pytest.raises(PayloadTooLargeError, match=r"6 Statements, the limit is 5.*learnerprise import"):
        writer.store_statements(batch, credential, XAPI_1_0_3)
    assert set(kept().values()) == {0}


def test_those_without_an_id_get_one(post, seen, make_statement):
    given = post([make_statement(id=None) for _ in range(7)])
    assert seen()[3] == given
    assert len(set(given)) == 7


def test_definitions_are_merged(post, lrs, make_statement):
    parts = [{"id": f"https://example.org/{n}", "definition": {"name": {"en": f"N{n}"}}} for n in range(7)]
    batch = [make_statement(object=part) for part in parts]
    post(batch)
    assert lrs.one(batch[6]["id"], format="canonical")["object"]["definition"]["name"] == {"en": "N6"}


@pytest.mark.parametrize(
    ("bad", "error", "says"),
    [
        ({"verb": {"id": "no"}}, InvalidInputError, r"\[7\].verb.id"),
        ({"attachments": [{}]}, InvalidInputError, r"\[7\].attachments"),
        ({"context": {"extensions": {"a:b": "x" * 5_000_000}}}, PayloadTooLargeError, "Statement 7 has"),
    ],
)
def test_one_bad_statement_refuses_all(post, kept, statements, bad, error, says):
    batch = statements(8)
    batch[7] |= bad
    with pytest.raises(error, match=says):
        post(batch)
    assert set(kept().values()) == {0}


def test_a_bad_text_is_told_with_its_place(service, credential, kept, statements):
    texts = [json.dumps(statement) for statement in statements(8)]
    texts[6] = texts[6].replace('"actor"', '"id":"twice","actor"')
    with pytest.raises(InvalidInputError, match=r"\[6\].*duplicate key"):
        service.writer.store_statements(f"[{','.join(texts)}]".encode(), credential, XAPI_1_0_3)
    assert set(kept().values()) == {0}


def test_a_repeated_id_refuses_all(post, kept, statements):
    batch = statements(8)
    batch[7]["id"] = batch[0]["id"].upper()
    with pytest.raises(RequestRefusedError, match="more than once"):
        post(batch)
    assert set(kept().values()) == {0}


def test_a_conflict_refuses_all_and_leaves_nothing(post, kept, seen, statements, make_statement):
    batch = statements(8)
    stored = make_statement(id=batch[7]["id"])
    post([stored])
    before = kept()
    with pytest.raises(StatementConflictError):
        post(batch)
    assert kept() == before
    assert seen()[1] == [stored["id"]]


def test_equal_ones_stored_before_are_kept_as_they_are(post, kept, statements):
    batch = statements(8)
    post([batch[1], batch[7]])
    post(batch)
    assert kept()["statements"] == 8
    assert post(batch) == ids(batch)
    assert kept()["statements"] == 8


def test_nobody_sees_it_before_its_commit(
    post, seen, is_there, service, database, statements, make_statement, monkeypatch
):
    first, batch = make_statement(), statements(9)
    post([first])
    looks, note = [], database.engine.note_stored

    def look_after(store, rows, session=None):
        note(store, rows, session)
        looks.append((seen(), any(map(is_there, batch))))
        assert service.clock.newest_consistent_through() < rows[0].stored

    monkeypatch.setattr(database.engine, "note_stored", look_after)
    post(batch)
    assert looks == [([[first["id"]]] * 6, False)]
    assert seen()[3] == [first["id"], *ids(batch)]


def test_voids_and_references_in_it_and_around_it_are_linked(
    post, reads, is_there, statements, make_statement, make_void, refer
):
    inner, before, after = statements(8), make_statement(), make_statement()
    post([before, make_void(inner[3]["id"])])
    pointer = make_statement(object=refer(inner[2]["id"]), verb={"id": "https://example.org/verbs/cited"})
    post([make_void(inner[0]["id"]), *inner, pointer, make_void(before["id"]), make_void(after["id"])])
    post([after])
    voided = [inner[0], inner[3], before, after]
    assert [is_there(item, voided=True) for item in voided] == [True] * 4
    assert [is_there(item) for item in voided] == [False] * 4
    wanted = StatementFilter(activity=inner[2]["object"]["id"])
    found = reads.query_statements(wanted, EVERYTHING, ascending=True, limit=9).statements
    assert [json.loads(item.text)["id"] for item in found] == [inner[2]["id"], pointer["id"]]


@pytest.fixture
def kill_after():
    """Let the process end at its nth writing step: nothing that it would do then is done."""

    def arm(patch, steps):
        left = [steps]

        def guarded(owner, name):
            real = getattr(owner, name)

            def step(self, *arguments, **named):
                left[0] -= 1
                if left[0] < 0:
                    raise Killed
                return real(self, *arguments, **named)

            return step

        for name in ("insert_many", "update_one", "update_many", "bulk_write", "delete_many"):
            patch.setattr(StoreCollection, name, guarded(StoreCollection, name))
        patch.setattr(Database, "in_transaction", guarded(Database, "in_transaction"))

    return arm


@pytest.mark.parametrize("steps", range(16))
def test_killed_between_any_two_steps_it_is_there_wholly_or_not_at_all(
    post, kept, seen, is_there, database, statements, make_void, refer, monkeypatch, kill_after, steps
):
    target, batch = statements(8)[0], statements(8)
    post([target, make_void(batch[1]["id"])])
    batch[6], batch[7]["object"] = make_void(target["id"]), refer(batch[2]["id"])
    others = set(seen()[3])
    with monkeypatch.context() as patch, suppress(Killed):
        kill_after(patch, steps)
        post(batch)
    at_once = seen()[3]
    is_stored = batch[0]["id"] in at_once
    link_what_was_left(database)
    now = seen()[3]
    stored = [name for name in now if name not in others]
    assert stored == (ids([batch[0], *batch[2:]]) if is_stored else [])
    assert is_there(target, voided=True) == is_there(batch[1], voided=True) == is_stored
    assert kept()["statements_to_link"] == 0
    assert post(batch) == ids(batch)
    assert [name for name in seen()[3] if name not in others] == ids([batch[0], *batch[2:]])
    assert is_there(target, voided=True) and is_there(batch[1], voided=True)
