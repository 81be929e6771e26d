"""The searching test: somebody in every role is erased, and then nothing anywhere says anything of that person."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha1, sha256
from typing import Any

import bson
import pytest

from lrs.auth.credentials import Credential
from lrs.documents import Documents, Preconditions
from lrs.errors import ErasedPersonError
from lrs.personas import find_person, find_persona
from lrs.privacy.erasing import ErasureWish, erase_person, preview_erasure, wait_for_writers
from lrs.statements.attachments import SentAttachment
from lrs.storage.erasures import ErasuresRepository
from lrs.storage.stored_time import now_us
from recommender.catalogue.editing import learner_keys, put_entry
from recommender.insights.rollups import roll_up
from recommender.interactions.sync import sync_interactions
from recommender.models.registry import list_models, load
from recommender.online.experiments import start_experiment
from recommender.privacy.declarations import EVERYTHING, HOLDINGS
from recommender.storage.impressions import Impression, insert_impressions
from recommender.training.jobs import retrain
from schemas.documents import DocumentKey
from schemas.identifiers import identifier_of
from schemas.json_text import dump_json
from schemas.versions import XAPI_1_0_3

NOTE = "http://activitystrea.ms/schema/1.0/note"
POSTED = "https://w3id.org/xapi/acrossx/verbs/posted"
LIKED = "https://w3id.org/xapi/acrossx/verbs/liked"
ADDRESSED_TO = "https://learnerprise.org/xapi/extensions/addressed-to"

ERASE_AND_KILL = """
import os, signal, sys, time
import bson
import recommender.interactions.sync
from lrs.privacy.erasing import ErasureWish, erase_person
from lrs.storage.database import Database
from recommender.privacy.declarations import HOLDINGS

recommender.interactions.sync.LEASE_S = 1  # the next process waits for the lock of one that was killed
uri, store, identifier, *moments = sys.argv[1:]
for moment in moments:
    steps, seconds = moment.split(":")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        wish = ErasureWish(identifier)
        erase_person(Database.connect(uri), bson.ObjectId(store), wish, HOLDINGS, lambda line: os.write(writing, b"."))
        os._exit(0)
    for _ in range(int(steps)):
        os.read(reading, 1)
    time.sleep(float(seconds))
    os.kill(child, signal.SIGKILL)
    print("killed" if os.WIFSIGNALED(os.waitpid(child, 0)[1]) else "ended")
