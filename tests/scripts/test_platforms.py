"""The sub-command that registers LTI platforms with a store."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from lrs.auth.stores import Store
from scripts.stores import main

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NAMED = ("--issuer", "http://localhost:9", "--client-id", "tool")
URLS = ("--login-url", "http://localhost:9/auth?x=1", "--keys-url", "http://localhost:9/keys")


def test_a_platform_is_registered_shown_and_taken_away(command: Run, store: Store) -> None:
    rest = ("--deployment", "1", "--deployment", "b", "--origin", "http://localhost:8", "--managers")
    changed = json.loads(command("stores", "lti", store.name, *NAMED, *URLS, *rest, "--json").stdout)
    [kept] = changed["platforms"]
    assert (kept["deployments"], kept["has_managers"]) == (["1", "b"], True)
    assert "does not answer" in kept["fault"]
    shown = command("stores", "lti", store.name).stdout
    assert "framed   by http://localhost:8" in shown
    assert "/lti/launch" in shown
    off = json.loads(command("stores", "lti", store.name, *NAMED, "--off", "--json").stdout)
    assert off["platforms"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (NAMED, "Give --issuer"),
        ((*NAMED, *URLS), "Give --issuer"),
        ((*NAMED[:2], "--off"), "with --off"),
        ((*NAMED, *URLS, "--deployment", "1", "--learner", "name"), "is not one of"),
    ],
)
def test_wrong_use_is_told(arguments: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(main, ["lti", "acme", *arguments])
    assert done.exit_code == 2
    assert said in done.output
