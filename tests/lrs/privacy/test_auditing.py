"""Lines name people by digests, follow each other in a chain that shows every change, and are lost by no rivalry."""

import json
import threading
import time
import uuid

import pytest

from lrs.auth.stores import create_store
from lrs.personas import find_or_create_personas
from lrs.privacy.auditing import (
    IDENTIFIER,
    MOST_NAMED,
    PERSONA,
    Access,
    AuditTrail,
    export_lines,
    find_lines,
    names_of_person,
    verify_trail,
)
from lrs.storage.audit import AuditRepository
from lrs.storage.persona_links import PersonaLinks
from lrs.storage.personal_data import Person
from lrs.storage.removal import count_documents, remove_documents

ADA, BOB = "mbox|mailto:ada@example.org", "mbox|mailto:bob@example.org"


@pytest.fixture
def trail(database):
    return AuditTrail(database, 30, pause_s=0)


@pytest.fixture
def note(trail, store):
    def write(*about, of=store, **changes):
        values = {
            "key": "lms",
            "learner": None,
            "method": "GET",
            "route": "/xapi/agents",
            "number": 1,
            **changes,
        }
        named = tuple((IDENTIFIER, one) for one in about)
        trail.note(Access(store=of.id, at=time.time_ns() // 1000, about=named, **values))

    return write


def lines(database, store, *about, limit=100, after=None):
    named = [(IDENTIFIER, one) for one in about] if about else None
    return find_lines(database, store.id, named, limit, after)


def test_a_line_says_who_when_which_route_and_how_many_and_names_nobody(database, store, note):
    note(ADA, learner=BOB, number=3)
    [line] = lines(database, store).lines
    assert (line["key"], line["method"], line["route"], line["count"]) == ("lms", "GET", "/xapi/agents", 3)
    assert abs(line["at"] / 1e6 - time.time()) < 60
    assert len(line["by"]) == len(line["about"][0]) == 32
    kept = str(list(database.db["audit"].find({"store": store.id})))
    assert "ada@" not in kept
    assert "bob" not in kept


def test_digests_are_the_same_in_a_store_and_different_in_another(database, store, other_store, note):
    note(ADA)
    note(ADA)
    note(ADA, of=other_store)
    first, second = (line["about"] for line in lines(database, store).lines)
    assert first == second != lines(database, other_store).lines[0]["about"]


def test_lines_of_a_person_are_found_with_those_about_everybody_newest_first(database, store, note):
    note(ADA, number=1)
    note(BOB, number=2)
    note(number=3)
    note(ADA, BOB, number=4)
    assert [line["count"] for line in lines(database, store, ADA).lines] == [4, 3, 1]
    assert [line["count"] for line in lines(database, store, BOB).lines] == [4, 3, 2]
    assert [line["count"] for line in lines(database, store).lines] == [4, 3, 2, 1]


def test_a_line_about_very_many_people_is_about_everybody(database, store, note):
    note(*(f"openid|https://example.org/{number}" for number in range(MOST_NAMED + 1)))
    assert lines(database, store).lines[0]["about"] == ["*"]


def test_one_person_is_found_under_all_names(database, store, note, trail):
    find_or_create_personas(database, store.id, {ADA: "Ada"})
    named = names_of_person(database, store.id, ADA)
    [persona] = [name for kind, name in named if kind == PERSONA]
    hashed = next(name for kind, name in named if name.startswith("mbox_sha1sum|"))
    note(hashed)
    trail.note(Access(store.id, 1, "lms", None, "GET", "/x", ((PERSONA, persona),), 1))
    note(BOB)
    assert len(find_lines(database, store.id, named, 10).lines) == 2


def test_lines_under_the_id_of_a_person_who_was_joined_are_found(database, store):
    personas = find_or_create_personas(database, store.id, {ADA: None, BOB: None})
    PersonaLinks(database, store.id).join([(ADA, BOB)], "admin")
    named = names_of_person(database, store.id, ADA)
    assert {name for kind, name in named if kind == PERSONA} == set(map(str, personas.values()))


def test_the_lines_of_a_person_are_exported_without_those_of_others(database, store, note):
    note(ADA, number=1)
    note(BOB, number=2)
    note(number=3)
    note(ADA, BOB, number=4)
    person = Person(store.id, None, (ADA,))
    found = [json.loads(text) for text in export_lines(database, person)]
    assert [line["count"] for line in found] == [4, 1]
    assert set(found[0]) == {"timestamp", "key", "method", "route", "count"}


def test_pages_follow_each_other_within_and_between_blocks(database, store):
    slow = AuditTrail(database, 30, pause_s=60)
    for number in range(25):
        slow.note(Access(store.id, number, "lms", None, "GET", "/x", ((IDENTIFIER, ADA),), number))
        if number % 7 == 6:
            slow.stop()
    slow.stop()
    found, after = [], None
    while True:
        page = lines(database, store, ADA, limit=4, after=after)
        found += [line["count"] for line in page.lines]
        after = page.more
        if after is None:
            break
    assert found == list(range(24, -1, -1))


def test_a_chain_that_nobody_touched_is_true(database, store, note):
    for _ in range(5):
        note(ADA)
    [day] = verify_trail(database, store.id)
    assert (day.lines, day.fault, len(day.last_hash)) == (5, "", 64)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"$set": {"text": b"[]"}}, "block 3 was changed"),
        ({"$set": {"day": "2020-01-01"}}, "block 3 was changed"),
        ({"$set": {"number": 30}}, "missing"),
        (None, "block 3 is missing"),
    ],
    ids=str,
)
def test_what_was_changed_or_removed_is_seen(database, store, note, change, said):
    for _ in range(5):
        note(ADA)
    third = {"store": store.id, "number": 3}
    if change:
        database.db["audit"].update_one(third, change)
    else:
        database.db["audit"].delete_one(third)
    assert said in " ".join(day.fault for day in verify_trail(database, store.id))


