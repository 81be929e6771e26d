"""The clients of npm against the real server; `make clients` installs them."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from itertools import chain
from pathlib import Path

import pytest

from lrs.auth.stores import set_versions

FOLDER = Path(__file__).parent
CLIENTS = ("xapi", "tincanjs", "adl")
WITH_ATTACHMENTS = ("xapi", "tincanjs")
TEXT = "Grüße, a text in one line"


@pytest.fixture(scope="session")
def node():
    """The program `node`, with the clients installed."""
    found = shutil.which("node")
    if not found:
        pytest.skip("node is not installed")
    if not (FOLDER / "node_modules").is_dir():
        pytest.skip("the npm clients are not installed; run `make clients`")
    return found


@pytest.fixture
def see(node, client):
    """Let a client do one step, and give what it saw."""
    key, secret = client.auth
    connection = json.dumps({"endpoint": f"{client.url}/xapi/", "key": key, "secret": secret})

    def run(name, step):
        command = [node, "--no-deprecation", str(FOLDER / "run.mjs"), name, step, connection]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize("name", CLIENTS)
def test_statements_are_stored_paged_and_voided(see, name):
    seen = see(name, "statements")
    assert [uuid.UUID(one).version for one in seen["sent"]] == [4] * 5
    assert [len(page) for page in seen["pages"]] == [2, 2, 1]
    assert sorted(chain.from_iterable(seen["pages"])) == sorted(seen["sent"])
    assert seen["one"]["id"] == seen["sent"][0]
    assert seen["one"]["name"] == "Ada"
    assert seen["one"]["version"].startswith("1.0")
    assert seen["voided"] == seen["sent"][1]


@pytest.mark.parametrize("name", CLIENTS)
def test_documents_are_kept_merged_guarded_and_deleted(see, name):
    assert {"left": [], **see(name, "documents")} == {  # adl-xapiwrapper deletes nothing
        "state": {"page": 1, "note": "x"},
        "refused": "refused",
        "ids": ["bookmark"],
        "agentProfile": {"colour": "red"},
        "activityProfile": {"pages": 3},
        "left": [],
    }


@pytest.mark.parametrize("name", WITH_ATTACHMENTS)
def test_attachments_go_and_come(see, name):
    assert see(name, "attachments") == {"same": True, "content": TEXT, "pages": ["another", TEXT]}


@pytest.mark.parametrize("name", WITH_ATTACHMENTS)
def test_two_attachments_come_without_a_line_end_between_them_and_are_kept_apart(see, name):
    assert see(name, "twoAttachments")["outcome"] == "accepted"


@pytest.mark.parametrize("name", CLIENTS)
def test_about_person_and_activity_are_read(database, see, store, name):
    set_versions(database, store, ["1.0.3"])
    seen = {"person": "Person", **see(name, "entities")}  # tincanjs asks for no Person
    assert (seen["person"], seen["activity"]) == ("Person", "https://example.org/nuggets/1")
    assert "1.0.3" in seen["versions"]


@pytest.mark.parametrize("name", CLIENTS)
def test_a_wrong_password_is_refused_as_such(see, name):
    assert see(name, "wrongPassword") == {"status": 401, "outcome": "refused"}


def test_a_cmi5_session_from_launch_to_termination(see):
    seen = see("cmi5", "session")
    assert seen["verbs"] == ["initialized", "progressed", "answered", "passed", "completed", "terminated"]
    assert seen["categories"] == [True, False, False, True, True, True]
    assert seen["sessions"] == ["session-1"]
    assert seen["state"] == {"page": 7}
    assert seen["preferences"] == {}
    assert seen["launchMode"] == "Normal"
