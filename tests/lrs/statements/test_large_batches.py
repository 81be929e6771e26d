"""Large batches: all of it or nothing, for everybody, whenever its process ends."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from pymongo.errors import OperationFailure

from lrs.errors import (
    PayloadTooLargeError,
    RequestRefusedError,
    ServiceUnavailableError,
    StatementConflictError,
)
from lrs.statements import batches
from lrs.storage.database import StoreCollection
from lrs.storage.embedded_engine.awaited import AwaitedTargets
from lrs.storage.embedded_engine.landmarks import Landmarks
from lrs.storage.statements import large_batches, sweeping
from lrs.storage.statements.documents import LOWEST_SEQ, SeqRange
from lrs.storage.statements.filters import StatementFilter
from lrs.storage.statements.large_batches import LargeBatches
from lrs.storage.statements.publication import Publication, link_batch
from lrs.storage.statements.read import StatementReads
from lrs.storage.statements.sweeping import sweep_large_batches
from lrs.storage.statements.write import StatementWrites
from lrs.storage.stored_time import NO_WORKER, StoredTime
from schemas.errors import InvalidInputError
from schemas.versions import XAPI_1_0_3

EVERYTHING = SeqRange(LOWEST_SEQ.ljust(14, b"\0"), b"\xff" * 14)
LONG_AGO = datetime(2020, 1, 1)
KEPT = ("statements", "landmarks", "large_batches", "statement_references")


class Killed(Exception):
    """The process ends here."""


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A batch of more than five is large here, and goes in parts of three."""
    monkeypatch.setattr(batches, "MOST_IN_A_TRANSACTION", 5)
    monkeypatch.setattr(batches, "PART", 3)
    monkeypatch.setattr("lrs.storage.embedded_engine.landmarks.STATEMENTS_PER_LANDMARK", 2)
    monkeypatch.setattr(large_batches, "ROWS_AT_ONCE", 2)


@pytest.fixture
def post(service, credential):
    def send(batch):
        return service.writer.store_statements(json.dumps(batch).encode(), credential, XAPI_1_0_3)

    return send


@pytest.fixture
def reads(database, store):
    return StatementReads(database, store.id, Landmarks(database))


@pytest.fixture
def kept(database, store):
    """Count what the database holds for the store."""
    return lambda: {name: database.collection(name, store.id).count({}) for name in KEPT}


@pytest.fixture
def seen(reads):
    """Return the texts that a reader sees: newest first, oldest first, in the feed, and by agent."""

    def look():
        found = [
            reads.query_statements(StatementFilter(), EVERYTHING, ascending=ascending, limit=limit)
            for ascending in (False, True)
            for limit in (2, 100)
        ]
        found.append(list(reads.iterate_statements(EVERYTHING, 2)))
        found.append(reads.statements_of_agent("mbox|mailto:ada@example.org", b""))
        return [[json.loads(item.text)["id"] for item in page] for page in found]

    return look


@pytest.fixture
def is_there(reads):
    return lambda statement, voided=False: bool(
        reads.find_statement(statement["id"], voided=voided, authority=None)
    )


def ids(batch):
    return [statement["id"] for statement in batch]


def test_it_is_stored_in_order_and_seen_by_every_reader(post, seen, statements, kept):
    batch = statements(10)
    assert post(batch) == ids(batch)
    newest, oldest = ids(batch)[::-1], ids(batch)
    assert seen() == [newest[:2], newest, oldest[:2], oldest, oldest, oldest]
    assert kept() == {"statements": 10, "landmarks": 5, "large_batches": 1, "statement_references": 0}


def test_a_large_batch_with_attachments_is_refused_and_leaves_nothing(service, credential, statements, kept):
    batch = json.dumps(statements(6)).encode()
    before = kept()
    with pytest.raises(PayloadTooLargeError, match="may have 5 Statements"):
        service.writer.store_statements(batch, credential, XAPI_1_0_3, iter(()))
    assert kept() == before


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


def test_nobody_sees_it_before_it_is_published(
    post, seen, is_there, service, statements, make_statement, monkeypatch
):
    first, batch = make_statement(), statements(9)
    post([first])
    looks, add = [], Publication.add

    def look_after(self, rows):
        add(self, rows)
        looks.append((seen(), any(map(is_there, batch)), self._seq))
        assert service.clock.newest_consistent_through() < int.from_bytes(self._seq[:8], "big")

    monkeypatch.setattr(Publication, "add", look_after)
    post(batch)
    assert [(pages, there) for pages, there, _ in looks] == [([[first["id"]]] * 6, False)] * 3
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
    found = reads.query_statements(wanted, EVERYTHING, ascending=True, limit=9)
    assert [json.loads(item.text)["id"] for item in found] == [inner[2]["id"], pointer["id"]]