"""


@dataclass(frozen=True)
class Marked:
    """The learner to be erased: whatever is said of it holds its unique sign."""

    sign: str

    @property
    def mail(self) -> str:
        return f"ada.{self.sign}@acme.example"

    @property
    def agent(self) -> dict[str, Any]:
        return {"objectType": "Agent", "name": f"Ada L{self.sign}", "mbox": f"mailto:{self.mail}"}

    @property
    def hashed(self) -> dict[str, Any]:
        return {"mbox_sha1sum": self.sha1}

    @property
    def sha1(self) -> str:
        return sha1(f"mailto:{self.mail}".encode()).hexdigest()

    @property
    def identifier(self) -> str:
        return str(identifier_of(self.agent))

    @property
    def post(self) -> dict[str, Any]:
        name = {"en": f"About sign{self.sign} and feedback"}
        return {
            "id": f"https://acme.example/posts/{self.post_id}",
            "definition": {"type": NOTE, "name": name},
        }

    @property
    def post_id(self) -> str:
        return sha256(self.sign.encode()).hexdigest()[:12]


@pytest.fixture
def marked():
    return Marked(uuid.uuid4().hex[:12])


@pytest.fixture
def credential(store):
    return Credential("key", "test", store, frozenset({"all"}))


@pytest.fixture
def statements(marked, act):
    """Statements in which the marked learner has every role; the last ones are of others and mention it."""
    ada, team = marked.agent, {"name": "Crew", "mbox": "mailto:crew@acme.example", "objectType": "Group"}
    note = {**act("ben", "liked", marked.post), "object": marked.post, "verb": {"id": LIKED}}
    own = [
        {**act("x", "completed", f"s0n{number}", number), "actor": ada, "context": context(marked)}
        for number in range(5)
    ]
    own.append({**act("x", "liked", marked.post, 9), "actor": ada, "verb": {"id": POSTED}})
    own.append(
        {**act("x", "liked", ada, 9), "actor": marked.hashed, "object": act("ben", "liked", "x")["actor"]}
    )
    others = [
        {**act("ben", "followed", ada, 11)},
        {
            **act(
                "cleo",
                "completed",
                "s0n1",
                12,
                context={"instructor": ada, "team": {**team, "member": [ada]}},
            )
        },
        {**act("dan", "mentored", marked.hashed | {"objectType": "Agent"}, 13)},
        {
            **act("x", "completed", "s0n2", 14),
            "actor": {"objectType": "Group", "member": [ada, agent("eve")]},
        },
        {**act("finn", "liked", "s0n2", 15, context={"extensions": {ADDRESSED_TO: ada}})},
        {
            **act(
                "gil", "rated", "s0n3", 16, result={"response": f"As {marked.mail} said: Ada L{marked.sign}!"}
            )
        },
        {
            **act("hal", "liked", "s0n4", 17),
            "object": {
                "objectType": "SubStatement",
                "actor": ada,
                "verb": {"id": LIKED},
                "object": {"id": "https://acme.example/s0n4"},
            },
        },
        note,
        {**note, "id": str(uuid.uuid4()), "actor": agent("ivy")},
        {**note, "id": str(uuid.uuid4()), "actor": agent("jon")},
    ]
    reference = {"objectType": "StatementRef", "id": own[0]["id"]}
    others.append({**act("kim", "liked", "x", 18), "object": reference})
    return own, others


def agent(name):
    return {"objectType": "Agent", "name": name.title(), "mbox": f"mailto:{name}@acme.example"}


def context(marked):
    extensions = "https://learnerprise.org/xapi/extensions/"
    return {
        "extensions": {
            extensions + "role": f"role {marked.sign}",
            extensions + "skills": [f"skill{marked.sign}"],
        }
    }


@pytest.fixture
def acme(marked, statements, organisation, post, service, database, store, credential, settings, tmp_path):
    """The organisation with the marked learner: everything ran, and everything that was sent is known."""
    own, others = statements
    body = f"An essay by sign {marked.sign}".encode()
    essay = attached(own[0], body)
    send(service, credential, essay, body)
    post([*own[1:], *others])
    keep_documents(database, store, marked)
    first = retrain(database, store, settings, lambda line: None, force=True)
    roll_up(database, store.id)
    put_entry(
        database, store.id, "learners", key_of(database, store, marked), {"role": f"role {marked.sign}"}
    )
    second = retrain(database, store, settings, lambda line: None, force=True)
    start_experiment(database, store.id, (first.version, second.version), 50)
    show(database, store, marked)
    return [essay, *own[1:]], others, body


@pytest.fixture
def undisturbed(marked, statements, service, database, other_store):
    """What is left of the Statements in a store in which nothing disturbs the erasure."""
    own, others = statements
    credential = Credential("other", "test", other_store, frozenset({"all"}))
    service.writer.store_statements(dump_json([*own, *others]), credential, XAPI_1_0_3)
    keep_documents(database, other_store, marked)
    wait_for_writers(database, other_store.id)
    sync_interactions(database, other_store.id)
    erase_person(database, other_store.id, ErasureWish(marked.identifier), HOLDINGS)
    return left_of(database, other_store, [*own, *others])


@pytest.fixture
def logs(server_url, server_log, tmp_path_factory):
    """The files that the service and its database write their logs to."""
    return [server_log, *tmp_path_factory.getbasetemp().rglob("database.log")]


def attached(statement, body):
    attachment = {
        "usageType": "https://acme.example/essay",
        "display": {"en": "Essay"},
        "contentType": "text/plain",
        "length": len(body),
        "sha2": sha256(body).hexdigest(),
    }
    return {**statement, "attachments": [attachment]}


def send(service, credential, statement, body):
    sent = SentAttachment(sha256(body).hexdigest(), "text/plain", len(body), [body])
    service.writer.store_statements(dump_json(statement), credential, XAPI_1_0_3, [sent])


def send_again(service, credential, statement, body):
    if "attachments" in statement:
        send(service, credential, statement, body)
    else:
        service.writer.store_statements(dump_json(statement), credential, XAPI_1_0_3)


def key_of(database, store, marked):
    return learner_keys(database, store.id, [marked.identifier])[0]


def keep_documents(database, store, marked):
    documents = Documents(database, store.id, XAPI_1_0_3, 10_000)
    body = dump_json({"team": f"team {marked.sign}", "bookmark": marked.mail})
    for kind, activity in (("state", "https://acme.example/s0n1"), ("agent_profile", None)):
        key = DocumentKey(kind, activity, marked.identifier, None, "learner")
        documents.put_document(key, body, "application/json", Preconditions(if_none_match=frozenset("*")))
    shared = DocumentKey("activity_profile", "https://acme.example/s0n1", None, None, "shared")
    body = dump_json({"tutors": {"first": f"Ada L{marked.sign}", "ask": [f"mailto:{marked.mail}"]}})
    documents.put_document(shared, body, "application/json", Preconditions(if_none_match=frozenset("*")))


def show(database, store, marked):
    persona = find_persona(database, store.id, marked.identifier)
    ben = find_persona(database, store.id, str(identifier_of(agent("ben"))))
    insert_impressions(
        database,
        store.id,
        [
            Impression(persona, now_us(), "nuggets", 1, ("https://acme.example/s0n1",)),
            Impression(ben, now_us(), "peers", 1, (str(persona), str(ben))),
        ],
        90,
    )


def traces(database, marked, persona):
    """Return where the database still says anything of the marked learner, and what."""
    signs = [marked.sign, marked.sha1, str(persona), sha256(marked.identifier.encode()).hexdigest()]
    words = "|".join(signs).encode()
    pattern = re.compile(b"(?i:" + words + b")|" + re.escape(persona.binary))
    return [
        (name, found[0])
        for name in database.db.list_collection_names()
        for document in database.db[name].find()
        if (found := pattern.search(bson.encode(document)))
    ]


def erase_and_kill(database_uri, store, identifier):
    """Begin the erasure in process after process, and kill each at a moment of its own; return how many were killed."""
    moments = ("0:0.3", "0:0.6", "0:0.8", "1:0", "1:0.02", "2:0", "2:0.05", "4:0", "8:0", "14:0")
    line = [sys.executable, "-c", ERASE_AND_KILL, database_uri, str(store.id), identifier, *moments]
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=200)
    return done.stdout.count("killed")


def left_of(database, store, statements):
    """Return what is left of some Statements, and the documents, whoever stands in them under a pseudonym."""
    ids = {one["id"] for one in statements}
    kept = [
        json.loads(row["text"])
        for row in database.collection("statements", store.id).find({})
        if row.get("text")
    ]
    said = {one["id"]: {**one, "stored": "", "authority": ""} for one in kept if one["id"] in ids}
    documents = [row["body"].decode() for row in database.collection("documents", store.id).find({})]
    return re.sub("erased-[0-9a-f]{32}", "erased", json.dumps([said, documents], sort_keys=True))


def send_all_again(service, credential, statements, body):
    """Send everything once more, eight senders at once."""

    def send():
        for statement in statements:
            with suppress(ErasedPersonError):
                send_again(service, credential, statement, body)

    senders = [threading.Thread(target=send) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()


def rows_of(database, store):
    """Return the interactions of a store, whoever they are of."""
    rows = database.collection("interactions", store.id).find({})
    return sorted(
        ({name: row[name] for name in row if name != "seq"} for row in rows), key=lambda row: row["_id"]
    )


def write_until(stopped, service, credential, statements, outcomes):
    """Send fresh Statements about the marked learner until the erasure is over, then no more."""
    while not stopped.is_set():
        try:
            statement = {**statements[len(outcomes) % len(statements)], "id": str(uuid.uuid4())}
            service.writer.store_statements(dump_json(statement), credential, XAPI_1_0_3)
            outcomes.append("stored")
        except ErasedPersonError:
            outcomes.append("refused")


def erase_with_writers(database, store, service, credential, wish, statements):
    """Erase in two threads at once, while two others go on sending; return what became of what they sent."""
    stopped, outcomes = threading.Event(), []
    arguments = (stopped, service, credential, statements, outcomes)
    writers = [threading.Thread(target=write_until, args=arguments) for _ in range(2)]
    erasing = [
        threading.Thread(target=erase_person, args=(database, store.id, wish, HOLDINGS)) for _ in range(2)
    ]
    for thread in (*writers, *erasing):
        thread.start()
    for thread in erasing:
        thread.join()
    stopped.set()
    for thread in writers:
        thread.join()
    return outcomes


def test_nothing_says_anything_of_somebody_who_was_erased(
    acme, marked, undisturbed, database_uri, database, store, service, credential, sync, client, logs
):
    own, others, body = acme
    declared = {one.collection for one in EVERYTHING} | database.engine.indexes.keys()
    there = {
        name
        for name in database.db.list_collection_names()
        if not name.startswith(("things_", "test_", "system."))
    }
    assert there <= declared
    persona = find_persona(database, store.id, marked.identifier)
    assert {name for name, _ in traces(database, marked, persona)} >= {
        "statements",
        "personas",
        "documents",
        "activities",
        "interactions",
        "insight_days",
        "impressions",
        "user_features",
        "entered_learners",
        "model_arrays",
        "attachments.chunks",
    }
    wish = ErasureWish(marked.identifier)
    preview = preview_erasure(database, store.id, wish, HOLDINGS)
    assert preview.counts["statements"] == len(own) + len(others) - 1  # one only points at such a Statement
    assert preview.samples
    assert erase_and_kill(database_uri, store, marked.identifier) == 10
    outcomes = erase_with_writers(database, store, service, credential, wish, [*own[1:6], *others[:6]])
    assert outcomes[-1] == "refused"
    assert traces(database, marked, persona) == []
    assert find_person(database, store.id, marked.identifier) is None
    (erasure,) = ErasuresRepository(database, store.id).list_all()
    assert erasure.finished and erasure.counts["models"] == 2
    sync()
    before = rows_of(database, store)
    sync(from_scratch=True)
    assert rows_of(database, store) == before  # what is left is what the Statements that are left say
    assert left_of(database, store, [*own, *others]) == undisturbed
    send_all_again(service, credential, [*own, *others], body)
    assert client.post("/xapi/statements", json=others[0]).status_code == 403
    assert client.get("/recommendations/nuggets", params={"agent": json.dumps(marked.agent)}).ok
    with pytest.raises(ErasedPersonError):
        learner_keys(database, store.id, [marked.identifier])
    sync()
    assert traces(database, marked, persona) == []
    assert not any(re.search(f"{marked.sign}|{marked.sha1}|{persona}", log.read_text()) for log in logs)
    assert [load(database, store.id, one.version).users for one in list_models(database, store.id)]
