"""Which name of a person is shown, whoever writes what."""

import json
import time

import pytest

from recommender.interactions.sync import sync_interactions
from recommender.storage.records import create_indexes
from schemas.timestamps import parse_timestamp

ADA, BEN = {"mbox": "mailto:ada@example.org"}, {"mbox": "mailto:ben@example.org"}
PEERS, CHOICE, LEARNERS = (
    "/recommendations/peers",
    "/recommendations/consents",
    "/recommendations/learners",
)


def settle(client):
    """Wait until everything stored so far is visible to all who learn from it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = client.get("/xapi/statements", params={"limit": 1})
        newest = answer.json()["statements"][0]["stored"]
        if parse_timestamp(answer.headers["X-Experience-API-Consistent-Through"]) >= parse_timestamp(newest):
            return
    raise AssertionError("Consistent-Through stands still")


@pytest.fixture
def name_shown(client, database, store, synced):
    """Return the name that Ben is shown for Ada, whose goal is what Ada knows."""
    for agent, values in ((ADA, {"skills": ["sql"]}), (BEN, {"goals": ["sql"]})):
        kept = client.get(LEARNERS, params={"agent": json.dumps(agent)}).json()["entered"] or {}
        answer = client.put(LEARNERS, params={"agent": json.dumps(agent)}, json={**kept, **values})
        assert answer.status_code == 204, answer.text
    agreed = client.put(CHOICE, params={"agent": json.dumps(ADA)}, json={"peer": True})
    assert agreed.status_code == 200

    def shown():
        settle(client)
        synced(store.id)
        found = client.get(PEERS, params={"agent": json.dumps(BEN)}).json()["recommendations"]
        return [one["agent"].get("name") for one in found]

    return shown


@pytest.fixture
def synced(database):
    create_indexes(database)
    return lambda store: sync_interactions(database, store)


@pytest.fixture
def writer(make_client):
    """A credential that stores Statements and no more."""
    return make_client("statements/write")


def test_any_writer_names_somebody_without_a_better_name(writer, name_shown, make_statement, store_statement):
    store_statement(writer, make_statement(actor={**ADA, "name": "Seen"}))
    assert name_shown() == ["Seen"]


def test_a_writer_renames_nobody_whom_a_trusted_credential_named(
    writer, make_client, name_shown, make_statement, store_statement
):
    store_statement(make_client("statements/write", "names"), make_statement(actor={**ADA, "name": "Ada"}))
    store_statement(writer, make_statement(actor={**ADA, "name": "Mallory"}))
    addressed = {"objectType": "Agent", **ADA, "name": "Mallory"}
    store_statement(writer, make_statement(actor={**BEN, "name": "Mallory"}, object=addressed))
    assert name_shown() == ["Ada"]


def test_nobody_renames_whose_name_was_entered(client, writer, name_shown, make_statement, store_statement):
    kept = client.get(LEARNERS, params={"agent": json.dumps(ADA)}).json()["entered"]
    entered = {**kept, "name": "Ada Lovelace"}
    assert client.put(LEARNERS, params={"agent": json.dumps(ADA)}, json=entered).status_code == 204
    for one in (client, writer):
        store_statement(one, make_statement(actor={**ADA, "name": "Mallory"}))
    assert name_shown() == ["Ada Lovelace"]
    person = client.get("/xapi/agents", params={"agent": json.dumps(ADA)}).json()
    assert person["name"] == ["Ada Lovelace", "Mallory"]
    assert client.get(LEARNERS, params={"agent": json.dumps(ADA)}).json()["entered"] == entered


def test_a_choice_renames_nobody(client, name_shown, make_client, make_statement, store_statement):
    store_statement(client, make_statement(actor={**ADA, "name": "Ada"}))
    assert name_shown() == ["Ada"]
    chooser, forged = make_client("recommendations/write"), json.dumps({**ADA, "name": "Mallory"})
    assert chooser.put(CHOICE, params={"agent": forged}, json={"peer": True}).status_code == 200
    assert name_shown() == ["Ada"]