def test_what_points_at_it_waits_for_its_publication(
    post, is_there, seen, statements, make_statement, make_void, refer, monkeypatch
):
    batch = statements(8)
    pointer = make_statement(object=refer(batch[1]["id"]), verb={"id": "https://example.org/verbs/cited"})
    publish = Publication.publish

    def others_first(self, before_commit):
        post([make_void(batch[0]["id"])])
        post([pointer])
        assert not is_there(batch[0], voided=True)
        publish(self, before_commit)

    monkeypatch.setattr(Publication, "publish", others_first)
    post(batch)
    assert is_there(batch[0], voided=True)
    assert pointer["id"] in seen()[3]


@pytest.fixture
def kill_after(monkeypatch):
    """Let the process end at its nth writing step: nothing that it would do then is done."""

    def arm(patch, steps):
        left = [steps]

        def guarded(name):
            real = getattr(StoreCollection, name)

            def step(self, *arguments, **named):
                left[0] -= 1
                if left[0] < 0:
                    raise Killed
                return real(self, *arguments, **named)

            return step

        for name in ("insert_many", "update_one", "update_many", "delete_many"):
            patch.setattr(StoreCollection, name, guarded(name))

    return arm


@pytest.mark.parametrize("steps", range(22))
def test_killed_between_any_two_steps_it_is_there_wholly_or_not_at_all(
    post, kept, seen, is_there, database, statements, make_void, monkeypatch, kill_after, steps
):
    target, batch = statements(8)[0], statements(8)
    post([target])
    batch[6] = make_void(target["id"])
    with monkeypatch.context() as patch, suppress(Killed):
        kill_after(patch, steps)
        post(batch)
    at_once = seen()[3]
    assert [name for name in at_once if name != target["id"]] in ([], ids(batch))
    monkeypatch.setattr(large_batches, "LEASE", timedelta(seconds=-1))
    sweep_large_batches(database)
    now = seen()[3]
    assert [name for name in now if name != target["id"]] in ([], ids(batch))
    assert len([name for name in at_once if name != target["id"]]) == len(
        [name for name in now if name != target["id"]]
    )
    assert is_there(target, voided=True) == (ids(batch)[0] in now)
    assert kept()["statements"] == len(now) + is_there(target, voided=True)
    assert post(batch) == ids(batch)
    assert seen()[3] == ids(batch)
    assert is_there(target, voided=True)


@pytest.fixture
def left_behind(post, monkeypatch, kill_after):
    """Leave a batch open, as a process does that is killed before it publishes."""

    def leave(batch):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(LargeBatches, "publish", lambda *_: kill_after(patch, 0))
            patch.setattr(LargeBatches, "finish", lambda *_: 1 / 0)
            patch.setattr("lrs.storage.statements.publication.link_batch", _die)
            patch.setattr(LargeBatches, "remove", lambda *_: None)
            post(batch)

    return leave


@pytest.fixture
def post_unlinked(post, monkeypatch):
    """Post a batch that is published, and its process killed before it is linked."""

    def send(batch):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr("lrs.storage.statements.publication.link_batch", _die)
            post(batch)

    return send


def _die(*_):
    raise Killed


@pytest.mark.parametrize("size", [1, 3, 8], ids=["single", "transaction", "large"])
def test_an_id_of_a_batch_on_its_way_is_503_until_its_lease_is_over(
    post, left_behind, seen, kept, statements, monkeypatch, size
):
    batch = statements(8)
    left_behind(batch)
    assert seen()[3] == []
    with pytest.raises(ServiceUnavailableError, match="being stored at this moment"):
        post(batch[:size])
    monkeypatch.setattr(large_batches, "LEASE", timedelta(seconds=-1))
    assert post(batch[:size]) == ids(batch[:size])
    assert seen()[3] == ids(batch[:size])
    assert kept()["statements"] == size


def test_a_void_in_it_reaches_a_target_that_comes_later(
    post, is_there, database, store, statements, make_statement, make_void
):
    target, batch = make_statement(), statements(8)
    post([make_statement()])
    assert AwaitedTargets(database, store.id).may_be() is False
    post([*batch[:4], make_void(target["id"]), make_void(batch[1]["id"]), *batch[4:]])
    assert AwaitedTargets(database, store.id).may_be() is True
    post([target])
    assert is_there(target, voided=True)


def test_what_points_within_it_only_waits_for_nothing(post, database, store, statements, make_void):
    batch = statements(8)
    post(batch[:1])
    post([*batch[1:], make_void(batch[0]["id"]), make_void(batch[2]["id"])])
    assert AwaitedTargets(database, store.id).may_be() is False


def test_one_resent_after_its_linking_failed_is_linked(
    post, post_unlinked, is_there, statements, make_statement, make_void
):
    target, batch = make_statement(), statements(8)
    batch[5] = make_void(target["id"])
    post([make_statement()])
    post_unlinked(batch)
    assert post(batch) == ids(batch)
    post([target])
    assert is_there(target, voided=True)


