"""What was erased is sent again: as a store sets, refused, pseudonymised or taken; and other erasures of Statements."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import asdict, replace
from hashlib import sha1, sha256

import pytest

from lrs.auth.credentials import Credential
from lrs.auth.stores import set_retention
from lrs.errors import ErasedPersonError, RequestRefusedError
from lrs.ingestion.ndjson import ImportFiles, import_statements
from lrs.personas import find_persona, set_choices
from lrs.privacy.erasing import ErasureWish, begin_erasure, erase_person, run_erasure
from lrs.privacy.retention import Selection, count_selected, remove_selected, retain
from lrs.statements.attachments import SentAttachment
from lrs.storage.erased import HELD_S, ErasedPeople, find_erasure_key, set_sent_again
from lrs.storage.removal import count_documents, remove_documents
from lrs.storage.stored_time import now_us
from lrs.storage.stores import take_due_rows, update_store_row
from recommender.catalogue.editing import learner_keys
from recommender.privacy.declarations import HOLDINGS
from recommender.storage.interactions import find_takers
from schemas.identifiers import identifier_of, is_pseudonym
from schemas.json_text import dump_json
from schemas.retention import RetentionRule
from schemas.versions import XAPI_1_0_3


@pytest.fixture
def credential(store):
    return Credential("key", "test", store, frozenset({"all"}))


@pytest.fixture
def send(service, credential):
    """Send Statements in one batch; return their ids."""
    return lambda *batch: service.writer.store_statements(dump_json(batch), credential, XAPI_1_0_3)


@pytest.fixture
def texts(database, store):
    return lambda: [
        bytes(row.get("text", b"")).decode() for row in database.collection("statements", store.id).find({})
    ]


@pytest.fixture
def erased(post, act, agent, sync, database, store, identifier):
    """Erase Ada, who completed one nugget and was followed by Ben; return both Statements."""
    found = [act("ada", "completed", "a"), act("ben", "followed", agent("ada")), act("ben", "completed", "a")]
    post(found)
    sync()
    erase_person(database, store.id, ErasureWish(identifier("ada")), HOLDINGS)
    return found


def test_a_batch_with_somebody_erased_is_refused_as_a_whole(erased, send, act, texts):
    before = sorted(texts())
    with pytest.raises(ErasedPersonError, match="Statement 1 ") as raised:
        send(act("ben", "completed", "b"), act("ada", "completed", "b"))
    assert (raised.value.status, raised.value.path) == (403, "[1]")
    assert sorted(texts()) == before


@pytest.mark.parametrize(
    ("erased_by", "refused"), [("hash", "Ada"), ("hash", "hash"), ("ada", "ADA"), ("ADA", "hash")]
)
def test_who_was_erased_by_a_mail_or_its_hash_is_refused_by_both(
    post, act, database, store, send, erased_by, refused
):
    hashed = {"mbox_sha1sum": sha1(b"mailto:ada@acme.example").hexdigest()}
    agents = {name: {"mbox": f"mailto:{name}@acme.example"} for name in ("ada", "Ada", "ADA")} | {
        "hash": hashed
    }
    post([{**act("x", "completed", "a"), "actor": agents[erased_by]}])
    erase_person(database, store.id, ErasureWish(str(identifier_of(agents[erased_by]))), HOLDINGS)
    with pytest.raises(ErasedPersonError):
        send({**act("x", "completed", "b"), "actor": agents[refused]})
    send(act("ben", "completed", "b"))


def test_a_statement_that_was_erased_is_refused_whatever_it_says_now(erased, send, act):
    with pytest.raises(ErasedPersonError):
        send({**act("ben", "completed", "c"), "id": erased[0]["id"]})


def test_entries_and_choices_of_somebody_erased_are_refused(erased, database, store, identifier):
    with pytest.raises(ErasedPersonError):
        learner_keys(database, store.id, [identifier("ben"), identifier("ada")])
    with pytest.raises(ErasedPersonError):
        set_choices(database, store.id, identifier("ada"), {"peer": True})
    assert find_persona(database, store.id, identifier("ada")) is None


def test_bytes_stay_as_long_as_another_statement_holds_them(
    act, service, credential, database, store, identifier
):
    body = b"An essay"
    for name in ("ada", "ben"):
        sha2 = sha256(body).hexdigest()
        declared = {"usageType": "https://acme.example/essay", "display": {"en": "Essay"}, "sha2": sha2}
        declared |= {"contentType": "text/plain", "length": len(body)}
        statement = act(name, "completed", "a", attachments=[declared])
        sent = [SentAttachment(sha2, "text/plain", len(body), [body])]
        service.writer.store_statements(dump_json(statement), credential, XAPI_1_0_3, sent)
    counts = []
    for name in ("ada", "ben"):
        erase_person(database, store.id, ErasureWish(identifier(name)), HOLDINGS)
        files = ("attachments.files", "attachments.chunks", "attachment_uploads")
        counts.append([database.collection(one, store.id).count({}) for one in files])
    assert counts == [[1, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize("when", ["just now", "voided", "begun"])
def test_the_title_of_a_post_goes_whether_or_not_it_was_read(
    when, post, act, sync, database, store, identifier, texts
):
    note = {
        "id": "https://acme.example/posts/p1",
        "definition": {"type": "http://activitystrea.ms/schema/1.0/note", "name": {"en": "Own secret words"}},
    }
    posted = {**act("ada", "liked", note), "verb": {"id": "https://w3id.org/xapi/acrossx/verbs/posted"}}
    voiding = act("ada", "voided", {"objectType": "StatementRef", "id": posted["id"]})
    liked, wish = act("ben", "liked", note), ErasureWish(identifier("ada"))
    sent = {
        "just now": [posted, liked],
        "voided": [posted, voiding, liked],
        "begun": [act("ada", "liked", "x")],
    }
    post(sent[when])
    if when == "voided":
        sync()
    begun = begin_erasure(database, store.id, wish, HOLDINGS)
    if when == "begun":
        post([{**posted, "actor": {**posted["actor"], "name": "Ada Secretname"}}, liked])
    post([act("cleo", "rated", "y", result={"response": "Ada Secretname said so"})])
    run_erasure(database, store.id, begun.id, HOLDINGS)
    sync()
    held = [bytes(row["text"]) for row in database.collection("activities", store.id).find({})]
    left = b"".join([*map(str.encode, texts()), *held])
    assert b"posts/p1" in left and b"Own secret words" not in left
    assert (b"Secretname" in left) is (when != "begun")


def test_bad_lines_of_an_import_keep_no_text_of_somebody_erased(erased, service, credential, tmp_path):
    files = ImportFiles.beside(tmp_path / "again.ndjson")
    files.source.write_bytes(b"\n".join(map(dump_json, erased)))
    counts = import_statements(service, credential, XAPI_1_0_3, files, lambda counts: None)
    assert (counts.rejected, counts.duplicates, counts.stored) == (2, 1, 0)
    rows = [json.loads(line) for line in files.rejected.read_text().splitlines()]
    assert [row["text"] for row in rows] == ["", ""]
    assert "ada@" not in files.rejected.read_text()


def test_bad_lines_keep_nothing_that_may_name_somebody_erased(erased, service, credential, tmp_path, act):
    files = ImportFiles.beside(tmp_path / "bad.ndjson")
    wrong = {**erased[0], "timestamp": "ada@acme.example"}
    fine = {**act("ben", "completed", "c"), "timestamp": "yesterday"}
    files.source.write_bytes(b"\n".join([dump_json(wrong), b'{"actor": ada@acme.example', dump_json(fine)]))
    assert import_statements(service, credential, XAPI_1_0_3, files, lambda counts: None).rejected == 3
    rows = [json.loads(line) for line in files.rejected.read_text().splitlines()]
    assert [bool(row["text"]) for row in rows] == [False, False, True]
    assert rows[0]["reason"].startswith("timestamp: it breaks xAPI 1.0.3 Data ")
    assert "ada@" not in files.rejected.read_text()


def test_who_is_erased_while_an_import_runs_is_in_none_of_its_files_from_then_on(
    post, act, service, credential, tmp_path, database, store, identifier, monkeypatch
):
    post([act("ada", "completed", "a")])
    files = ImportFiles.beside(tmp_path / "running.ndjson")
    wrong = {**act("ada", "completed", "b"), "timestamp": "yesterday"}
    ben = act("ben", "completed", "b")
    conflict = {**act("ben", "completed", "c"), "id": ben["id"]}
    files.source.write_bytes(b"\n".join(map(dump_json, [wrong, ben, wrong, conflict])))
    monkeypatch.setattr("lrs.ingestion.ndjson.LINES_AT_ONCE", 1)
    holdings = replace(HOLDINGS, folder=tmp_path)

    def erase_once(counts):
        if counts.lines == 1:
            assert "ada@acme.example" in files.rejected.read_text()
            done = erase_person(database, store.id, ErasureWish(identifier("ada")), holdings)
            assert done.receipt["lines_removed_from_files"] == 3
        assert not any(b"ada@" in one.read_bytes() for one in tmp_path.iterdir())

    counts = import_statements(service, credential, XAPI_1_0_3, files, erase_once)
    assert (counts.stored, counts.rejected) == (1, 3)
    first, *rows = files.rejected.read_text().splitlines()
    assert (first, [(row["line"], bool(row["text"])) for row in map(json.loads, rows)]) == (
        "",
        [(3, False), (4, True)],
    )
    assert files.source.read_bytes() == b"\n".join([b"", dump_json(ben), b"", dump_json(conflict)])


def test_what_is_sent_again_gets_the_same_pseudonym(erased, send, database, store, act, texts, sync):
    set_sent_again(database, store.id, "pseudonymise")
    service_knows = ErasedPeople(database).key_of(store.id)
    assert service_knows and service_knows.sent_again == "pseudonymise"
    wait_until_known()
    ids = send(*erased, act("ada", "completed", "b"))
    assert len(ids) == 4
    people = {json.loads(text)["actor"].get("account", {}).get("name") for text in texts()} - {None}
    assert len(texts()) == 4 and len(people) == 1  # erased[1] was there already, and equal
    assert not any("ada@" in text for text in texts())
    sync()
    assert find_takers(database, store.id, ["https://acme.example/b"])["https://acme.example/b"] == {}
    personas = database.collection("personas", store.id).find({}, ["identifiers"])
    assert not any(is_pseudonym(one) for row in personas for one in row["identifiers"])


def wait_until_known():
    """Wait as long as a process may use what it read of a store."""
    time.sleep(HELD_S + 0.05)


def test_a_store_may_take_everything_again(erased, send, database, store, identifier, sync):
    set_sent_again(database, store.id, "take")
    wait_until_known()
    send(erased[0])
    assert find_persona(database, store.id, identifier("ada")) is None


def test_own_statements_may_stay_under_a_pseudonym(post, act, sync, database, store, identifier, texts):
    post([act("ada", "completed", "a"), act("ben", "completed", "a")])
    sync()
    wish = ErasureWish(identifier("ada"), own="pseudonymise")
    assert erase_person(database, store.id, wish, HOLDINGS).counts["statements"] == 1
    assert len(texts()) == 2 and not any("ada@" in text for text in texts())
    assert len(find_takers(database, store.id, ["https://acme.example/a"])["https://acme.example/a"]) == 1


def test_statements_of_others_may_go_too(post, act, agent, sync, database, store, identifier, texts):
    post([act("ben", "followed", agent("ada")), act("ben", "completed", "a")])
    sync()
    erase_person(database, store.id, ErasureWish(identifier("ada"), mentions="remove"), HOLDINGS)
    assert len(texts()) == 1


def test_statements_go_by_registration_verb_credential_and_age(post, act, sync, database, store, send, texts):
    registration = str(uuid.uuid4())
    kept = act("ben", "completed", "a")
    gone = act("ben", "completed", "b", context={"registration": registration})
    post([kept, gone, act("cleo", "paused", "a")])
    sync()
    with pytest.raises(RequestRefusedError, match="Nothing says which"):
        remove_selected(database, store.id, Selection(), HOLDINGS)
    selections = [
        Selection(registration=registration.upper()),
        Selection(verb=act("x", "paused", "a")["verb"]["id"]),
    ]
    for selection in selections:
        assert count_selected(database, store.id, selection) == 1
        assert remove_selected(database, store.id, selection, HOLDINGS) == 1
    assert find_takers(database, store.id, ["https://acme.example/b"])["https://acme.example/b"] == {}
    with pytest.raises(ErasedPersonError):
        send(gone)
    assert count_selected(database, store.id, Selection(credential="another")) == 0
    assert remove_selected(database, store.id, Selection(stored_before=now_us()), HOLDINGS) == 1
    assert texts() == []
    send(kept)  # it went for its age alone
    assert len(texts()) == 1


def test_rules_say_how_long_what_is_kept(post, act, database, store, texts):
    post([act("ben", "completed", "a"), act("cleo", "paused", "a")])
    paused = act("x", "paused", "a")["verb"]["id"]
    rules = (RetentionRule(36_500), RetentionRule(1, paused), RetentionRule(0, credential="another"))
    assert not retain(database, store.id, rules, HOLDINGS)
    assert retain(database, store.id, (*rules, RetentionRule(0, paused)), HOLDINGS) == {
        RetentionRule(0, paused): 1
    }
    assert len(texts()) == 1
    with pytest.raises(RequestRefusedError, match="0 days"):
        set_retention(database, store, [RetentionRule(0)])


def test_a_service_carries_rules_out_by_itself_and_once_a_day(client, act, database, store):
    sent = [act("ben", "completed", "a"), act("cleo", "paused", "a")]
    assert client.post("/xapi/statements", json=sent).ok
    rule = asdict(RetentionRule(0, sent[1]["verb"]["id"]))
    update_store_row(database, store.id, retention=[rule], retained_us=0)
    deadline = time.monotonic() + 30
    while len(client.get("/xapi/statements").json()["statements"]) > 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert store.id not in {row.id for row in take_due_rows(database, now_us() - 60_000_000)}


def test_the_key_goes_with_the_store(erased, database, store):
    assert find_erasure_key(database, store.id)
    assert {"erased", "erasure_keys", "erasures"} <= count_documents(database, store.id).keys()
    remove_documents(database, store.id, lambda count, line: None)
    assert find_erasure_key(database, store.id) is None
