"""The export of a person over HTTP."""

from __future__ import annotations

import io
import json
import zipfile


def test_what_is_held_of_a_person_comes_as_a_zip(client, state, act, params):
    state([act("ann", "completed", "a"), act("ben", "completed", "a")])
    answer = client.get("/privacy/export", params=params("ann"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    (statement,) = map(json.loads, archive.read("statements.ndjson").splitlines())
    assert json.loads(params("ann")["agent"]).items() <= statement["actor"].items()
    assert b"What is held of you" in archive.read("index.html")


def test_somebody_unknown_is_404_and_no_agent_is_400(client, params):
    unknown = client.get("/privacy/export", params=params("nobody"))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert client.get("/privacy/export").status_code == 400
