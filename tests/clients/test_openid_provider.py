"""Tokens of a real OpenID Connect provider (oidc-provider of npm), which rotates its keys and goes away."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from lrs.auth.openid.connecting import connect_provider
from lrs.auth.openid.key_sets import PAUSE_S
from lrs.auth.providers import Provider

FOLDER = Path(__file__).parent
AGENT = {"agent": json.dumps({"mbox": "mailto:ada@example.org"})}


@pytest.fixture
def start() -> Iterator[Callable[[int], tuple[str, subprocess.Popen[str]]]]:
    """Start the provider on a port (0: a free one), with keys of its own; give its issuer and its process."""
    node = shutil.which("node")
    if not node or not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("the npm packages are not installed; run `make clients`")
    running: list[subprocess.Popen[str]] = []

    def run(port: int) -> tuple[str, subprocess.Popen[str]]:
        command = [node, str(FOLDER / "provider.mjs"), str(port)]
        process = subprocess.Popen(
            command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        running.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip(), process

    yield run
    for process in running:
        process.kill()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()


def token_of(issuer: str, audience: str = "learnerprise") -> str:
    form = {"grant_type": "client_credentials", "scope": "read", "resource": f"urn:{audience}"}
    answer = requests.post(
        f"{issuer}/token", data=form, auth=("page", "a%20secret%20of%20the%20page"), timeout=20
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def test_tokens_of_a_real_provider_are_taken_also_after_it_rotated_its_keys(start, client, database, store):
    issuer, process = start(0)
    scopes = (("staff", "recommendations/read/mine"),)
    connect_provider(database, store, Provider(issuer, "learnerprise", "mail", "email", scopes=scopes))

    def ask(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        path = "/recommendations/nuggets"
        return int(client.get(path, auth=None, headers=headers, params=AGENT).status_code)

    first = token_of(issuer)
    assert [ask(first) for _ in range(4)] == [200] * 4
    assert ask(token_of(issuer, "another")) == 401
    port = int(issuer.rpartition(":")[2])
    process.kill()
    process.wait(20)
    assert [ask(first) for _ in range(4)] == [200] * 4
    start(port)
    second = token_of(issuer)
    deadline = time.monotonic() + 2 * PAUSE_S
    while [ask(second) for _ in range(8)] != [200] * 8:
        assert time.monotonic() < deadline
        time.sleep(0.2)
