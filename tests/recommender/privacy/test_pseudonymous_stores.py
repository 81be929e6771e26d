"""A store that is pseudonymous from the start: nothing in it names anybody, and it answers whoever asks by the name."""

from __future__ import annotations

import io
import json
import re
import time
import uuid
import zipfile
from hashlib import sha1, sha256
from types import SimpleNamespace
from urllib.parse import quote

import bson
import pytest

from lrs.auth.credentials import Credential
from lrs.auth.pseudonyms import StorePseudonyms
from lrs.auth.stores import close_store, find_store
from lrs.config import Settings
from lrs.errors import DuplicateNameError, RequestRefusedError, ServiceUnavailableError
from lrs.ingestion.ndjson import ImportFiles, import_statements
from lrs.statements.storing import StatementWriter
from recommender.interactions.sync import sync_interactions
from recommender.training.jobs import retrain
from schemas.versions import XAPI_1_0_3

ADDRESSED_TO = "https://learnerprise.org/xapi/extensions/addressed-to"
COURSE = {"id": "https://acme.example/n1"}
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"


@pytest.fixture(scope="session")
def pseudonyms(pseudonym_keys):
    return StorePseudonyms(Settings(pseudonym_keys=pseudonym_keys))


@pytest.fixture
def store(pseudonyms, database):
    return pseudonyms.create_store(database, f"store-{uuid.uuid4().hex}", consents={"peer": "opt_out"})


@pytest.fixture
def sign():
    """What stands in every identifier and name of people in a test, and nowhere else."""
    return f"q{uuid.uuid4().hex[:10]}"


@pytest.fixture
def ada(sign):
    return {"objectType": "Agent", "name": f"Ada {sign}", "mbox": f"mailto:ada.{sign}@acme.example"}


@pytest.fixture
def account(sign):
    return {"account": {"homePage": "https://lms.acme.example", "name": f"a-{sign}"}}


@pytest.fixture
def hashed(ada):
    return {"mbox_sha1sum": sha1(ada["mbox"].encode()).hexdigest()}


@pytest.fixture
def everything(act, ada, account, hashed, sign):
    """Statements in which people stand in every role."""
    group = {"objectType": "Group", "member": [ada, account], "name": "Crew"}
    inner = {"objectType": "SubStatement", "actor": ada, "verb": {"id": "https://x.org/v"}, "object": COURSE}
    people = [{"name": f"L{n} {sign}", "mbox": f"mailto:l{n}.{sign}@acme.example"} for n in range(8)]
    own = [{**act("x", "completed", f"n{n}", n), "actor": ada} for n in range(4)]
    others = [{**act("x", "completed", f"n{m}", m), "actor": one} for one in people for m in range(1, 5)]
    return [
        *own,
        *others,
        {**act("x", "completed", "n1", 11), "actor": account, "context": {"team": group, "instructor": ada}},
        {**act("x", "followed", "n1", 12), "actor": people[0], "object": ada},
        {**act("x", "liked", "n2", 13), "actor": hashed},
        {**act("x", "liked", "n2", 14), "actor": {**group, "mbox": f"mailto:crew.{sign}@acme.example"}},
        {**act("x", "liked", "n2", 15), "actor": people[1], "object": inner},
        {
            **act("x", "liked", "n3", 16),
            "actor": people[2],
            "context": {
                "extensions": {ADDRESSED_TO: ada, "https://x.org/e": {f"ada.{sign}@acme.example": 1}}
            },
            "result": {"response": f"write to ada.{sign}@acme.example"},
        },
        {
            **act("x", "liked", f"by Ada {sign}", 17),
            "actor": ada,
            "object": {
                "id": "https://acme.example/n4",
                "definition": {"name": {"en": f"With ADA {sign}, live"}},
            },
            "result": {"response": f"So said Ada {sign}; \u00bb{people[4]['name']}\u00ab agreed"},
            "context": {"instructor": people[4], "extensions": {"https://x.org/n": [f"Ada {sign}"]}},
        },
        {
            **act("x", "liked", "n3", 17),
            "actor": people[3],
            "object": {"id": f"https://acme.example/of/{quote(f'ada.{sign}@acme.example')}"},
        },
    ]


def traces(database, store, *signs):
    """Return where the database says anything of the people of a test."""
    pattern = re.compile("|".join(signs).encode(), re.IGNORECASE)
    return [
        (name, found[0])
        for name in database.db.list_collection_names()
        for document in database.db[name].find()
        if (found := pattern.search(bson.encode(document)))
    ]


