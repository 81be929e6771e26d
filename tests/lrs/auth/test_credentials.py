import uuid

import pytest

from lrs.auth.credentials import (
    SCOPES,
    check_credential,
    create_credential,
    list_credentials,
    revoke_credential,
)
from lrs.errors import ForbiddenError, NotFoundError, RequestRefusedError, UnauthorizedError


def test_key_and_secret_open_the_store_with_the_scopes_given(database, store):
    credential = check_credential(
        database, *create_credential(database, store, "a tool", ["statements/read", "define"])
    )
    assert (credential.store, credential.name) == (store, "a tool")
    assert [scope for scope in SCOPES if credential.allows(scope)] == ["statements/read", "define"]


def test_all_allows_everything(database, store):
    credential = check_credential(database, *create_credential(database, store, "a tool"))
    assert all(credential.allows(scope) for scope in SCOPES)


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
