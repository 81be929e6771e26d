import time
import uuid
from dataclasses import replace

import pytest

from lrs.auth.credentials import (
    check_credential,
    create_credential,
    list_credentials,
    rename_credential,
    revoke_credential,
    rotate_credential,
    set_scopes,
)
from lrs.auth.scopes import OF_LEARNERS, SCOPES
from lrs.errors import ForbiddenError, NotFoundError, RequestRefusedError, UnauthorizedError


def test_key_and_secret_open_the_store_with_the_scopes_given(database, store):
    credential = check_credential(
        database, *create_credential(database, store, "a tool", ["statements/write", "define"])
    )
    assert (credential.store, credential.name) == (store, "a tool")
    assert [scope for scope in SCOPES if credential.allows(scope)] == ["statements/write", "define"]


def test_all_allows_everything_but_what_only_learners_may(database, store):
    credential = check_credential(database, *create_credential(database, store, "a tool"))
    assert {scope for scope in SCOPES if not credential.allows(scope)} == OF_LEARNERS
    assert all(replace(credential, learner="openid|x").allows(scope) for scope in SCOPES)


def test_a_scope_that_is_missing_is_named(database, store):
    credential = check_credential(database, *create_credential(database, store, "a tool", ["define"]))
    with pytest.raises(ForbiddenError, match=r"lacks the scope 'statements/write' \(it has: define\)"):
        credential.require("statements/write")


@pytest.mark.parametrize("scopes", [[], ["everything"], ["all", "statements"]])
def test_unknown_scopes_cannot_be_granted(database, store, scopes):
    with pytest.raises(RequestRefusedError, match="the scopes are"):
        create_credential(database, store, "a tool", scopes)


def test_secrets_are_long_random_and_never_kept(store, database):
    pairs = [create_credential(database, store, "a tool") for _ in range(5)]
    assert len({secret for _, secret in pairs}) == 5
    assert all(len(secret) == 64 for _, secret in pairs)
    kept = str(list(database.db["credentials"].find({"store": store.id})))
    assert not any(secret in kept for _, secret in pairs)


@pytest.mark.parametrize(
    "change", [lambda secret: "", lambda secret: secret[:-1], str.upper, lambda s: "\udcff"]
)
def test_a_wrong_secret_is_refused(database, store, change):
    key, secret = create_credential(database, store, "a tool")
    with pytest.raises(UnauthorizedError):
        check_credential(database, key, f"{change(secret)} ")


def test_a_revoked_credential_is_refused_and_listed(database, store):
    key, secret = create_credential(database, store, "a tool")
    revoke_credential(database, key)
    with pytest.raises(UnauthorizedError):
        check_credential(database, key, secret)
    [row] = list_credentials(database, store)
    assert row.revoked >= row.created


def test_what_is_not_in_force_cannot_be_revoked(database, store):
    key, _ = create_credential(database, store, "a tool")
    revoke_credential(database, key)
    for name in (key, uuid.uuid4().hex):
        with pytest.raises(NotFoundError):
            revoke_credential(database, name)


def test_credentials_are_listed_oldest_first_and_of_one_store(database, store, other_store):
    keys = [create_credential(database, store, name)[0] for name in "abc"]
    create_credential(database, other_store, "elsewhere")
    assert [row.key for row in list_credentials(database, store)] == keys


@pytest.fixture
def used(database, store, monkeypatch):
    """The key and the secret of a credential that no other process uses, so that no change waits for one."""
    monkeypatch.setattr("lrs.auth.credentials.wait_until_read_again", lambda: None)
    return create_credential(database, store, "a tool", ["statements/read"])


@pytest.fixture
def at(monkeypatch):
    """Set what the time is, in seconds from now."""
    start = time.time_ns() // 1000

    def turn(seconds):
        monkeypatch.setattr("lrs.auth.credentials.now_us", lambda: start + round(seconds * 1_000_000))

    return turn


