"""Credentials on a page: the secret is shown once, and those of another store are out of reach."""

import re

import pytest
import requests

from lrs.auth.credentials import create_credential, list_credentials
from schemas.timestamps import parse_timestamp

PATH = "/admin/credentials"


def secrets_in(answer):
    return re.findall(r"<code>([0-9a-f]{64})</code>", answer.text)


def may_read(url, key, secret):
    headers = {"X-Experience-API-Version": "1.0.3"}
    answer = requests.get(f"{url}/xapi/statements", auth=(key, secret), headers=headers, timeout=60)
    return answer.status_code == 200


def test_a_credential_is_made_rotated_changed_and_revoked(admin, database, store, server_url):
    made = admin.post(
        f"{PATH}/create", {"name": "LMS <b>", "scope": ["statements/read", "state"], "expires": "2999-01-31"}
    )
    (secret,) = secrets_in(made)
    (row,) = list_credentials(database, store)
    assert (row.name, row.scopes, row.expires) == (
        "LMS <b>",
        ("statements/read", "state"),
        parse_timestamp("2999-01-31T23:59:59Z"),
    )
    assert "LMS &lt;b&gt;" in made.text
    assert may_read(server_url, row.key, secret)
    assert secret not in admin.get(PATH).text

    (newer,) = secrets_in(admin.post(f"{PATH}/rotate", {"key": row.key, "overlap": "0"}))
    assert may_read(server_url, row.key, newer)
    assert not may_read(server_url, row.key, secret)

    changed = admin.post(f"{PATH}/change", {"key": row.key, "name": "Reader", "scope": ["state"]})
    assert "is changed" in changed.text
    assert not may_read(server_url, row.key, newer)

    gone = admin.post(f"{PATH}/revoke", {"key": row.key})
    assert "is revoked" in gone.text
    (row,) = list_credentials(database, store)
    assert (row.name, row.revoked is not None) == ("Reader", True)


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "", "scope": ["state"]},
        {"name": "x" * 101, "scope": ["state"]},
        {"name": "LMS"},
        {"name": "LMS", "scope": ["world"]},
        {"name": "LMS", "scope": ["state"], "expires": "2020-01-01"},
        {"name": "LMS", "scope": ["state"], "expires": "soon"},
    ],
)
def test_what_is_refused_is_told_and_makes_nothing(admin, database, store, sent):
    answer = admin.post(f"{PATH}/create", sent)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert f'value="{sent["name"]}"' in answer.text
    assert list_credentials(database, store) == []


def test_the_credentials_of_another_store_are_out_of_reach(admin, database, other_store):
    key, _ = create_credential(database, other_store, "theirs")
    for act, more in (
        ("rotate", {"overlap": "7"}),
        ("revoke", {}),
        ("change", {"name": "mine", "scope": ["all"]}),
    ):
        answer = admin.post(f"{PATH}/{act}", {"key": key, **more})
        assert answer.status_code == 404
        assert secrets_in(answer) == []
    (row,) = list_credentials(database, other_store)
    assert (row.name, row.revoked, row.former_until) == ("theirs", None, None)
    assert "theirs" not in admin.get(PATH).text
    assert "theirs" not in admin.get(f"{PATH}.csv").text


def test_no_file_has_anything_of_a_secret(admin, database, store):
    create_credential(database, store, "=cmd()")
    text = admin.get(f"{PATH}.csv").text
    assert "'=cmd()" in text
    assert "secret" not in text
    assert "digest" not in admin.get(f"{PATH}.json").text


def test_any_scope_can_be_given_and_each_change_is_a_line_of_the_audit(
    admin, client, database, store, wait_for_lines
):
    admin.post(f"{PATH}/create", {"name": "LMS", "scope": ["all"]})
    key = next(row.key for row in list_credentials(database, store) if row.name == "LMS")
    admin.post(f"{PATH}/rotate", {"key": key, "overlap": "0"})
    admin.post(f"{PATH}/change", {"key": key, "name": "LMS", "scope": ["tokens/mint"]})
    admin.post(f"{PATH}/revoke", {"key": key})
    admin.post(f"{PATH}/revoke", {"key": key})  # refused: nothing changes, no line
    expected = [f"{PATH}/{act}" for act in ("revoke", "change", "rotate", "create")]
    assert wait_for_lines(4) == expected