def test_a_running_process_finishes_what_was_left_behind(
    post, post_unlinked, is_there, database, statements, make_statement, make_void, monkeypatch
):
    target, batch = make_statement(), statements(8)
    batch[5] = make_void(target["id"])
    post([target])
    post_unlinked(batch)
    monkeypatch.setattr(sweeping, "EVERY_S", 0.01)
    sweeper = sweeping.Sweeper(database)
    sweeper.start()
    assert not is_there(target, voided=True)  # its lease is not over
    monkeypatch.setattr(large_batches, "LEASE", timedelta(seconds=-1))
    deadline = time.monotonic() + 30
    while not is_there(target, voided=True) and time.monotonic() < deadline:
        time.sleep(0.01)
    sweeper.stop()
    assert is_there(target, voided=True)


def test_one_resent_keeps_its_lease_while_it_is_linked(post, database, statements, make_void, monkeypatch):
    batch = statements(6)
    batch += [make_void(item["id"]) for item in batch]
    assert post(batch) == ids(batch)
    mend = StatementWrites.mend_links

    def slowly(self, statement_ids):
        mend(self, statement_ids)
        database.db["large_batches"].update_many({"state": "open"}, [{"$set": {"at": LONG_AGO}}])

    def sweeping_first(self, before_commit, publish=Publication.publish):
        sweep_large_batches(database)
        publish(self, before_commit)

    monkeypatch.setattr(StatementWrites, "mend_links", slowly)
    monkeypatch.setattr(Publication, "publish", sweeping_first)
    assert post(batch) == ids(batch)


@pytest.fixture
def end_leases(database, store):
    """Let the leases of what is published be over: of this store alone, for others left some behind too."""
    batches_here = database.collection("large_batches", store.id)
    return lambda: batches_here.update_many({"state": "published"}, {"$set": {"at": LONG_AGO}})


@pytest.fixture
def on_linking(store, monkeypatch):
    """Call something before a sweep links a batch of this store."""

    def arm(call):
        def link(database, store_id, *arguments):
            if store_id == store.id:
                call()
            link_batch(database, store_id, *arguments)

        monkeypatch.setattr(sweeping, "link_batch", link)

    return arm


def test_two_sweeps_at_once_link_a_batch_once(
    post_unlinked, end_leases, on_linking, is_there, kept, database, statements, make_void
):
    batch = statements(6)
    batch += [make_void(item["id"]) for item in batch]
    post_unlinked(batch)
    end_leases()
    linked = []
    on_linking(lambda: linked.append(1))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: sweep_large_batches(database), range(4)))
    assert linked == [1]
    assert kept()["statement_references"] == 6
    assert all(is_there(item, voided=True) for item in batch[:6])


def test_one_that_cannot_be_finished_keeps_no_other_from_it(
    post_unlinked, end_leases, on_linking, is_there, database, statements, make_void
):
    first, second = [[*batch, make_void(batch[0]["id"])] for batch in (statements(6), statements(6))]
    post_unlinked(first)
    post_unlinked(second)
    end_leases()
    failures = [OperationFailure("too large")]

    def fail_once():
        if failures:
            raise failures.pop()

    on_linking(fail_once)
    sweep_large_batches(database)
    assert sorted(is_there(batch[0], voided=True) for batch in (first, second)) == [False, True]
    end_leases()
    sweep_large_batches(database)
    assert all(is_there(batch[0], voided=True) for batch in (first, second))


def test_a_void_of_one_that_was_never_published_reaches_it_when_it_comes_again(
    post, left_behind, is_there, statements, make_statement, make_void, monkeypatch
):
    batch = statements(8)
    post([make_statement()])
    left_behind(batch)
    post([make_void(batch[3]["id"])])
    monkeypatch.setattr(large_batches, "LEASE", timedelta(seconds=-1))
    post([batch[3]])
    assert is_there(batch[3], voided=True)


def test_one_whose_lease_was_over_is_not_published(post, database, kept, statements, monkeypatch):
    publish = Publication.publish

    def late(self, before_commit):
        with monkeypatch.context() as patch:
            patch.setattr(large_batches, "LEASE", timedelta(seconds=-1))
            sweep_large_batches(database)
        publish(self, before_commit)

    monkeypatch.setattr(Publication, "publish", late)
    with pytest.raises(ServiceUnavailableError, match="took too long"):
        post(statements(8))
    assert set(kept().values()) == {0}


def test_a_process_that_stood_still_publishes_nothing(service, post, kept, statements, monkeypatch):
    publish = Publication.publish

    def stand_still(self, before_commit):
        service.clock._lapses += 1
        publish(self, before_commit)

    monkeypatch.setattr(Publication, "publish", stand_still)
    with pytest.raises(ServiceUnavailableError, match="could not keep its place"):
        post(statements(8))
    assert set(kept().values()) == {0}


def test_a_batch_with_its_neighbours_is_named_by_any_of_its_order_keys():
    keys = [StoredTime(1_000, worker).seq(place) for worker in (6, 7, 8) for place in (0, 1, 2**32 - 1)]
    span = large_batches.span_of(keys[4])
    assert [key for key in keys if span.low < key <= span.high] == keys[3:6]
    assert {len(span.low), len(span.high)} == {len(StoredTime(1, NO_WORKER).seq(0))}
