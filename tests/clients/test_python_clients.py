"""The Python clients against the real server: `tincan`, and Open edX's fork that `make clients` installs."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import uuid
from itertools import chain
from pathlib import Path

import pytest

from lrs.auth.stores import set_versions

FOLDER = Path(__file__).parent
EDX = FOLDER / ".edx"


@pytest.fixture(params=["tincan", "edx-tincan-py35"])
def python_path(request):
    """Where the client is imported from."""
    if request.param == "tincan" and not importlib.util.find_spec("tincan"):
        pytest.skip("tincan is not installed")
    if request.param != "tincan" and not EDX.is_dir():
        pytest.skip("edx-tincan-py35 is not installed; run `make clients`")
    return "" if request.param == "tincan" else str(EDX)


@pytest.fixture
def see(python_path, client):
    """Let the client do one step, and give what it saw."""

    def run(step):
        command = [sys.executable, "-W", "ignore", str(FOLDER / "python_steps.py"), step]
        done = subprocess.run(
            [*command, f"{client.url}/xapi/", *client.auth],
            env={**os.environ, "PYTHONPATH": python_path},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return run


def test_statements_are_stored_paged_and_voided(see):
    seen = see("statements")
    assert [uuid.UUID(one).version for one in seen["sent"]] == [4] * 5
    assert [len(page) for page in seen["pages"]] == [2, 2, 1]
    assert sorted(chain.from_iterable(seen["pages"])) == sorted(seen["sent"])
    assert seen["one"] == [seen["known"], "mailto:ada@example.org", "1.0"]
    assert (seen["voided"], seen["gone"]) == (seen["sent"][1], False)


def test_state_is_kept_replaced_listed_and_deleted(see):
    seen = see("documents")  # these clients send each State twice, the second time over the first
    assert bytes(seen["kept"]).decode() == "page 1"
    assert (seen["ids"], seen["left"]) == (["bookmark"], [])


def test_profiles_are_changed_by_etag_and_never_created_for_want_of_if_none_match(see, client):
    agent = {"agent": json.dumps({"mbox": "mailto:ada@example.org"})}
    activity = {"activityId": "https://example.org/nuggets/1"}
    for path, context in (("agents", agent), ("activities", activity)):
        query = {**context, "profileId": "there"}
        headers = {"If-None-Match": "*", "Content-Type": "text/plain"}
        put = client.put(f"/xapi/{path}/profile", params=query, data=b"old", headers=headers)
        assert put.status_code == 204
    assert see("profiles") == {"changed": [204, 204], "kept": ["new", "new"], "created": 400}


def test_about_is_read_where_it_names_1_0_3_alone(database, see, store):
    set_versions(database, store, ["1.0.3"])
    assert see("about") == {"versions": ["1.0.3"]}


def test_a_wrong_password_is_refused_as_such(see):
    assert see("wrong_password") == {"status": 401, "success": False}
