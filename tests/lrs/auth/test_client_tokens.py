"""Tokens of clients end, are bound to their credential, and never allow more than it does."""

import pytest

from lrs.auth.client_tokens import ClientTokens
from lrs.auth.credentials import check_credential, create_credential, revoke_credential
from lrs.auth.held import HeldCredentials
from lrs.errors import UnauthorizedError


class Clock:
    now = 1_900_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tokens(database, clock):
    return ClientTokens("secret", HeldCredentials(database), 600, clock)


@pytest.fixture
def make(database, store):
    return lambda *scopes: check_credential(database, *create_credential(database, store, "tool", scopes))


def test_a_token_is_the_credential_with_fewer_scopes(tokens, make):
    credential = make("statements/write", "statements/read", "define")
    found = tokens.check(tokens.issue(credential, ["statements/read"]), None)
    assert (found.key, found.store.id, found.learner) == (credential.key, credential.store.id, None)
    assert found.scopes == {"statements/read"}
    assert found.authority("https://x.example") == credential.authority("https://x.example")


def test_a_token_ends(tokens, make, clock):
    token = tokens.issue(make("all"), ["all"])
    clock.now += 599
    assert tokens.check(token, None).scopes == {"all"}
    clock.now += 1
    with pytest.raises(UnauthorizedError, match="expired"):
        tokens.check(token, None)


def test_a_token_ends_with_its_credential(tokens, make, database):
    credential = make("all")
    token = tokens.issue(credential, ["all"])
    assert tokens.check(token, None).key == credential.key
    revoke_credential(database, credential.key)
    with pytest.raises(UnauthorizedError):
        tokens.check(token, None)


@pytest.mark.parametrize(
    "change", [lambda text: text[:-1], lambda text: text + "x", lambda text: "client_", str.upper]
)
def test_a_changed_token_is_refused(tokens, make, change):
    with pytest.raises(UnauthorizedError):
        tokens.check(change(tokens.issue(make("all"), ["all"])), None)


def test_a_token_of_another_service_is_refused(tokens, make, database):
    other = ClientTokens("another secret", HeldCredentials(database), 600)
    with pytest.raises(UnauthorizedError, match="elsewhere"):
        tokens.check(other.issue(make("all"), ["all"]), None)


def test_tokens_are_recognised_by_their_beginning(tokens, make):
    assert tokens.recognises(tokens.issue(make("all"), ["all"]))
    assert not tokens.recognises("eyJhbGciOiJSUzI1NiJ9.e30.x")
