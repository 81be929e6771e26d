"""POST and GET /privacy/erasures on real servers."""

import json
import time
import uuid
from dataclasses import asdict

import pytest

from lrs.privacy.erasing import ErasureWish, begin_erasure
from lrs.privacy.retention import Selection
from lrs.storage.erasures import ErasuresRepository, find_abandoned
from recommender.privacy.declarations import HOLDINGS
from schemas.identifiers import identifier_of

VERB = "http://adlnet.gov/expapi/verbs/completed"
PATH = "/privacy/erasures"


@pytest.fixture
def ada():
    return {"mbox": f"mailto:ada.{uuid.uuid4().hex}@acme.example", "objectType": "Agent"}


def statement(actor, **more):
    return {
        "id": str(uuid.uuid4()),
        "actor": actor,
        "verb": {"id": VERB},
        "object": {"id": "https://a.example/1"},
    } | more


def erase(client, agent, **query):
    return client.post(PATH, params={"agent": json.dumps(agent), **query})


def finished(client):
    """Return the newest erasure once it has finished."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = client.get(PATH).json()["erasures"][0]
        if found["finished"]:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not finished: {found}")


def test_somebody_is_erased_on_every_server(client, ada):
    ben = {"mbox": "mailto:ben@acme.example"}
    own, about = statement(ada), statement(ben, object=ada)
    pointing = statement(ben, object={"objectType": "StatementRef", "id": own["id"]})
    assert client.post("/xapi/statements", json=[own, about, pointing]).status_code == 200
    state = {"activityId": "https://a.example/1", "agent": json.dumps(ada), "stateId": "s"}
    assert client.put("/xapi/activities/state", params=state, json={"a": 1}).status_code == 204
    dry = erase(client, ada, dry_run="true").json()
    assert (dry["erasure"], dry["documents"]["statements"], dry["documents"]["documents"]) == (None, 2, 1)
    begun = erase(client, ada).json()
    assert begun["erasure"] == finished(client)["erasure"]
    for query in ({"agent": json.dumps(ada)}, {"agent": json.dumps(ada), "related_agents": "true"}):
        for _ in range(4):  # each of the two processes, probably
            assert client.get("/xapi/statements", params=query).json()["statements"] == []
    found = {one["id"]: one for one in client.get("/xapi/statements").json()["statements"]}
    assert found.keys() == {about["id"], pointing["id"]}
    assert found[about["id"]]["object"]["account"]["name"] == f"erased-{begun['erasure']}"
    assert client.get("/xapi/activities/state", params=state).status_code == 404
    for refused in (
        client.put("/xapi/activities/state", params=state, json={"a": 1}),
        client.post("/xapi/statements", json=[statement(ben), statement(ben, context={"instructor": ada})]),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "erased_person")
    again = erase(client, ada).json()
    assert (again["erasure"], bool(again["receipt"])) == (begun["erasure"], True)
    assert ada["mbox"] not in json.dumps(client.get(PATH).json())


def test_what_a_process_left_when_it_died_is_gone_on_with_by_another(client, database, store, ada):
    ben, other = {"mbox": "mailto:ben@acme.example"}, "https://w3id.org/xapi/video/verbs/paused"
    sent = [statement(ada), statement(ben, object=ada), statement(ben, verb={"id": other}), statement(ben)]
    assert client.post("/xapi/statements", json=sent).status_code == 200
    repository = ErasuresRepository(database, store.id)
    repository.begin("selection-x", {"selection": asdict(Selection(verb=other))})
    begun = begin_erasure(database, store.id, ErasureWish(str(identifier_of(ada))), HOLDINGS)
    assert not repository.take(begun.id)  # whoever began it has it for some seconds
    database.collection("erasures", store.id).update_many({}, {"$set": {"held_until": 0}})
    deadline = time.monotonic() + 30
    while not all(one["finished"] for one in client.get(PATH).json()["erasures"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    found = {one["id"] for one in client.get("/xapi/statements").json()["statements"]}
    assert found == {sent[1]["id"], sent[3]["id"]}
    assert not repository.take(begun.id)


def test_what_one_process_works_on_no_other_does(database, store):
    repository = ErasuresRepository(database, store.id)
    repository.begin("x", {})
    database.collection("erasures", store.id).update_many({}, {"$set": {"held_until": 0}})
    with repository.held("x"):
        assert not repository.take("x")
        assert (store.id, "x") not in find_abandoned(database)
    assert not repository.take("x")  # it failed just now
    assert repository.find("x").finished is None
    repository.finish("x", {})
    repository.note_late("x", names=["Ada Lovelace"])  # of two at once the slower one
    repository.note_left("x", activities=["https://a.example/post"])
    found = repository.find("x")
    assert (found.what, found.left) == ({}, {})


def test_an_erasure_that_cannot_be_changes_nothing(client, make_client, ada, other_store):
    assert client.post("/xapi/statements", json=statement(ada)).status_code == 200
    unknown = erase(client, {"mbox": "mailto:nobody@acme.example"})
    assert (unknown.status_code, "Nothing in this store" in unknown.json()["message"]) == (404, True)
    assert erase(make_client("all", of=other_store), ada).status_code == 404
    assert erase(make_client("statements/write"), ada).status_code == 403
    assert erase(client, {"objectType": "Group", "member": []}).status_code == 400
    assert erase(client, ada, own="forget").status_code == 400
    assert client.get(PATH).json() == {"erasures": []}


def test_a_short_account_in_an_extension_and_a_mail_in_other_case_go_too(client, ada):
    account = {"objectType": "Agent", "account": {"homePage": "https://moodle.example", "name": "4711"}}
    ben, extensions = {"mbox": "mailto:ben@acme.example"}, {"https://a.example/of": account}
    about = statement(ben, context={"extensions": extensions})
    same = {**ada, "mbox": ada["mbox"].replace("ada.", "Ada.")}
    own = [statement(account), statement(ada), statement(same)]
    assert client.post("/xapi/statements", json=[about, *own]).status_code == 200
    for one in (ada, same):
        assert client.get("/recommendations/nuggets", params={"agent": json.dumps(one)}).ok
        consents = {"params": {"agent": json.dumps(one)}, "json": {"peer": True}}
        assert client.put("/recommendations/consents", **consents).ok
    for one in (account, ada):
        assert erase(client, one).ok
        finished(client)
    (left,) = client.get("/xapi/statements").json()["statements"]
    (stood,) = left["context"]["extensions"].values()
    assert stood["account"]["name"].startswith("erased-")
    left = client.get("/recommendations/consents", params={"agent": json.dumps(same)}).json()
    assert {one["choice"] for one in left["consents"]} == {None}
