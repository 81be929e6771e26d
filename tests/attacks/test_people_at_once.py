"""People are joined, parted and exported by many at once, and asked for with older tokens: nobody is half anything."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

PAGE = "https://lms.example.org"


def person(name):
    return {"mbox": f"mailto:{name}@acme.example"}


def of(agent):
    return {"agent": json.dumps(agent)}


def completed(name):
    verb = {"id": "http://adlnet.gov/expapi/verbs/completed"}
    return {"actor": person(name), "verb": verb, "object": {"id": "https://acme.example/1"}}


def texts_in(answer):
    with zipfile.ZipFile(io.BytesIO(answer.content)) as zipped:
        return b"\n".join(map(zipped.read, zipped.namelist()))


@pytest.fixture
def people(client):
    """Four people who did something, and one who is joined with nobody."""
    assert client.post(
        "/xapi/statements", json=[completed(name) for name in ("p0", "p1", "p2", "p3", "cleo")]
    ).ok


@pytest.mark.usefixtures("people")
def test_joins_partings_and_exports_of_the_same_people_at_once(client, database, store):
    def join(number):
        agents = [person(f"p{number % 4}"), person(f"p{(number + 1) % 4}")]
        return client.post("/people/join", json={"agents": agents})

    def part(number):
        return client.post("/people/part", json={"agent": person(f"p{number % 4}")})

    def enter(number):
        table = f"agent;same_as\np{number % 4}@acme.example;p{(number + 2) % 4}@acme.example\n"
        return client.post("/people/import", data=table, headers={"Content-Type": "text/csv"})

    def export(number):
        answer = client.get("/privacy/export", params=of(person(f"p{number % 4}")))
        assert not answer.ok or b"cleo@" not in texts_in(answer)
        return answer

    calls = (join, part, enter, export)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: calls[number // 4 % 4](number), range(96)))
    told = {(one.status_code, one.json()["message"]) for one in answers if not one.ok}
    assert all(re.search("at the same moment|joined|has never seen", message) for _, message in told), told
    assert {status for status, _ in told} <= {400, 404, 503}, told
    rows = list(database.collection("personas", store.id).find({}))
    for name in ("identifiers", "keys"):
        assert set(Counter(one for row in rows for one in row[name]).values()) == {1}
    joined = client.post("/people/join", json={"agents": [person(f"p{number}") for number in range(4)]})
    assert len(joined.json()["identifiers"]) == 4


@pytest.mark.usefixtures("people")
def test_a_token_knows_nobody_any_more_who_was_parted_from_its_learner(client):
    own, other = person("p0"), person("p1")
    asked = {"agent": own, "origin": PAGE, "scopes": ["recommendations/read/mine", "record/read/mine"]}
    token = client.post("/tokens", json=asked).json()["token"]

    def ask(agent, path):
        headers = {"Authorization": f"Bearer {token}", "Origin": PAGE}
        return requests.get(client.url + path, params=of(agent), headers=headers, timeout=60)

    paths = ("/recommendations/consents", "/privacy/export")
    assert client.post("/people/join", json={"agents": [own, other]}).ok
    assert {ask(other, path).status_code for path in paths} == {200}
    assert client.post("/people/part", json={"agent": other}).ok
    for _ in range(4):  # each of the two processes, probably
        assert ask(other, paths[0]).status_code == 403
    assert ask(other, paths[1]).status_code == 403
    assert b"p1@" not in texts_in(ask(own, paths[1]))