def test_nothing_names_anybody_and_who_asks_by_the_name_is_answered(
    everything, ada, account, hashed, sign, store, make_client, database, settings, server_log
):
    client, agent = make_client(), json.dumps(ada)
    for some in (everything[:40], everything[40:]):
        assert client.post("/xapi/statements", json=some).status_code == 200
        assert client.post("/xapi/statements", json=some).status_code == 200  # again: the same Statements
    state = {"activityId": COURSE["id"], "agent": agent, "stateId": "s"}
    body = {"who": ada, "said": f"ada.{sign}@acme.example", "note": f"Ask Ada {sign}."}
    assert client.put("/xapi/activities/state", params=state, json=body).status_code == 204
    kept = client.get("/xapi/activities/state", params={**state, "agent": json.dumps(hashed)}).json()
    assert kept["who"]["account"]["name"] == kept["said"]
    assert kept["note"] == f"Ask {kept['said']}."
    joined = client.post("/people/join", json={"agents": [ada, account]})
    assert joined.status_code == 200, joined.text
    table = f"agent,role\nada.{sign}@acme.example,analyst\n"
    entered = client.post("/recommendations/learners", data=table, headers={"Content-Type": "text/csv"})
    assert entered.status_code == 200, entered.text
    choice = client.put("/recommendations/consents", params={"agent": agent}, json={"figures": True})
    assert choice.status_code == 200, choice.text
    sync_interactions(database, store.id)
    assert retrain(database, store, settings, lambda line: None, force=True).version
    found = client.get("/xapi/statements", params={"agent": agent, "limit": 0}).json()["statements"]
    assert len(found) == 8  # own, as object, by hash, in a Group
    assert sum("So said" in json.dumps(one) and "agreed" in json.dumps(one) for one in found) == 1
    person = client.get("/xapi/agents", params={"agent": agent}).json()
    assert sign not in json.dumps([found, person])
    about = client.get("/recommendations/learners", params={"agent": agent})
    assert "analyst" in about.text and sign not in about.text
    assert client.get("/recommendations/nuggets", params={"agent": agent}).status_code == 200
    peers = client.get("/recommendations/peers", params={"agent": agent})
    assert peers.status_code == 200 and sign not in peers.text
    asked = {"agent": ada, "origin": "https://lms.example", "scopes": ["record/read/mine"], "minutes": 5}
    token = client.post("/tokens", json=asked).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Origin": "https://lms.example"}
    export = client.get("/privacy/export", params={"agent": agent}, headers=headers, auth=lambda one: one)
    assert export.status_code == 200, export.text
    rows = zipfile.ZipFile(io.BytesIO(export.content)).read("statements.ndjson")
    assert len(rows.splitlines()) >= 8 and sign.encode() not in rows
    other = {"agent": json.dumps({"mbox": f"mailto:l1.{sign}@acme.example"})}
    assert (
        client.get("/privacy/export", params=other, headers=headers, auth=lambda one: one).status_code == 403
    )
    signs = (sign, hashed["mbox_sha1sum"], sha256(ada["mbox"].encode()).hexdigest())
    assert traces(database, store, *signs) == []
    assert not re.search("|".join(signs), server_log.read_text())
    proof = client.post("/people/proofs", json={"agent": ada, "mail": f"a.{sign}@home.example"})
    assert (proof.status_code, sign in proof.text) == (400, False)
    assert client.post("/privacy/erasures", params={"agent": agent}).status_code == 200
    deadline = time.monotonic() + 60
    while not (done := client.get("/privacy/erasures").json()["erasures"][0])["finished"]:
        assert time.monotonic() < deadline, done
        time.sleep(0.1)
    again = client.post("/xapi/statements", json=everything[0])
    assert (again.status_code, again.json()["code"]) == (403, "erased_person")


