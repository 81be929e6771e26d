"""Statements for research: one pseudonym for each person, the same again with the same key."""

from __future__ import annotations

import json

import pytest

from lrs.errors import RequestRefusedError
from lrs.privacy.pseudonymising import key_in, pseudonymous_statements

MAIL = "ada@acme.example"
HASHED = {"mbox_sha1sum": "4d57b1ad8a4ff2e9fba0fa5b14fa3a6c0ed3a2ff"}


@pytest.fixture
def key(tmp_path):
    return key_in(tmp_path / "acme.key")


@pytest.fixture
def sent(act, post, sync):
    ada = {"mbox": f"mailto:{MAIL}", "name": "Ada Lovelace"}
    post(
        [
            {
                **act("x", "completed", "a"),
                "actor": ada,
                "result": {"response": f"write to {MAIL}, ada lovelace, 1.50"},
            },
            {**act("x", "completed", "b"), "actor": ada, "context": {"instructor": HASHED}},
            {**act("x", "liked", "b"), "actor": {"objectType": "Group", "member": [ada, HASHED]}},
        ]
    )
    sync()


@pytest.mark.usefixtures("sent")
def test_nobody_is_named_and_one_person_has_one_pseudonym(database, store, key, tmp_path):
    texts = list(pseudonymous_statements(database, store.id, key))
    assert len(texts) == 3
    for sign in (MAIL, "Ada", "lovelace", HASHED["mbox_sha1sum"], "mbox"):
        assert sign.encode() not in b"".join(texts)
    first, second, group = map(json.loads, texts)
    name = first["actor"]["account"]["name"]
    assert first["result"]["response"] == f"write to {name}, {name}, 1.50"
    assert second["actor"] == first["actor"] == group["actor"]["member"][0]
    assert second["context"]["instructor"] == group["actor"]["member"][1] != first["actor"]
    assert list(pseudonymous_statements(database, store.id, key_in(tmp_path / "acme.key"))) == texts
    other = [json.loads(one) for one in pseudonymous_statements(database, store.id, bytes(32))]
    assert name not in {one["actor"].get("account", {}).get("name") for one in other}


def test_a_key_is_for_its_owner_alone_and_another_file_is_none(tmp_path):
    key_in(tmp_path / "a.key")
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "b.key").write_text("secret")
    with pytest.raises(RequestRefusedError, match="holds no key"):
        key_in(tmp_path / "b.key")
    with pytest.raises(RequestRefusedError, match="cannot be written"):
        key_in(tmp_path / "nowhere" / "c.key")
