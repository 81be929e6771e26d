"""The door for those who learn from Statements: all of them, in stored order, once."""

import json
import time

import pytest

from lrs.statements.feed import iterate_statements, statements_of_agents, voided_since
from schemas.versions import XAPI_1_0_3

ADA, BOB, CAROL = ({"mbox": f"mailto:{name}@example.org"} for name in ("ada", "bob", "carol"))
ADAS, BOBS = "mbox|mailto:ada@example.org", "mbox|mailto:bob@example.org"


@pytest.fixture
def put_in(service, credential):
    """Store Statements through the service and wait until they count as visible."""

    def store(*batch):
        service.writer.store_statements(json.dumps(batch).encode(), credential, XAPI_1_0_3)
        now, deadline = time.time_ns() // 1000, time.monotonic() + 20
        while service.clock.consistent_through() < now and time.monotonic() < deadline:
            time.sleep(0.02)
        return [statement["id"] for statement in batch]

    return store


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_everything_comes_once_in_stored_order(database, store, put_in, statements, batch):
    wanted = [name for size in (4, 1, 5) for name in put_in(*statements(size))]
    found = list(iterate_statements(database, store.id, batch=batch))
    assert [item.statement_id for item in found] == wanted
    assert [item.seq for item in found] == sorted(item.seq for item in found)
    assert json.loads(found[0].text)["id"] == wanted[0]


def test_reading_goes_on_after_the_last_one_seen(database, store, put_in, statements):
    first = put_in(*statements(3))
    seen = list(iterate_statements(database, store.id))
    second = put_in(*statements(2))
    rest = iterate_statements(database, store.id, after=seen[-1].seq)
    assert [item.statement_id for item in seen] == first
    assert [item.statement_id for item in rest] == second


def test_voided_ones_are_flagged_and_told(database, store, put_in, make_statement, make_void):
    target = make_statement()
    put_in(target)
    [seen] = iterate_statements(database, store.id)
    void = make_void(target["id"])
    put_in(void)
    flags = {item.statement_id: item.voided for item in iterate_statements(database, store.id)}
    assert flags == {target["id"]: True, void["id"]: False}
    assert list(voided_since(database, store.id, b"")) == [target["id"]]
    assert list(voided_since(database, store.id, seen.seq)) == [target["id"]]
    last = list(iterate_statements(database, store.id))[-1]
    assert list(voided_since(database, store.id, last.seq)) == []


def test_statements_of_agents_are_those_of_actor_or_object(database, store, put_in, make_statement):
    mine = make_statement(actor=ADA)
    about_me = make_statement(actor=BOB, object={"objectType": "Agent", **ADA})
    around_me = make_statement(actor=BOB, context={"instructor": ADA})
    put_in(mine, about_me, around_me)
    found = list(statements_of_agents(database, store.id, ["mbox|mailto:ada@example.org"]))
    assert [item.statement_id for item in found] == [mine["id"], about_me["id"]]
    rest = statements_of_agents(database, store.id, ["mbox|mailto:ada@example.org"], after=found[0].seq)
    assert list(rest) == found[1:]


@pytest.mark.parametrize("few", [1, 100])
def test_statements_of_several_agents_come_once_and_in_order(
    database, store, put_in, make_statement, monkeypatch, few
):
    monkeypatch.setattr("lrs.storage.embedded_engine.landmarks.STATEMENTS_PER_LANDMARK", 3)
    monkeypatch.setattr("lrs.storage.embedded_engine.pages.FEW", few)
    monkeypatch.setattr("lrs.storage.embedded_engine.pages.LIGHT", 0)
    both = make_statement(actor=ADA, object={"objectType": "Agent", **BOB})
    put_in(make_statement(actor=CAROL), both)
    [seen] = statements_of_agents(database, store.id, [ADAS])
    batches = [[make_statement(actor=who) for who in (BOB, ADA, CAROL, ADA, BOB)] for _ in range(5)]
    theirs = [name for batch in batches for place, name in enumerate(put_in(*batch)) if place != 2]
    found = statements_of_agents(database, store.id, [ADAS, BOBS], seen.seq)
    assert [item.statement_id for item in found] == theirs
    everything = statements_of_agents(database, store.id, [BOBS, ADAS])
    assert [item.statement_id for item in everything] == [both["id"], *theirs]


def test_another_store_is_never_in_the_feed(database, other_store, put_in, statements):
    put_in(*statements(3))
    assert list(iterate_statements(database, other_store.id)) == []
    assert list(statements_of_agents(database, other_store.id, ["mbox|mailto:ada@example.org"])) == []
