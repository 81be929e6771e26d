"""The sub-command that sets whose tokens a store takes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from lrs.auth.stores import Store
from scripts.stores import main

Run = Callable[..., "subprocess.CompletedProcess[str]"]
ISSUER = ("--issuer", "http://127.0.0.1:9", "--audience", "learnerprise")


def test_a_provider_is_set_shown_and_taken_away(command: Run, store: Store) -> None:
    rights = ("--learner", "mail", "--scope", "*=record/read/mine", "--role", "a=b=Engineer")
    changed = json.loads(command("stores", "openid", store.name, *ISSUER, *rights, "--json").stdout)
    kept = changed["openid"]
    assert (kept["learner"], kept["learner_claim"], kept["needs_verified_mail"]) == ("mail", "email", True)
    assert (kept["scopes"], kept["roles"]) == ([["*", "record/read/mine"]], [["a=b", "Engineer"]])
    assert "does not answer" in changed["fault"]
    shown = command("stores", "openid", store.name).stdout
    assert "role     a=b: Engineer" in shown
    off = json.loads(command("stores", "openid", store.name, "--off", "--json").stdout)
    assert off["openid"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (ISSUER[:2], "Give both"),
        ((*ISSUER, "--scope", "x"), "GROUP=VALUE"),
        ((*ISSUER, "--learner", "name"), "is not one of"),
    ],
)
def test_wrong_use_is_told(arguments: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(main, ["openid", "acme", *arguments])
    assert done.exit_code == 2
    assert said in done.output