def test_a_block_written_anew_with_a_right_hash_does_not_fit_the_next_one(database, store, note):
    for _ in range(3):
        note(ADA)
    blocks = list(AuditRepository(database, store.id).iterate())
    database.db["audit"].delete_one({"store": store.id, "number": 3})
    database.db["audit"].delete_one({"store": store.id, "number": 2})
    note(BOB)
    copy = {"number": 3, "day": blocks[2].day, "previous": blocks[2].previous, "text": blocks[2].text}
    row = {"_id": f"{store.id}:{3:012d}", **copy, "hash": blocks[2].hash, "about": [], "store": store.id}
    database.db["audit"].insert_one(row)
    assert "block 3 does not follow" in verify_trail(database, store.id)[0].fault


def test_the_oldest_blocks_may_have_expired(database, store, note):
    for _ in range(4):
        note(ADA)
    database.db["audit"].delete_many({"store": store.id, "number": {"$lt": 3}})
    [day] = verify_trail(database, store.id)
    assert (day.lines, day.fault) == (2, "")


def test_several_processes_write_one_chain(database, store):
    def write(name):
        own = AuditTrail(database, 30, pause_s=0)
        for _ in range(10):
            own.note(Access(store.id, 1, name, None, "GET", "/x", ((IDENTIFIER, ADA),), 1))

    threads = [threading.Thread(target=write, args=(f"process-{number}",)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    [day] = verify_trail(database, store.id)
    assert (day.lines, day.fault) == (40, "")


def test_what_waits_is_written_at_the_end_and_together(database, store):
    waiting = AuditTrail(database, 30, pause_s=60)
    for number in range(1_100):
        waiting.note(Access(store.id, number, "lms", None, "GET", "/x", (), 1))
    assert lines(database, store).lines == ()
    waiting.stop()
    assert [len(block.lines) for block in AuditRepository(database, store.id).iterate()] == [500, 500, 100]


def test_the_database_drops_old_lines(database):
    indexes = database.db["audit"].index_information().values()
    assert [index["key"] for index in indexes if index.get("expireAfterSeconds") == 0] == [[("expires", 1)]]


def test_the_trail_and_its_key_go_with_the_store(database, trail):
    store = create_store(database, f"store-{uuid.uuid4().hex}")
    trail.note(Access(store.id, 1, "lms", None, "GET", "/x", ((IDENTIFIER, ADA),), 1))
    assert count_documents(database, store.id) == {"audit": 1, "audit_keys": 1}
    remove_documents(database, store.id, lambda *_: None)
    assert count_documents(database, store.id) == {}