def test_both_secrets_are_let_in_after_a_rotation_until_the_former_ends(database, store, used, at):
    key, former = used
    secret = rotate_credential(database, key, store, overlap_s=3600)
    assert former != secret
    for one in (former, secret):
        assert check_credential(database, key, one).authority("x") == {
            "objectType": "Agent",
            "name": "a tool",
            "account": {"homePage": "x", "name": key},
        }
    at(3601)
    assert check_credential(database, key, secret)
    with pytest.raises(UnauthorizedError):
        check_credential(database, key, former)


def test_after_a_second_rotation_the_first_secret_is_gone(database, store, used):
    key, first = used
    second = rotate_credential(database, key, store, overlap_s=3600)
    third = rotate_credential(database, key, store, overlap_s=3600)
    assert check_credential(database, key, second) == check_credential(database, key, third)
    with pytest.raises(UnauthorizedError):
        check_credential(database, key, first)


def test_a_rotation_without_overlap_ends_the_former_secret(database, store, used):
    secret = rotate_credential(database, used[0], store, overlap_s=0)
    assert check_credential(database, used[0], secret)
    with pytest.raises(UnauthorizedError):
        check_credential(database, *used)


def test_secrets_are_kept_as_digests_alone(database, store, used):
    secret = rotate_credential(database, used[0], store, overlap_s=3600)
    row = database.db["credentials"].find_one({"key": used[0]})
    assert {len(row["secret_digest"]), len(row["former_digest"])} == {32}
    assert not any(one in str(row) for one in (used[1], secret))


def test_an_expired_credential_is_refused_and_says_so(database, store, at):
    pair = create_credential(database, store, "a tool", expires=time.time_ns() // 1000 + 3_600_000_000)
    assert check_credential(database, *pair)
    at(3601)
    with pytest.raises(UnauthorizedError, match="This credential expired at 20"):
        check_credential(database, *pair)
    with pytest.raises(UnauthorizedError, match="secret is wrong"):
        check_credential(database, pair[0], "wrong")


def test_a_rotation_can_set_another_end(database, store, used, at):
    later = time.time_ns() // 1000 + 3_600_000_000
    secret = rotate_credential(database, used[0], store, overlap_s=0, expires=later)
    at(3601)
    with pytest.raises(UnauthorizedError, match="expired"):
        check_credential(database, used[0], secret)


def test_an_end_in_the_past_is_refused(database, store, used):
    with pytest.raises(RequestRefusedError, match="is not in the future"):
        create_credential(database, store, "a tool", expires=1)
    with pytest.raises(RequestRefusedError, match="is not in the future"):
        rotate_credential(database, used[0], store, overlap_s=1, expires=1)


def test_scopes_and_names_are_changed(database, store, used):
    set_scopes(database, used[0], store, ["state", "define"])
    rename_credential(database, used[0], store, "another tool")
    credential = check_credential(database, *used)
    assert (credential.name, credential.scopes) == ("another tool", {"state", "define"})


def test_a_credential_of_another_store_or_revoked_is_not_changed(database, store, other_store, used):
    changes = [
        lambda of: rotate_credential(database, used[0], of, overlap_s=1),
        lambda of: set_scopes(database, used[0], of, ["all"]),
        lambda of: rename_credential(database, used[0], of, "x"),
    ]
    for change in changes:
        with pytest.raises(NotFoundError, match="in force"):
            change(other_store)
    revoke_credential(database, used[0], store)
    for change in changes:
        with pytest.raises(NotFoundError, match="in force"):
            change(store)


@pytest.mark.parametrize("scopes", [[], ["everything"]])
def test_unknown_scopes_are_not_set(database, store, used, scopes):
    with pytest.raises(RequestRefusedError, match="the scopes are"):
        set_scopes(database, used[0], store, scopes)
    assert check_credential(database, *used).scopes == {"statements/read"}