def test_bad_lines_of_an_import_name_nobody(
    everything, account, sign, store, pseudonym_keys, database, service, tmp_path
):
    writer = StatementWriter(database, Settings(pseudonym_keys=pseudonym_keys), service.clock)
    credential = Credential("key", "test", store, frozenset({"all"}))
    files = ImportFiles.beside(tmp_path / "in.ndjson")
    numbered = {**everything[0], "actor": {"account": {"homePage": "https://x.org", "name": {sign: sign}}}}
    bad = [
        numbered,
        {**everything[1], sign: 1},
        {**everything[2], "timestamp": sign},
        [account],
        everything[3],
    ]
    lines = [
        *map(json.dumps, bad),
        f"{{ada.{sign}@acme.example",
        json.dumps({**everything[3], "verb": {"id": "x:y"}}),
    ]
    files.source.write_text("\n".join(lines))
    counts = import_statements(
        SimpleNamespace(writer=writer), credential, XAPI_1_0_3, files, lambda counts: None
    )
    assert (counts.stored, counts.rejected) == (1, 6)
    rows = [json.loads(line) for line in files.rejected.read_text().splitlines()]
    assert [row["line"] for row in rows] == [1, 2, 3, 4, 6, 7]
    assert [row["text"] for row in rows] == [""] * 6
    assert rows[0]["reason"].startswith("actor: ") and all(row["reason"] for row in rows)
    assert sign not in files.rejected.read_text()
    files.source.write_text(lines[-1])  # now the other one is stored
    assert import_statements(
        SimpleNamespace(writer=writer), credential, XAPI_1_0_3, files, lambda counts: None
    ).rejected
    assert (sign in files.rejected.read_text(), "stored already" in files.rejected.read_text()) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    ("attachment", "said"),
    [
        ({"usageType": SIGNATURE, "contentType": "application/octet-stream"}, "without one"),
        ({"usageType": "https://x.org/essay", "contentType": "text/plain"}, "send a fileUrl"),
    ],
)
def test_what_cannot_be_searched_for_people_is_refused(act, client, attachment, said):
    declared = {"display": {"en": "x"}, "length": 1, "sha2": sha256(b"x").hexdigest(), **attachment}
    body = json.dumps({**act("ada", "completed", "n1"), "attachments": [declared]})
    parts = f"--c\r\nContent-Type: application/json\r\n\r\n{body}\r\n--c\r\nContent-Type: text/plain\r\n"
    parts += f"Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {declared['sha2']}\r\n\r\nx\r\n--c--\r\n"
    headers = {"Content-Type": "multipart/mixed; boundary=c"}
    refused = client.post("/xapi/statements", data=parts.encode(), headers=headers)
    assert (refused.status_code, said in refused.json()["message"]) == (400, True), refused.text
    state = {"activityId": COURSE["id"], "agent": '{"mbox":"mailto:ada@acme.example"}', "stateId": "s"}
    binary = client.put("/xapi/activities/state", params=state, data=b"\xff\xfe")
    assert (binary.status_code, "not UTF-8" in binary.json()["message"]) == (400, True)


@pytest.mark.parametrize(
    "agent",
    [
        '{"mbox":"ada@acme.example"}',
        '{"mbox":"mailto:ada@acme.example","openid":"https://x.org"}',
        '{"account":{"name":"ada@acme.example"}}',
        "{",
    ],
)
def test_what_is_no_agent_is_refused_as_elsewhere(client, agent):
    assert client.get("/xapi/statements", params={"agent": agent}).status_code == 400
    assert client.get("/recommendations/nuggets", params={"agent": agent}).status_code == 400


def test_the_name_of_a_learner_is_refused(client):
    query = {"agent": '{"mbox":"mailto:ada@acme.example"}'}
    refused = client.put(
        "/recommendations/learners", params=query, json={"name": "Ada Lee", "role": "Analyst"}
    )
    assert (refused.status_code, refused.json()["path"]) == (400, "name")
    assert client.put("/recommendations/learners", params=query, json={"role": "Analyst"}).ok


def test_rules_about_addresses_are_refused(client):
    refused = client.put("/people/rules", json={"rules": {"https://lms.acme.example": "acme.example"}})
    assert (refused.status_code, "pseudonymous" in refused.json()["message"]) == (400, True)


def test_without_its_key_a_store_answers_nothing(database, tmp_path):
    mine = StorePseudonyms(Settings(pseudonym_keys=tmp_path))
    store = mine.create_store(database, f"store-{uuid.uuid4().hex}")
    known = mine.identifier(store, "mbox|mailto:ada@acme.example")
    assert known == mine.identifier(store, known)
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    key = path.read_text()
    path.unlink()
    with pytest.raises(ServiceUnavailableError, match="not there"):
        StorePseudonyms(Settings(pseudonym_keys=tmp_path)).of(store)
    path.write_text("00" * 32)
    with pytest.raises(ServiceUnavailableError, match="not the key"):
        StorePseudonyms(Settings(pseudonym_keys=tmp_path)).of(store)
    path.write_text(key)
    assert (
        StorePseudonyms(Settings(pseudonym_keys=tmp_path)).identifier(store, "mbox|mailto:Ada@ACME.example")
        == known
    )
    mine.remove_store(database, close_store(database, store), lambda count, name: None)
    assert list(tmp_path.iterdir()) == []


def test_no_store_is_made_without_a_key(database, tmp_path):
    (tmp_path / "file").write_text("")
    name = f"store-{uuid.uuid4().hex}"
    with pytest.raises(RequestRefusedError, match="cannot be written"):
        StorePseudonyms(Settings(pseudonym_keys=tmp_path / "file")).create_store(database, name)
    assert find_store(database, name) is None
    mine = StorePseudonyms(Settings(pseudonym_keys=tmp_path / "keys"))
    mine.create_store(database, name)
    with pytest.raises(DuplicateNameError):
        mine.create_store(database, name)
    assert len(list((tmp_path / "keys").iterdir())) == 1
